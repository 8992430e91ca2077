"""python -m tests.differential --count 100000 --seed 1: archc against PyTorch."""

import argparse
import os
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from multiprocessing import get_context
from typing import NamedTuple

import torch

from .compare import Verdict, compare
from .generate import draw_network
from .structure import write

_MOST_SHOWN = 10


class Failure(NamedTuple):
    """A network on which the two differ, by its number."""

    number: int
    wrong: str
    spec: str


def judge(seed: int, number: int) -> Verdict | None:
    """The verdict on one network."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    try:
        return compare(draw_network(f"{seed} {number}"))
    except Exception:
        return Verdict("failed", traceback.format_exc())
    finally:
        torch.set_default_dtype(torch.float32)


def judged(task: tuple[int, int, int]) -> tuple[Counter[str], Counter[str], list[Failure]]:
    """A number of networks: how many of each kind, how often each layer, and what differs."""
    seed, start, end = task
    kinds: Counter[str] = Counter()
    words: Counter[str] = Counter()
    failures = []
    for number in range(start, end):
        verdict = judge(seed, number)
        if verdict is None:
            kinds["too large"] += 1
            continue
        kinds[verdict.kind] += 1
        words.update(verdict.words)
        if verdict.wrong:
            spec = "" if verdict.kind == "failed" else write(draw_network(f"{seed} {number}")).spec
            failures.append(Failure(number, verdict.wrong, spec))
    return kinds, words, failures


def tasks(seed: int, count: int) -> Iterator[tuple[int, int, int]]:
    for start in range(0, count, 100):
        yield seed, start, min(start + 100, count)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="how many networks")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of all that is drawn")
    parser.add_argument("--only", type=int, help="one network by its number, shown")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if options.only is not None:
        verdict = judge(options.seed, options.only)
        print(write(draw_network(f"{options.seed} {options.only}")).spec)
        print(verdict)
        return int(verdict is not None and bool(verdict.wrong))
    begun = time.perf_counter()
    kinds: Counter[str] = Counter()
    words: Counter[str] = Counter()
    failures: list[Failure] = []
    with get_context("fork").Pool(options.processes) as pool:
        for some, used, wrong in pool.imap_unordered(judged, tasks(options.seed, options.count)):
            kinds += some
            words += used
            for failure in wrong[: max(0, _MOST_SHOWN - len(failures))]:
                print(f"--- seed {options.seed}, number {failure.number}\n{failure.spec}")
                print(f"{failure.wrong}\n")
            failures += wrong
    minutes = (time.perf_counter() - begun) / 60
    print(
        f"seed {options.seed}: {options.count:,} networks, {options.count / minutes:,.0f} a minute"
    )
    for kind, number in kinds.most_common():
        print(f"  {number:9,} {kind}")
    print("layers in those accepted: " + ", ".join(f"{w} {n:,}" for w, n in words.most_common()))
    print(f"{len(failures)} disagreements {[failure.number for failure in failures[:40]]}")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
