"""Kills trainings again and again, and looks whether they end as an undisturbed one.

    python benchmarks/kills.py --kills 200

A run is gone on with and killed (SIGKILL) after a random while, anywhere in reading, training,
evaluating and saving, until it has ended; its weights and metrics must then be those of the
undisturbed one, bit by bit. Then the next run begins, until there were enough kills. Processes are
forked from one that has imported torch, so that no time goes into starting them. Exit status 0 if
all runs end the same.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # So small a network is slower on several.

import torch

from archc.cli.main import main as archc
from archc.training import trainer  # noqa: F401  Imported once, before the forks.

SPEC = """
input 1x8x8
conv 8 k3 p1 | bn | relu | pool 2 | flatten | dropout .2 | fc 10
train {
  data digits | batch 32 | schedule onecycle | ema .99 | val .1
  augment { crop 8 pad=1 }
}
"""


def begin(folder: Path, epochs: int) -> int:
    """Starts or goes on with the run in a folder, saving often; the process's number."""
    begun = (folder / "config.json").exists()
    what = ["--resume", str(folder)] if begun else ["-e", SPEC, "--run", str(folder)]
    options = ["--checkpoint-every", "7steps", "--epochs", str(epochs)]
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        os._exit(archc(["-q", "train", *what, *options]))
    return process


def status(process: int) -> int:
    """Waits for a process: its exit status, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def outcome(folder: Path) -> tuple[dict[str, torch.Tensor], list[dict[str, object]]]:
    """The best weights, and the metrics without their times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    times = ("seconds", "images_per_second")
    metrics = [{k: v for k, v in line.items() if k not in times} for line in lines]
    return torch.load(folder / "best.pt", weights_only=True), metrics


def same(one: Path, other: Path) -> bool:
    """Whether two runs ended with the same bits."""
    (mine, my_metrics), (theirs, metrics) = outcome(one), outcome(other)
    return my_metrics == metrics and all(torch.equal(mine[name], theirs[name]) for name in theirs)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=30, help="of each run")
    parser.add_argument("--longest", type=float, default=1, help="seconds until a kill")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    kills = writing = runs = 0
    with tempfile.TemporaryDirectory() as name:
        undisturbed = Path(name, "undisturbed")
        if status(begin(undisturbed, options.epochs)):
            return 1
        while kills < options.kills:
            killed = Path(name, f"run-{runs}")
            while not (killed / "result.json").exists() and kills < options.kills:
                process = begin(killed, options.epochs)
                time.sleep(draw.uniform(0, options.longest))
                os.kill(process, signal.SIGKILL)
                ended = status(process)
                if ended not in (0, -signal.SIGKILL):
                    print(f"after {kills} kills a run ended with status {ended}")
                    return 1
                kills += ended != 0
                writing += any(killed.glob(".*.part"))
            runs += 1
            if status(begin(killed, options.epochs)) or not same(killed, undisturbed):
                print(f"after {kills} kills run {runs} ends DIFFERENT")
                return 1
    print(f"{kills} kills, {writing} within the writing of a file: {runs} runs end bit-identical")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
