"""Kills a training again and again, and looks whether it ends as an undisturbed one.

    python benchmarks/kills.py --kills 200

Each round goes on with the run and kills it after a random while: anywhere in loading, training,
evaluating and saving. When all kills are done, the run goes on to its end; its weights and
metrics must be those of the other, bit by bit. Exit status 0 if they are.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

SPEC = """
input 1x8x8
conv 16 k3 p1 | bn | relu | pool 2 | flatten | dropout .2 | fc 10
train {
  data digits | batch 16 | schedule onecycle | ema .99
  augment { crop 8 pad=1 }
}
"""


ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}
"""So small a network is slower on several."""


def command(folder: Path, epochs: int) -> list[str]:
    """Begins or goes on with the run in a folder, saving often."""
    begun = (folder / "config.json").exists()
    what = ["--resume", str(folder)] if begun else ["-e", SPEC, "--run", str(folder)]
    options = ["--checkpoint-every", "0.2", "--epochs", str(epochs)]
    return [sys.executable, "-m", "archc", "-q", "train", *what, *options]


def outcome(folder: Path) -> tuple[dict[str, torch.Tensor], list[dict[str, object]]]:
    """The best weights, and the metrics without their times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    times = ("seconds", "images_per_second")
    metrics = [{k: v for k, v in line.items() if k not in times} for line in lines]
    return torch.load(folder / "best.pt", weights_only=True), metrics


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=400)
    parser.add_argument("--longest", type=float, default=8, help="seconds until a kill")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        undisturbed, killed = Path(name, "undisturbed"), Path(name, "killed")
        subprocess.run(
            command(undisturbed, options.epochs),
            check=True,
            stdout=subprocess.DEVNULL,
            env=ONE_THREAD,
        )
        kills = 0
        while kills < options.kills and not (killed / "result.json").exists():
            process = subprocess.Popen(
                command(killed, options.epochs), stdout=subprocess.DEVNULL, env=ONE_THREAD
            )
            time.sleep(draw.uniform(0, options.longest))
            process.kill()
            if process.wait() not in (0, -9):
                print(f"after {kills} kills the run ended with status {process.returncode}")
                return 1
            kills += 1
        subprocess.run(
            command(killed, options.epochs), check=True, stdout=subprocess.DEVNULL, env=ONE_THREAD
        )
        (mine, my_metrics), (other, metrics) = outcome(killed), outcome(undisturbed)
    same = my_metrics == metrics and all(torch.equal(mine[name], other[name]) for name in other)
    print(f"{kills} kills: the run ends {'bit-identical' if same else 'DIFFERENT'}")
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
