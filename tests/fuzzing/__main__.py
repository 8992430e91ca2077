"""python -m tests.fuzzing --count 1000000 --seed 1: inputs of all kinds through all phases."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import NamedTuple

from .bounds import limit_memory
from .draw import Case, draw_case
from .judge import judge, smaller
from .material import texts, words

_CHUNK = 250
_SILENCE = 60
"""Seconds between two lines that say how far it is."""


class Failure(NamedTuple):
    """An input on which the program fails, by its number."""

    number: int
    kind: str
    wrong: str


def judged(seed: int, start: int, end: int) -> tuple[Counter[str], list[Failure]]:
    """A number of inputs: how many of each kind got which verdict, and what is wrong."""
    verdicts: Counter[str] = Counter()
    failures = []
    for number in range(start, end):
        case = draw_case(f"{seed} {number}")
        verdict = judge(case)
        if verdict.wrong:
            failures.append(Failure(number, verdict.kind, verdict.wrong))
        verdicts["failed" if verdict.wrong else f"{case.kind}: {verdict.kind}"] += 1
    return verdicts, failures


def run(seed: int, count: int, processes: int) -> Iterator[tuple[Counter[str], list[Failure]]]:
    """All inputs, a chunk at a time. A chunk in which a process dies is one failure."""
    texts(), words()  # once, before the processes are made
    executor = ProcessPoolExecutor(processes, get_context("fork"), limit_memory)
    chunks = {
        executor.submit(judged, seed, start, min(start + _CHUNK, count)): start
        for start in range(0, count, _CHUNK)
    }
    with executor:
        for chunk in as_completed(chunks):
            try:
                yield chunk.result()
            except BrokenProcessPool as dead:
                wrong = f"a process died in a chunk such as {chunks[chunk]} and later: {dead}"
                yield Counter(), [Failure(chunks[chunk], "died", wrong)]
                return


def shown(case: Case) -> str:
    """An input, as Python writes it."""
    fields = {name: value for name, value in case._asdict().items() if value}
    return "\n".join(f"  {name} = {value!r}" for name, value in fields.items())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="how many inputs")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of all that is drawn")
    parser.add_argument("--only", type=int, help="one input by its number, shown")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if options.only is not None:
        case = draw_case(f"{options.seed} {options.only}")
        verdict = judge(case)
        print(shown(smaller(case) if verdict.wrong else case))
        print(verdict.kind, verdict.wrong, sep="\n")
        return int(bool(verdict.wrong))
    begun = told = time.perf_counter()
    verdicts: Counter[str] = Counter()
    failures: dict[str, list[Failure]] = {}
    for some, wrong in run(options.seed, options.count, options.processes):
        verdicts += some
        for failure in wrong:
            if failure.kind not in failures:
                case = draw_case(f"{options.seed} {failure.number}")
                print(f"--- seed {options.seed}, number {failure.number}: {failure.kind}")
                print(f"{shown(smaller(case))}\n{failure.wrong}", flush=True)
            failures.setdefault(failure.kind, []).append(failure)
        if time.perf_counter() - told > _SILENCE:
            told = time.perf_counter()
            print(f"{verdicts.total():,} inputs, {verdicts['failed']} failures", file=sys.stderr)
    seconds = time.perf_counter() - begun
    done = verdicts.total()
    print(f"seed {options.seed}: {done:,} inputs, {done / seconds:,.0f} a second")
    for kind, number in sorted(verdicts.items()):
        print(f"  {number:9,} {kind}")
    for kind, found in failures.items():
        print(f"  {len(found):9,} {kind} {[failure.number for failure in found[:10]]}")
    print(f"{sum(map(len, failures.values())):,} failures")
    return int(bool(failures) or done != options.count)


if __name__ == "__main__":
    sys.exit(main())
