"""The shipped specs and the corpus of mistakes, each with what archc makes of it beside it.

`pytest --refresh` writes the expected files anew; read the difference before you keep it.
"""

import re
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest
from conftest import ROOT, Expect

import archc
from archc.elaborate import library_networks
from archc.emit import network_source
from archc.errors.index import pages
from archc.graph import OutputItem, TapItem
from archc.pipeline import network
from archc.render import render_text
from archc.source import Source
from archc.spec import Spec
from archc.syntax.parse import parse

SPECS = ROOT / "specs"
SHIPPED = sorted(path for path in SPECS.rglob("*.arch") if "bad" not in path.parts)
CHAINS = [path for path in SHIPPED if not {"torchvision", "nets"} & set(path.parts)]
BAD = sorted((SPECS / "bad").rglob("*.arch"))
CODE = ROOT / "tests" / "corpus" / "code"


def name_of(path: Path) -> str:
    return path.relative_to(SPECS).with_suffix("").as_posix()


def spec_at(path: Path) -> Spec:
    source = Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    return Spec(source, path.stem, folder=str(path.parent))


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_code_of_a_shipped_spec(path: Path, expect: Expect) -> None:
    """Of a library's networks the first one."""
    spec = spec_at(path)
    blocks = library_networks(parse(spec.source).file)
    if blocks:
        spec = spec._replace(block=blocks[0], name=blocks[0])
    expect(CODE / f"{name_of(path)}.py", network_source(network(spec)))


def test_code_is_as_ruff_lays_it_out() -> None:
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["format", "--check", "--diff"], ["check"]):
        done = subprocess.run(
            [*ruff, *command, "--isolated", "--no-cache", str(CODE)],
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", BAD, ids=name_of)
def test_diagnostics_of_a_mistake(path: Path, expect: Expect) -> None:
    from archc.pipeline import analyse

    found = analyse(spec_at(path))
    assert not found.ok
    expect(path.with_suffix(".txt"), render_text(found.diagnostics) + "\n")


# What no spec alone can show: files that are too large or no text, options of the command line,
# training that is asked for, modules that are not there, files of weights. Their tests show them.
ELSEWHERE = {"E0001", "E0002", "E0243", "E0245", "E0246", "E0420", "E0421", "E0422"}
ELSEWHERE |= {"E0248", "E0249", "E0501", "E0502", "E0503", "E0504", "W0105"}


def test_every_code_has_a_file_in_the_corpus() -> None:
    texts = [path.with_suffix(".txt").read_text(encoding="utf-8") for path in BAD]
    shown = set(re.findall(r"(?:error|warning)\[(\w+)\]", "".join(texts)))
    assert shown | ELSEWHERE == pages().keys()
    assert not shown & ELSEWHERE


def test_no_message_shows_a_name_of_the_parsers_insides() -> None:
    for path in BAD:
        for line in path.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
            if ": error[" in line:
                words = set(re.findall(r"\b[A-Z][A-Z_]{2,}\b", line))
                assert words <= {"YAML", "JSON"}, line
                assert "Token" not in line


@pytest.mark.parametrize("path", CHAINS, ids=name_of)
def test_comments_tell_the_shapes(path: Path) -> None:
    """Behind each line of steps a comment lists the shapes it reaches, equal neighbours once."""
    region = network(spec_at(path)).region
    steps = [item for item in region.items if not isinstance(item, TapItem | OutputItem)]
    for line, items in groupby(steps, key=lambda item: item.site.first[0]):
        text = region.site.source.line(line)
        shapes = [str(shape) for shape, _ in groupby(item.out.shape for item in items)]
        assert text.partition("#")[2].strip() == ", ".join(shapes), text


PARAMETERS = {
    "lenet": 62_006,
    "mnist": 421_642,
    "mnist_small": 50_186,
    "mnist_bn": 3_199_298,
}


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_parameters_are_those_of_the_papers_and_tutorials(name: str, parameters: int) -> None:
    assert archc.check(SPECS / f"{name}.arch").parameters == parameters
