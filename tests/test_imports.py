"""Imports go one way, and heavy packages stay where they are needed."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "archc"
FILES = sorted(PACKAGE.rglob("*.py"))

# A room imports its own group and the groups above it in this list. `__init__` is the public API.
ORDER = (
    ("tuples",),
    ("source", "resources", "collection", "processes"),
    ("diagnostic", "render", "fixes", "overlaps"),
    ("symbolic",),
    ("shape", "datasets", "probe", "elsewhere"),
    ("errors",),
    ("syntax",),
    ("spec",),
    ("layers",),
    ("graph",),
    ("elaborate",),
    ("recipe",),
    ("cost", "emit"),
    ("difference", "rewrite"),
    ("diagram", "sizing"),
    ("pipeline",),
    ("reference", "explanation"),
    ("building",),
    ("module", "weights"),
    ("training",),
    ("notebook",),
    ("__init__",),
    ("cli",),
    ("__main__",),
)
RANK = {room: rank for rank, group in enumerate(ORDER) for room in group}

# Who may import a package that is not Python's own.
USERS = {
    "lark": {"syntax"},
    "click": {"cli"},
    "graphviz": {"diagram"},
    "IPython": {"notebook"},
    "PIL": {"training"},
    "numpy": {"training"},
    "onnx": {"training"},
    "onnxscript": {"training"},
    "safetensors": {"training", "weights"},
    # The probe in its child alone, the API only for its annotations.
    "torch": {"probe", "module", "weights", "training", "__init__"},
    "torchvision": {"training", "weights"},
    "torchmetrics": {"training"},
}
HEAVY = {"torch", "torchmetrics", "torchvision", "numpy", "graphviz"}
SLOW_TO_IMPORT = {"asyncio", "http", "subprocess", "urllib.request"}


def room(file: Path) -> str:
    """The part of the package that a file belongs to: `archc/layers/conv.py` is in `layers`."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of each import of a file, those inside functions too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute here"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def imported_room(name: str) -> str:
    """`archc.layers.conv.Conv` is of `layers`, `archc.check` of the public API."""
    part = name.split(".")[1] if "." in name else "__init__"
    is_room = (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file()
    return part if is_room else "__init__"


def test_every_room_has_its_place_in_the_order():
    assert {room(file) for file in FILES} <= set(RANK), "add the new part to ORDER"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_imports_go_one_way(file):
    here = room(file)
    wrong = [
        f"{file}:{line}: {here} imports {name}"
        for line, name in imports(file)
        if name.partition(".")[0] == "archc"
        and name != "archc.__version__"
        and RANK[imported_room(name)] > RANK[here]
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_packages_of_others_stay_in_their_rooms(file):
    wrong = [
        f"{file}:{line}: {room(file)} imports {name}"
        for line, name in imports(file)
        if (package := name.partition(".")[0]) not in {"archc", *sys.stdlib_module_names}
        and room(file) not in USERS.get(package, ())
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_named_tuples_are_those_that_are_cheap_to_declare(file):
    if room(file) != "tuples":
        assert "typing.NamedTuple" not in {name for _, name in imports(file)}


def loaded(run_python, code: str) -> set[str]:
    """The modules that a Python has loaded after some code."""
    result = run_python("-c", f"{code}\nimport sys; print(*sys.modules)")
    assert result.returncode == 0, result.stderr
    return set(result.stdout.splitlines()[-1].split())


def test_import_archc_loads_little(run_python):
    modules = loaded(run_python, "import archc")
    assert "archc" in modules
    assert not modules & (HEAVY | SLOW_TO_IMPORT | {"click", "archc.train", "archc.module"})


def test_check_loads_the_core_alone(run_python):
    spec = str(ROOT / "specs" / "digits.arch")
    code = f"from archc.cli.main import main; assert main(['check', {spec!r}]) == 0"
    modules = loaded(run_python, code)
    assert "archc.elaborate" in modules
    unwanted = HEAVY | {"archc.training", "archc.module", "archc.emit", "archc.diagram"}
    assert not modules & unwanted
    needed_anyway = loaded(run_python, "import lark, click")
    assert not modules & (SLOW_TO_IMPORT - needed_anyway)
