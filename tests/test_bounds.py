"""What a text may ask for: every bound is one diagnostic, and no check takes much memory.

Each text is checked in a process of its own whose address space is limited, so that one which grows
without bound fails here and harms nothing.
"""

import cProfile
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import archc
from archc.elaborate import elaborate, prepare
from archc.emit import expression, tables
from archc.graph import built_steps, known
from archc.pipeline import network
from archc.probe import Probe
from archc.spec import from_text
from archc.syntax.parse import parse

HANGS = 120
"""Seconds behind which a check hangs: twenty times what the slowest takes."""

MOST = 500
"""MiB that a check may take."""

SMALL = 100
"""MiB that a check may take whose text says at sight that it is too large."""

# A child's peak memory counts what its parent had: a small parent stands between.
_PARENT = """
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
command = [sys.executable, "-m", "archc", *sys.argv[1:]]
status = subprocess.run(command).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


class Checked(NamedTuple):
    """What a check says in JSON, its exit status, and the peak of its memory in MiB."""

    reports: list[dict[str, Any]]
    status: int
    memory: float

    @property
    def codes(self) -> list[str]:
        return [found["code"] for report in self.reports for found in report["diagnostics"]]


def checked(text: str, folder: Path) -> Checked:
    file = folder / "text.arch"
    file.write_text(text, encoding="utf-8")
    arguments = ["check", "--format", "json", str(file)]
    done = subprocess.run(
        [sys.executable, "-c", _PARENT, *arguments],
        capture_output=True,
        text=True,
        timeout=HANGS,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    out, _, memory = done.stdout.strip().rpartition("\n")
    peak = int(memory) / (2**20 if sys.platform == "darwin" else 2**10)
    return Checked(json.loads(out)["files"], done.returncode, peak)


def lines(*texts: str) -> str:
    return "\n".join(("input 4x8x8", *texts, ""))


AT_SIGHT = {
    "a count": (lines("900000 * relu"), "E0233"),
    "counts in counts": (lines("1000 * 1000 * 1000 * relu"), "E0233"),
    "loops in loops": (lines("for i in 0..1000 { for j in 0..1000 { relu } }"), "E0233"),
    "ten loops": (
        lines("".join(f"for i{n} in 0..10 {{ " for n in range(10)) + "conv 4" + " }" * 10),
        "E0233",
    ),
    "turns that build nothing": (
        lines("for i in 0..90000 { for j in 0..90000 { let a = 1 } }"),
        "E0233",
    ),
    "calls that double": (
        lines("block f(n) { if n { f n-1 | f n-1 } else { relu } }", "f 40"),
        "E0233",
    ),
    "a call for ever": (lines("block f { relu | f }", "f"), "E0235"),
    "calls in branches in conditions": (
        lines(
            "block f(n) { if n { add(id, { conv 4 | f n-1 | conv 4 }) } }",
            "f 60",
        ),
        "E0235",
    ),
    "a range": (lines("for i in 0..1000000 { relu }"), "E0213"),
    "a range by `range`": (lines("let a = len(range(10**15))", "relu"), "E0106"),
    "a comprehension": (
        lines("let a = [[i for i in 0..1000] for j in 0..1000]", "relu"),
        "E0213",
    ),
    "lists of lists": (
        lines("let a = 0..50000", "let b = [a a a a]", "conv len(b)"),
        "E0213",
    ),
    "zips of zips": (
        lines("let a = 0..20000", "let b = zip(a, a, a, a)", "let c = zip(b, b, b, b)", "relu"),
        "E0213",
    ),
    "a power": (lines("conv 9**9**9**9"), "E0106"),
    "digits": (lines("conv " + "9" * 200_000), "E0106"),
    "a float without end": (lines("leaky 1e308*10"), "E0106"),
    "sizes that double": (lines("1100 * up 2"), "E0321"),
    "channels that double": (lines("1100 * concat(id, id)"), "E0321"),
    "strides that enlarge": (lines("80 * deconv 8 k2 s2"), "E0321"),
    "axes that are added": (lines("80 * stack(id, id)"), "E0321"),
    "a wide border": (lines("pad 10**9"), "E0321"),
    "a large kernel": ("input 2147483647x3x3\nconv 8 k=60000 p=30000", "E0321"),
    "a large window": (lines("windows 2147483647 { fc 8 }"), "E0321"),
    "an input": ("input 99999999999x99999999999\nrelu", "E0321"),
    "a large file": (lines("relu\n" * 60_000), "E0001"),
}


@pytest.mark.parametrize("name", AT_SIGHT)
def test_what_is_too_large_at_sight_takes_little(name: str, tmp_path: Path) -> None:
    text, code = AT_SIGHT[name]
    found = checked(text, tmp_path)
    assert (found.status, found.codes) == (1, [code])
    assert found.memory < SMALL


REFUSED = {
    "a large block called often": (
        lines("block f(n) { " + "relu | " * 20_000 + "id }", "for i in 0..5000 { f 1 }"),
        "E0233",
    ),
    "loops that read their turns": (
        lines("for i in 0..1000 { for j in 0..1000 { conv 4+(i+j)%3 } }"),
        "E0233",
    ),
    "turns that differ": (lines("for i in 0..66000 { conv 4+i k1 | bn | relu }"), "E0233"),
    "copies that differ": (lines("190000 * conv (C + 1) k1"), "E0233"),
    "calls that differ": (
        lines("block f(i) { conv 4+i k1 | relu }", "for i in 0..50000 { f i }"),
        "E0233",
    ),
    "aliases of aliases, called often": (
        "input 4x8x8\nblock c0 = conv 4\n"
        + "".join(f"block c{n} = c{n - 1}\n" for n in range(1, 60))
        + "c59\n" * 20_000,
        "E0233",
    ),
    "a chain of aliases": (
        "input 4x8x8\nblock c0 = conv 4\n"
        + "".join(f"block c{n} = c{n - 1}\n" for n in range(1, 3000))
        + "c2999\n",
        "E0233",
    ),
    "many parameters, often": (
        "input 4x8x8\nblock f("
        + ", ".join(f"a{n}=1" for n in range(2000))
        + ") { relu }\n"
        + "f\n" * 20_000,
        "E0219",
    ),
    "calls that double and differ": (
        lines("block f(n, m) { if n { f n-1 2*m | f n-1 2*m+1 } else { relu } }", "f 30 1"),
        "E0233",
    ),
    "sums of sums": (lines("let a = 0..90000", "let b = [sum(a) for i in a]", "relu"), "E0219"),
    "a long expression in a loop": (
        lines("for i in 0..90000 { conv (4" + "+i-i" * 50 + ") }"),
        "E0219",
    ),
    "one mistake in every turn": (lines("for i in 0..90000 { wrong | conv 4 }"), "E0201"),
    "one unknown name in every turn": (
        lines(*(f"let v{n} = {n}" for n in range(5000)), "for i in 0..500 { let b = w + i }"),
        "E0209",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_on_the_way_stays_in_bounds(name: str, tmp_path: Path) -> None:
    text, code = REFUSED[name]
    found = checked(text, tmp_path)
    assert (found.status, found.codes) == (1, [code])
    assert found.memory < MOST


@pytest.mark.parametrize("text", ["let C = 1\nconv C"])
def test_single_mistakes_do_not_look_through_long_texts(text: str) -> None:
    """There are as many mistakes as words, at worst: what each looks at must not grow with all."""
    (found,) = archc.check(lines(text)).diagnostics
    (in_long,) = archc.check(lines(text, "# " + 20_000 * "x")).diagnostics
    assert (found.fixes, found.labels) != ((), ())
    assert (in_long.fixes, in_long.labels) == ((), ())
    assert found.code == in_long.code


def nested(head: str, inner: str, tail: str = "", depth: int = 9) -> str:
    """Loops in loops; `$` is their depth."""
    opened = "".join(head.replace("$", str(place)) for place in range(depth))
    closed = "".join(tail.replace("$", str(place)) for place in reversed(range(depth)))
    return lines(opened + inner + closed)


LARGE = {
    "loops of one name whose variables nothing reads": nested(
        "for i in 0..2 { ", "conv 4", " }", depth=17
    ),
    "the largest value that can be": "input 4503599627370496x2047\nrelu",
    "equal turns": lines("for i in 0..30000 { conv 4 k1 | bn | relu }"),
    "turns that read their turns": lines("for i in 0..30000 { conv 4+i%7 k1 | bn | relu }"),
    "calls with other arguments": lines(
        "block f(i) { conv 4 k1 | relu }", "for i in 0..15000 { f i }"
    ),
    "a text of 256 KiB": lines("relu\n" * 52_000),
    "many branches": lines("add(" + ", ".join(["conv 4"] * 25_000) + ")"),
    "many names": lines(*(f"let v{n}={n}" for n in range(5000)), "for i in 0..10000 { conv 4+i }"),
    "many values": lines(*(f"relu -> v{n} | @v{n}" for n in range(9000))),
    "many values in copies": lines(
        *(f"relu -> v{n}" for n in range(4000)),
        *(f"add(id, @v{n})" for n in range(4000)),
        "id -> x",
        "2000 * { concat(@x, conv 1) -> x }",
    ),
    "many defaults": lines("default conv bias=no\nconv 4\n" * 5000),
    "many blocks": "input 4x8x8\n" + "".join(f"block b{n} {{ relu }}\n" for n in range(6000)),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_stays_in_bounds(name: str, tmp_path: Path) -> None:
    found = checked(LARGE[name], tmp_path)
    assert (found.status, found.codes) == (0, [])
    assert found.memory < MOST


WALKED_ONCE = {
    "a variable that nothing reads": nested("for i$ in 0..2 { ", "conv 4", " }", depth=17),
    "inner variables of the same name": nested("for i in 0..2 { ", "conv 4", " }", depth=17),
    "a variable that the innermost loop reads": nested(
        "for i in 0..2 { ", "conv 4+i", " }", depth=17
    ),
    "a variable of a comprehension": nested(
        "for i in 0..2 { ", "conv sum([i for i in 1..3])", " }", depth=17
    ),
}


@pytest.mark.parametrize("name", WALKED_ONCE)
def test_equal_turns_are_walked_along_once(name: str) -> None:
    spec = from_text(WALKED_ONCE[name])
    prepared = prepare(parse(spec.source).file, spec, Probe())
    made = elaborate(prepared, spec)
    assert not made.diagnostics
    assert built_steps(made.graph.region) == 2**17
    assert prepared.work.steps < 1000


def calls(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


DEPTHS = (8, 16)
"""Of loops that are nested: the deeper ones have 256 times as many copies."""


@pytest.mark.parametrize(
    ("head", "inner"),
    [
        ("for i$ in 0..2 { ", "conv 4"),
        ("for i in 0..2 { ", "conv 4+i"),
        ("for i in 0..2 { ", "conv sum([i for i in 1..3])"),
        ("2 * { ", "conv 4"),
    ],
)
def test_equal_turns_are_built_once(head: str, inner: str) -> None:
    archc.build("input 8\nfc 8")  # imports
    few, many = (
        calls(partial(archc.build, text))
        for text in (nested(head, inner, " }", depth=depth) for depth in DEPTHS)
    )
    assert many < 16 * few


def test_equal_turns_are_drawn_once() -> None:
    archc.draw("input 8\nfc 8")  # imports
    few, many = (
        calls(partial(archc.draw, text))
        for text in (nested("for i$ in 0..2 { ", "conv 4", " }", depth=depth) for depth in DEPTHS)
    )
    assert many < 64 * few


def blocks(count: int) -> str:
    """Blocks that call the one before them."""
    texts = (f"block b{n} {{ {f'b{n - 1} | ' if n % 20 else ''}relu }}" for n in range(count))
    return lines(*texts, *(f"b{n}" for n in range(count) if n % 20 == 19 or n == count - 1))


def inputs_of_blocks(count: int) -> str:
    inputs = (f"input a{n} 4" for n in range(count))
    return "\n".join((*inputs, *(f"block b{n} {{ id }}" for n in range(count)), "b0", ""))


GROWING: dict[str, tuple[Callable[[str], object], Callable[[int], str]]] = {
    "branches": (archc.build, lambda n: lines(f"add({', '.join(['conv 4'] * n)})")),
    "branches of different lists": (
        archc.build,
        lambda n: nested(
            "for i$ in [1 2] { add(id, conv C if i$ > 1) | ", "conv 4", " }", n.bit_length() - 1
        ),
    ),
    "blocks": (archc.build, blocks),
    "blocks that inputs enter": (archc.check, inputs_of_blocks),
    "labels that others look like": (
        archc.check,
        lambda n: lines(*(f"a{i}: relu" for i in range(n)), *["a: relu"] * n),
    ),
}


@pytest.mark.parametrize("name", GROWING)
def test_work_grows_in_line(name: str) -> None:
    run, text = GROWING[name]
    run("input 8\nfc 8")  # imports
    few, many = (calls(partial(run, text(count))) for count in (100, 400))
    assert many < 6 * few


def test_what_is_much_longer_than_its_spec_is_not_built() -> None:
    turns = "for i$ in 0..2 { if i$ { conv 4 | bn } else { relu } | "
    with pytest.raises(archc.ArchError, match="at most 8 MiB of source"):
        archc.build(nested(turns, "conv 4", " }", depth=12))


def test_a_large_network_takes_no_parameters() -> None:
    few, many = (
        archc.build(f"param a = 1\n{lines(*(f'conv a+{n}' for n in range(count)))}")
        for count in (10, 5000)
    )
    assert "def __init__(self, a: int = 1)" in few
    assert "def __init__(self) -> None:" in many


def test_an_index_of_a_table_hides_none_around_it() -> None:
    loops = "for a in 0..3 { for b in 0..3 { for c in 0..3 { conv 4 k=(2*(a+b+c)+1) p=half } } }"
    sides = [2 * (a + b + c) + 1 for a in range(3) for b in range(3) for c in range(3)]
    state = archc.compile(loops, input="4x16x16").state_dict()
    shapes = [tuple(weight.shape) for name, weight in state.items() if name.endswith("weight")]
    assert shapes == [(4, 4, side, side) for side in sides]


def test_a_turn_that_reads_its_variable_is_its_own() -> None:
    text = lines("for i in 1..3 { for i in [i i+1] { conv i } | conv [i for i in 4..6][i-1] }")
    widths = [known(layer.out).channels for layer in network(from_text(text)).layers()]
    assert widths == [1, 2, 4, 2, 3, 5]


OTHER_TURNS = {
    "an if": nested("for i$ in 0..2 { if i$ { conv 4 } | ", "conv 4", " }"),
    "a norm behind": nested("for i$ in [1 2] { conv 8*i$ | ", "conv 4", " | if i$ > 1 { bn } }"),
    "copies": nested("for i$ in [1 2] { conv 8*i$ | i$ * { conv 8 | bn } | ", "conv 4", " }"),
    "turns": nested("for i$ in [1 2] { for j in 0..i$ { conv 8+8*j } | ", "conv 4", " }"),
}


@pytest.mark.parametrize("name", OTHER_TURNS)
def test_each_loop_is_folded_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops whose turns differ, in loops whose turns differ."""
    folded: list[tuple[tables.Folds, expression.Unrolled]] = []
    fold = tables.Folds.loop

    def counted(folds: tables.Folds, loop: expression.Unrolled) -> expression.Expression:
        folded.append((folds, loop))
        return fold(folds, loop)

    monkeypatch.setattr(tables.Folds, "loop", counted)
    archc.build(OTHER_TURNS[name])
    assert len({(id(folds), id(loop)) for folds, loop in folded}) == len(folded) > 500
