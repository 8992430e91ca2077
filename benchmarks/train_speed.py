"""How fast `archc train` goes through a data set, against the loop of PyTorch's tutorials.

    python benchmarks/train_speed.py mnist --data-root data
    python benchmarks/train_speed.py lenet --data-root data
    python benchmarks/train_speed.py tiny --data-root data

The loop: a DataLoader over torchvision's data set with ToTensor, Adam, batch 128. Both train the
same network, `mnist` that of specs/mnist.arch, `lenet` that of specs/lenet.arch on CIFAR-10, `tiny`
two small layers on MNIST, where all that counts is what a loop costs besides. Each has a process
of its own, as its users would, and they take turns, a number of steps each, so that what else the
machine does hits both alike. What counts is the ratio of the two, of CPU time and of images a
second.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import torch
from loops import trainer
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from archc.graph import Graph
from archc.module import build_module
from archc.pipeline import network
from archc.spec import from_python
from archc.training.progress import Progress
from archc.training.stop import Stopped, StopSignal

BATCH = 128


class Case(NamedTuple):
    """A network and its data: the set's name here and its class in torchvision. A turn has so many
    steps that its beginning, with cold caches, does not count."""

    spec: str
    data: str
    torchvision: Callable[..., datasets.VisionDataset]
    steps: int = 120

    @property
    def graph(self) -> Graph:
        return network(from_python(self.spec))


CASES = {
    "mnist": Case("specs/mnist.arch", "mnist", datasets.MNIST),
    "lenet": Case("specs/lenet.arch", "cifar10", datasets.CIFAR10),
    "tiny": Case("input 1x28x28\nflatten | fc 32 | relu | fc 10", "mnist", datasets.MNIST, 300),
}


class Spent(NamedTuple):
    """Seconds for some steps: on the clock, and of all processors."""

    wall: float
    cpu: float


def measure(steps: Callable[[], None]) -> Spent:
    """Runs something and says what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    steps()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def tutorial(case: Case, root: Path, steps: int, _: str) -> Callable[[], None]:
    """The tutorial's loop; each call goes on for so many steps."""
    images = case.torchvision(root, transform=transforms.ToTensor())
    loader = DataLoader(images, batch_size=BATCH, shuffle=True)
    module = build_module(case.graph)
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()

    def batches() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        while True:
            yield from loader

    endless = batches()

    def run() -> None:
        module.train()
        running = 0.0
        for _ in range(steps):
            inputs, classes = next(endless)
            optimizer.zero_grad()
            loss = criterion(module(inputs), classes)
            loss.backward()
            optimizer.step()
            running += loss.item()

    return run


class After(StopSignal):
    """Asks to stop after so many steps."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.left = steps

    def check(self) -> None:
        self.left -= 1
        if not self.left:
            raise Stopped


def ours(case: Case, root: Path, steps: int, precision: str) -> Callable[[], None]:
    """archc's loop; each call goes on for so many steps."""
    lines = {"optimizer": "adam", "batch": str(BATCH), "epochs": "1000"}
    training = trainer(case.graph, case.data, root, lines, precision)
    training.data = training.data._replace(test=training.data.test.part(0, 0))
    print(f"archc: on {training.hardware}")
    stop = After(steps)

    def run() -> None:
        stop.left = steps
        try:
            while True:
                training.run_epoch(Progress(), stop)
        except Stopped:
            return

    return run


LOOPS = {"tutorial": tutorial, "archc": ours}


def serve(name: str, options: argparse.Namespace, turns: Connection) -> None:
    """A process of one loop: goes on as long as it is told to, and answers with what that took."""
    torch.manual_seed(0)
    case = CASES[options.case]
    steps = options.steps or case.steps
    loop = LOOPS[name](case, options.data_root, steps, options.precision)
    loop()  # Warm: the first steps allocate and choose kernels.
    print(f"{name}: warm", flush=True)
    turns.send(None)
    while turns.recv():
        turns.send(measure(loop))


def begin(name: str, options: argparse.Namespace) -> Connection:
    """Starts the process of a loop and waits until it is warm."""
    turns, theirs = get_context("spawn").Pipe()
    get_context("spawn").Process(target=serve, args=(name, options, theirs), daemon=True).start()
    turns.recv()
    return turns


def turn(turns: Connection) -> Spent:
    """Lets a loop go on, and says what it took."""
    turns.send(True)
    spent: Spent = turns.recv()
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--data-root", type=Path, default=Path("data"))
    parser.add_argument("--steps", type=int, help="of each loop in a round")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--precision", default="auto", help="auto, fp32 or bf16")
    options = parser.parse_args()
    loops = {name: begin(name, options) for name in LOOPS}
    rounds = [{name: turn(turns) for name, turns in loops.items()} for _ in range(options.rounds)]
    for turns in loops.values():
        turns.send(False)
    steps = options.steps or CASES[options.case].steps
    for name in loops:
        speeds = [BATCH * steps / spent[name].wall for spent in rounds]
        print(f"{name}: {statistics.median(speeds):,.0f} images/s")
    for name, field in (("clock", 0), ("CPU time", 1)):
        ratios = sorted(spent["tutorial"][field] / spent["archc"][field] for spent in rounds)
        low, high = ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]
        print(f"ratio by {name}: {statistics.median(ratios):.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
