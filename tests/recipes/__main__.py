"""Random recipes, trained for two batches an epoch: each ends, or is told what is wrong with it.

python -m tests.recipes --count 2000 --seed 1
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch

from .drawing import draw_case
from .judging import judge


def main(arguments: Sequence[str] | None = None) -> int:
    """Judges as many cases as asked for, and shows those that fail."""
    parser = argparse.ArgumentParser(prog="python -m tests.recipes", description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    ended: Counter[str] = Counter()
    begun = time.monotonic()
    for number in range(options.count):
        case = draw_case(f"{options.seed} {number}")
        with tempfile.TemporaryDirectory() as folder:
            verdict = judge(case, Path(folder, "run"))
        ended[verdict.ended] += 1
        if verdict.wrong:
            print(f"--- {number}\n{case.text}{verdict.wrong}", flush=True)
    minutes = (time.monotonic() - begun) / 60
    counts = ", ".join(f"{count:,} {name}" for name, count in ended.most_common())
    print(f"seed {options.seed}: {options.count:,} recipes in {minutes:.1f} min: {counts}")
    return 1 if ended["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
