"""How the cost of a check, a summary and a build grows with the steps that are built.

    python benchmarks/growth.py [--runs 3] [--most 100000]

Copies that differ, a loop that is unrolled and a text of distinct lines, up to 256 KiB, the longest
that archc reads. Prints CPU seconds (the median of some runs), those beyond what a network of one
step takes for each 1,000 steps, which stay the same where the cost grows in line, and peak memory.
Equal copies are gone through once, however many there are.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from check_cost import measure

INPUT = "input 8x16x16\n"
COMMANDS = ("check", "summary", "build")
LONGEST = 256 * 1024


def equal_copies(steps: int) -> str:
    return f"{INPUT}{steps // 2} * {{ conv 8 k3 p1 | relu }}\n"


def copies(steps: int) -> str:
    return f"{INPUT}{steps // 2} * {{ conv (C + 1) k1 | relu }}\n"


def loop(steps: int) -> str:
    return f"{INPUT}for c in 0..{steps // 2} {{ conv (c + 8) k1 | relu }}\n"


def nested(steps: int) -> str:
    inner = "for i in 0..2 { " * 5 + "conv 8 k3 p1 | relu" + " }" * 5
    return f"{INPUT}for i in 0..{steps // 64} {{ {inner} }}\n"


def lines(steps: int) -> str:
    return INPUT + "".join(f"conv {100 + i % 900} k1 | relu\n" for i in range(steps // 2))


TEXTS: dict[str, Callable[[int], str]] = {
    "equal copies": equal_copies,
    "copies that differ": copies,
    "a loop": loop,
    "loops in loops": nested,
    "lines": lines,
}


def sizes(text: Callable[[int], str], most: int) -> list[int]:
    """Numbers of steps, three to a power of ten, and the most that a text may have."""
    line = len(text(4)) - len(text(2)) if text is lines else 0
    longest = 2 * ((LONGEST - len(INPUT)) // line) if line > 2 else most
    steps = [n for n in (1_000, 3_000, 10_000, 30_000, 100_000) if n < min(most, longest)]
    return [*steps, min(most, longest)]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--most", type=int, default=100_000, help="steps to build")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "net.arch")

        def cost(command: str, text: str) -> tuple[float, float]:
            file.write_text(text, encoding="utf-8")
            call = [sys.executable, "-m", "archc", command, str(file)]
            runs = [measure(call) for _ in range(options.runs)]
            return statistics.median(cpu for cpu, _ in runs), max(peak for _, peak in runs)

        for command in COMMANDS:
            cost(command, f"{INPUT}relu\n")  # The first run writes bytecode.
            start, _ = cost(command, f"{INPUT}relu\n")
            print(f"{'archc ' + command:28} {start:6.2f} CPU-s to start")
            for name, text in TEXTS.items():
                for steps in sizes(text, options.most):
                    cpu, peak = cost(command, text(steps))
                    each = 1_000 * (cpu - start) / steps
                    built = f"{steps:,} steps"
                    line = f"  {name:19}{built:>14} {len(text(steps)) / 1024:6.1f} KiB"
                    print(f"{line} {cpu:6.2f} CPU-s  {each:6.3f} for 1,000  {peak:6.1f} MiB")


if __name__ == "__main__":
    main()
