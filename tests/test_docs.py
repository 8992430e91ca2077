"""The documentation: generated pages are fresh, and what the README shows is what happens."""

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT, RunPython

README = ROOT / "README.md"


def make_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "tools" / "make_docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    [
        "docs/layers.md",
        "docs/errors.md",
        "docs/cli.md",
        "docs/stricter.md",
        "docs/training.md",
        "archc/layers/index.py",
    ],
)
def test_generated_pages_are_fresh(name: str) -> None:
    """`python tools/make_docs.py` writes them anew."""
    assert (ROOT / name).read_text(encoding="utf-8") == make_docs().pages()[name]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_readme_shows_what_check_prints(run_archc: RunPython) -> None:
    """Each `$ archc check ...` in the README prints what stands below it."""
    shown = [block for block in blocks("console") if block.startswith("$ archc check")]
    assert len(shown) == 3
    for block in shown:
        command, _, output = block.partition("\n")
        done = run_archc(*shlex.split(command)[2:], cwd=ROOT)
        assert done.stdout.strip() == output.strip()


def test_the_readmes_spec_is_the_shipped_one() -> None:
    assert (ROOT / "specs" / "lenet.arch").read_text(encoding="utf-8") in blocks("")


def test_links_in_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_documentation_speaks_of_the_project_alone() -> None:
    pages = [README, ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        assert not re.search(r"/(home|root|work|tmp)/\w", Path(page).read_text(encoding="utf-8"))
