"""How long it takes to 99 % on MNIST: `archc train` with a one-cycle schedule against the loop of
PyTorch's tutorials.

    python benchmarks/time_to_accuracy.py --data-root data

Both train the network of specs/mnist.arch and look at the test images behind each epoch. The clock
runs from the loading of the data to the end of the first epoch that reaches the accuracy; the
imports are not counted. Seeds are taken in turns, and what counts is the ratio of the medians.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from loops import trainer
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from archc.module import build_module
from archc.pipeline import network
from archc.spec import from_python
from archc.training.progress import Progress
from archc.training.stop import StopSignal

GRAPH = network(from_python("specs/mnist.arch"))

Epochs = Callable[[], float]
"""Trains an epoch and gives the accuracy behind it."""


def tutorial(root: Path, seed: int) -> Epochs:
    """Adam with a fixed rate of 1e-3, batches of 128 by a DataLoader."""
    torch.manual_seed(seed)
    images = datasets.MNIST(root, transform=transforms.ToTensor())
    tests = datasets.MNIST(root, train=False, transform=transforms.ToTensor())
    loader = DataLoader(images, batch_size=128, shuffle=True)
    test_loader = DataLoader(tests, batch_size=1000)
    module = build_module(GRAPH)
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()

    def epoch() -> float:
        module.train()
        for inputs, classes in loader:
            optimizer.zero_grad()
            loss = criterion(module(inputs), classes)
            loss.backward()
            optimizer.step()
        module.eval()
        with torch.no_grad():
            right = sum(int((module(x).argmax(1) == y).sum()) for x, y in test_loader)
        return right / len(tests)

    return epoch


def ours(root: Path, seed: int, epochs: int) -> Epochs:
    """`archc train mnist --schedule onecycle --lr .01`."""
    lines = {"optimizer": "adam lr=.01", "schedule": "onecycle", "batch": "128"}
    lines |= {"epochs": str(epochs), "seed": str(seed)}
    torch.manual_seed(seed)
    training = trainer(GRAPH, "mnist", root, lines)

    def epoch() -> float:
        accuracy = training.run_epoch(Progress(), StopSignal())["test_accuracy"]
        assert isinstance(accuracy, float)
        return accuracy

    return epoch


def seconds(make: Callable[[], Epochs], wanted: float, most: int) -> float:
    """The time until an accuracy, infinite where it is not reached in so many epochs."""
    begun = time.perf_counter()
    epoch = make()
    for number_ in range(1, most + 1):
        accuracy = epoch()
        spent = time.perf_counter() - begun
        print(f"  epoch {number_}: {accuracy:.2%} after {spent:.1f} s", flush=True)
        if accuracy >= wanted:
            return spent
    return float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data-root", type=Path, default=Path("data"))
    parser.add_argument("--accuracy", type=float, default=0.99)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=2, help="of the one-cycle schedule")
    options = parser.parse_args()
    root, wanted = options.data_root, options.accuracy
    spent: dict[str, list[float]] = {"tutorial": [], "archc": []}
    for seed in range(options.seeds):
        print(f"archc, seed {seed}")
        mine = seconds(lambda s=seed: ours(root, s, options.epochs), wanted, options.epochs)
        print(f"tutorial, seed {seed}")
        theirs = seconds(lambda s=seed: tutorial(root, s), wanted, 15)
        spent["archc"].append(mine)
        spent["tutorial"].append(theirs)
    medians = {name: statistics.median(times) for name, times in spent.items()}
    for name, median in medians.items():
        print(f"{name}: {median:.1f} s to {wanted:.0%}, the median of {options.seeds} seeds")
    print(f"ratio: {medians['tutorial'] / medians['archc']:.2f}")


if __name__ == "__main__":
    main()
