"""python -m tests.fuzzing.guided [--seconds 900] [FOLDER]: atheris looks for inputs.

It watches which lines of archc an input reaches and goes on from those that reach new ones. What it
finds is kept in FOLDER, by default in .fuzzing, and taken up by the next run. It stops at the first
input on which archc fails, and prints it. Needs `pip install atheris`.
"""

import argparse
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["archc"]):
    from .draw import Case
    from .judge import judge, smaller
    from .material import texts, words

_LONGEST = 2000
"""Bytes of an input. Longer ones take longer and reach little more."""


def case_of(data: bytes) -> Case:
    """An input from what the fuzzer gives: a file, and behind NULs a block, `--input`s and `--set`s
    in turn."""
    main, *said = data.split(b"\0\0")
    block, *more = (part.decode("utf-8", "surrogateescape") for part in said or [b""])
    options = tuple(more)
    return Case(
        "guided", main, block if block.isidentifier() else None, options[::2], options[1::2]
    )


def try_one(data: bytes) -> None:
    """Raises RuntimeError where archc fails, which ends the run."""
    case = case_of(data)
    verdict = judge(case)
    if verdict.wrong:
        raise RuntimeError(f"{smaller(case)}\n{verdict.wrong}")


def _prepare(folder: Path) -> Path:
    """Writes the texts to begin with, and gives the file of the language's words."""
    beginning = folder / "texts"
    beginning.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts()):
        (beginning / f"{number}.arch").write_text(text, encoding="utf-8")
    dictionary = folder / "words.txt"
    quoted = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words() if word)
    dictionary.write_text("".join(f'"{word}"\n' for word in quoted), encoding="ascii")
    return dictionary


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing.guided")
    parser.add_argument("--seconds", type=int, default=900, help="when to stop")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(".fuzzing"))
    options = parser.parse_args()
    dictionary = _prepare(options.folder)
    (options.folder / "found").mkdir(exist_ok=True)
    arguments = {
        "max_total_time": options.seconds,
        "max_len": _LONGEST,
        "dict": dictionary,
        "artifact_prefix": f"{options.folder}/",
        "timeout": 120,
    }
    flags = [f"-{name}={value}" for name, value in arguments.items()]
    corpora = [str(options.folder / name) for name in ("found", "texts")]
    atheris.Setup([sys.argv[0], *flags, *corpora], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
