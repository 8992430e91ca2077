"""Whatever a text says gets a verdict: drawn inputs, and the odd ones through the program."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, RunPython
from fuzzing.draw import Case
from fuzzing.judge import judge
from fuzzing.odd import BYTES, CHARACTERS, ENCODINGS

COUNT = 1000


def test_drawn_inputs(run_python: RunPython) -> None:
    """A fresh seed each time; what fails is shown with it and its number, and `python -m
    tests.fuzzing --seed SEED --only NUMBER` shows it again. A process of its own has no more in
    memory than the program."""
    seed = secrets.randbelow(10**9)
    options = ("--count", str(COUNT), "--seed", str(seed), "--processes", "1")
    done = run_python("-m", "tests.fuzzing", *options, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{COUNT:,} inputs" in done.stdout


# Each made a phase fail.
FAILED = {
    "a key in a call, at the end": "input 8x8x8\nin(ol2d=e)",
    "a call of nothing": "input 8x8x8\nt(,)",
    "a share that names itself": "input 8x8x8\nshare h = { relu | h }\nh",
    "shares that name each other": "input 8x8x8\nshare a = { b }\nshare b = { a }\na",
    "a word that takes nothing, with a value": "input 8x8x8\nidentity w",
    "a missing pipe, again and again": "input 8x8x8\n" + "conv 8 " * 400,
    "a NUL in a path": 'use "\x00"\ninput 8\nrelu',
    "a lone surrogate in a path": 'use "\ud800"\ninput 8\nrelu',
    "an input's size that a `let` hides": "input [n]\nparam n = 3\nconv 1\nlet n = C",
    "a parameter that reads a size": "input 8\nparam n = C\nfc n",
    "a parameter that reads a value": "input 8\nparam n = @x.C\nfc n",
    "a misspelt `tie`": "input 8x8\nfc 5 te=d",
    "maps that are too large for a float": "input 8x8\n1100 * up 2",
    "a loss on an output behind a mistake": "input $ 8\nfc 2\ntrain {\n  loss aux cross_entropy\n}",
    "a range to a bracket": "input 8x8x8\nlet a = 3\nlet b = len((a.. (5)))\nconv b",
    "loops as deep as may be": "input 8\n" + "for i in 0..1 { " * 40 + "fc 2" + " }" * 40,
    "many mistakes in a line": "input 8x8x8\nconv 8" + "k3 " * 2000,
    "blocks of one name": "input 8\n" + "block f { relu }\n" * 700,
    "a sign in front of a step": "!conv (4",
    "a block in branches of its own": "input 8x8x8\nblock f { concat(f, relu, f, chw | f, f) }\nf",
    "an open input behind a sign": "input =?",
    "two trains without braces": "train c\ntrain a",
    "a loop over a size that is read below": "input 2\nfor i in (n) { relu }\nlet n = C/2",
    "a mistake in copies of copies that differ": "input 8x9\n1000 * { 1000 * { onv 8 p1 } }",
    "a condition behind a step": "d if a",
    "an alias with the name of a layer": "input 8x8\nblock pad = deconv\npad",
    "a sign at the end of a line": "input 8\nfc 2 bias=not\nint",
    "a name with a letter that Python reads as another": "input 1x8\nd\u00b2: conv 1",
    "a word between brackets": "input 8\nfc 2 bias=(1)or\n(2)",
    "a text in another format": "nc: 8\nlayers:\n  - [-1, 1, Conv, [64]]\n" * 9,
    "an input of many sizes": "input padas" + "  7" * 50 + "  ax",
    "a section and a comment of many": "[a]\n" + "# " * 5000 + "\nrelu",
    "many mistakes of syntax": "input 8x8x8\n" + "conv 8 $ | " * 1000,
}


def test_a_block_that_is_a_layer_can_be_the_network() -> None:
    verdict = judge(Case("", b"input 8x8\nblock t = conv 8", "t"))
    assert verdict.kind == "accepted", verdict.wrong


@pytest.mark.parametrize("name", FAILED)
def test_what_failed_gets_a_verdict(name: str) -> None:
    verdict = judge(Case("", FAILED[name]))
    assert not verdict.wrong, verdict.wrong


@pytest.mark.parametrize("name", CHARACTERS)
def test_odd_characters_anywhere(name: str) -> None:
    """In a name, a text, a comment, a path, between words, and from outside."""
    odd = CHARACTERS[name]
    for text in (
        f"{odd}input 8{odd}\nfc{odd} 2",
        f'input 8\nfc 2 -> a{odd} | fc "{odd}"{odd}# {odd}\nrl{odd}eu',
        f"input x{odd} 8\nb{odd}: fc 2{odd}\noutput o{odd}",
        f'use "{odd}"\nuse a{odd} as b{odd}\n\nblock f{odd}(n{odd}) {{ fc n{odd} }}\nf{odd} 2',
        f"param n{odd} = 2\ninput 8\nfc n{odd}\ntrain {{ data {odd} | {odd} 3 }}",
    ):
        options = (f"8{odd}", f"x{odd}=8"), (f"n{odd}=3", f"n=3{odd}")
        for case in (Case("", text), Case("", text, None, *options)):
            verdict = judge(case)
            assert not verdict.wrong, verdict.wrong


# What the program itself is given.
DATA = [
    *(
        f"input 8{odd}\nfc {odd}2 | rl{odd}eu # {odd}\n".encode("utf-8", "surrogatepass")
        for odd in CHARACTERS.values()
    ),
    *(b"input 8\r\nfc 2 # " + data + b"\r\nfc 3\r\n" for data in BYTES),
    *("input 8\nfc 2 # \u00e9\n".encode(name, "replace") for name in ENCODINGS),
]
WAYS: dict[str, Callable[[bytes], list[str | bytes]]] = {
    "file": lambda _: ["file.arch"],
    "standard input": lambda _: ["-"],
    "text": lambda data: ["-e", data.replace(b"\0", b"\1")],
}
FORMATS = ("text", "concise", "json", "github", "sarif")
RUNS = [(data, way) for data in DATA for way in WAYS]


def run_with(number: int, folder: Path) -> None:
    """`archc check` of one of the odd texts, in one of the ways and formats."""
    data, way = RUNS[number]
    (folder / "file.arch").write_bytes(data)
    options = ["check", "--format", FORMATS[number % len(FORMATS)], *WAYS[way](data)]
    done = subprocess.run(
        [sys.executable, "-m", "archc", *options],
        cwd=folder,
        input=data,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=300,
        check=False,
    )
    out = (done.stdout + done.stderr).decode("utf-8")
    assert done.returncode in (0, 1), out
    assert "Traceback" not in out
    assert "internal error" not in out
    assert all(line.isprintable() for line in out.split("\n")), repr(out)


@pytest.mark.parametrize("number", range(0, len(RUNS), 20))
def test_odd_texts_through_the_program(number: int, tmp_path: Path) -> None:
    run_with(number, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(RUNS)))
def test_all_odd_texts_through_the_program(number: int, tmp_path: Path) -> None:
    run_with(number, tmp_path)
