"""How fast emitted modules are, against torchvision's own.

    python benchmarks/module_speed.py [--turns 9] [--batch 4]

Three networks of specs/torchvision/ and torchvision's of the same name take turns, forward in
evaluation and a whole training step, so that what else the machine does hits both alike. What
counts is the ratio: the median of torchvision's times over the median of ours; above 1 ours is the
faster one.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torchvision import models

import archc

NETWORKS = {
    "resnet50": "specs/torchvision/resnet.arch:resnet50",
    "mobilenet_v3_large": "specs/torchvision/mobilenetv3.arch:mobilenet_v3_large",
    "vit_b_16": "specs/torchvision/vit.arch:vit_b_16",
}


def forward(module: nn.Module, images: torch.Tensor) -> Callable[[], None]:
    """A forward pass in evaluation."""

    def run() -> None:
        module.eval()
        with torch.inference_mode():
            module(images)

    return run


def step(module: nn.Module, images: torch.Tensor) -> Callable[[], None]:
    """A training step: forward, backward and the optimizer."""
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-3)
    targets = torch.zeros(len(images), dtype=torch.long)

    def run() -> None:
        module.train()
        optimizer.zero_grad()
        F.cross_entropy(module(images), targets).backward()
        optimizer.step()

    return run


def seconds(run: Callable[[], None]) -> float:
    """CPU time of one run."""
    start = time.process_time()
    run()
    return time.process_time() - start


def ratio(ours: Callable[[], None], theirs: Callable[[], None], turns: int) -> tuple[float, float]:
    """The median of our times, and how many times as long the others take."""
    times: list[tuple[float, float]] = [(seconds(ours), seconds(theirs)) for _ in range(turns + 1)]
    mine, others = (statistics.median(column) for column in zip(*times[1:], strict=True))
    return mine, others / mine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--batch", type=int, default=4)
    options = parser.parse_args()
    # Threads that wait for one another would count as work.
    torch.set_num_threads(1)
    images = torch.randn(options.batch, 3, 224, 224)
    print(f"{'network':20} {'':14} {'ours':>9}  torchvision / ours")
    for name, spec in NETWORKS.items():
        modules = archc.load(spec), models.get_model(name)
        for what, make in (("forward", forward), ("training step", step)):
            ours, theirs = (make(module, images) for module in modules)
            mine, times = ratio(ours, theirs, options.turns)
            print(f"{name:20} {what:14} {1000 * mine:6.0f} ms  {times:.2f}")


if __name__ == "__main__":
    main()
