"""Recipes drawn at random: what their lines may say, by the tables of archc itself."""

import contextlib
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from archc import recipe
from archc.recipe.losses import LOSSES
from archc.recipe.metrics import names
from archc.recipe.optimizers import OPTIMIZERS
from archc.recipe.schedules import SCHEDULES
from archc.recipe.table import Entry, Table
from archc.recipe.transforms import AUGMENTS, PREPARES

from .sources import Source, draw_npz, draw_pictures

NETWORKS = (
    "input 1x8x8\nconv 4 k3 p1 | bn | relu | pool 2 | flatten | dropout .1 | fc 10",
    "input 1x8x8\nflatten | fc 12 | ln | gelu | fc 10",
    "input 1x8x8\nconv 4 k3 p1 | relu | conv 1 k3 p1 | sigmoid",
    "input 1x8x8\nflatten | fc 10 | logsoftmax",
    "input 3x8x8\nconv 4 k3 p1 | relu | conv 5 k1",
    "input 3x8x8\nconv 4 k3 p1 | relu | gap | flatten | fc 3",
    "input 3x8x8\nconv 4 k3 p1 | relu | hwc | fc 3",
    "input 6 int\nembed 20 8 | lstm 8 | fc 20",
    "input 12 int\nembed 20 8 | mha 2 | mean 1 | fc 4",
    "input 8\nfc 6 | relu | fc 1",
    "input 8\nfc 6 | relu -> aux\nfc 3 | softmax",
    "input a 8\ninput b 4\nconcat(@a, @b) | fc 6 | relu | fc 2",
)
"""Classes, maps of classes, labels, values and reconstructions; of images, tokens and vectors."""

_VALUES = (
    *("0", ".1", ".5", ".9", "1", "2", "3", "5", "10", "100", "1e-3", "1e-8", "1e30", "-1", "255"),
    *("yes", "no", "sum", "mean", "linear", "cos", "input", "max", "min", "none", "original"),
    *("[.9 .99]", "[1 2]", "[.5 1]", "[1 1 1]", "[norm bias]"),
)
_LINES = {
    "epochs": ("1", "2", "3"),
    "batch": ("1", "3", "64", "500"),
    "seed": ("0", "7"),
    "val": ("0", ".1", ".5"),
    "accumulate": ("1", "2", "7"),
    "clip": ("0", ".1", "1e-9"),
    "ema": ("0", ".9", ".999"),
    "mixup": ("0", ".2", "1"),
    "cutmix": (".3", "1"),
    "stop": ("0", "1", "3"),
    "normalize": ("auto", "no", "imagenet"),
    "freeze": ("conv1", "fc1"),
    "lr": ("fc1 .1", "conv1 0"),
}
_OPTIONS = (
    ("--deterministic",),
    ("--precision", "bf16"),
    ("--precision", "fp16"),
    ("--dry-run",),
    ("--checkpoint-every", "1steps"),
)
_TRIES = 60
_AFTERWARDS = (
    ("eval", "RUN"),
    ("report", "RUN"),
    ("compare", "RUN", "RUN"),
    ("train", "--resume", "RUN", "--epochs", "4", "--limit-batches", "1"),
    ("train", "--resume", "RUN", "--epochs", "4", "--optimizer", "sgd lr=.01"),
    ("train", "--resume", "RUN"),
    ("export", "RUN", "-o", "RUN/net.safetensors"),
)


class Case(NamedTuple):
    """A text that is to be trained, options of the command, a command on the run behind it, and
    what writes the data beside the text."""

    text: str
    options: tuple[str, ...]
    afterwards: tuple[str, ...]
    write: Callable[[Path], None] = lambda _: None


def draw_case(key: str) -> Case:
    """The case of a key, the same for the same one."""
    chance = random.Random(key)
    network = chance.choice(NETWORKS)
    source = _source(chance, network)
    lines = ["epochs 2"]
    tables = (("optimizer", OPTIMIZERS, 0.6), ("schedule", SCHEDULES, 0.5), ("loss", LOSSES, 0.6))
    for word, table, share in tables:
        if chance.random() < share:
            lines.append(_right(lambda w=word, t=table: f"{w} {_entry(chance, t)}"))
    for word, table, share in (("augment", AUGMENTS, 0.3), ("prepare", PREPARES, 0.07)):
        if chance.random() < share and ("x8x8" in network or chance.random() < 0.1):
            lines.append(_right(lambda w=word, t=table: f"{w} {_pipe(chance, t)}"))
    if chance.random() < 0.3:
        compared = source.compares or chance.choice(("classes", "classes", "labels", "values"))
        several = names(compared)
        lines.append("metrics " + " ".join(chance.sample(several, chance.randint(1, 3))))
    drawn = [f"{k} {chance.choice(v)}" for k, v in _LINES.items() if chance.random() < 0.12]
    lines += [line for line in drawn if all(_known(word, network) for word in line.split())]
    lines += source.lines
    # The last one of a key would be the second.
    said = {line.split()[0]: line for line in lines}
    body = "".join(f"  {line}\n" for line in chance.sample(list(said.values()), len(said)))
    options = chance.choice(_OPTIONS) if chance.random() < 0.2 else ()
    afterwards = chance.choice(_AFTERWARDS)
    return Case(f"{network}\ntrain {{\n{body}}}\n", options, afterwards, source.write)


def _known(word: str, network: str) -> bool:
    """Whether a word that names a part names one of the network's."""
    part = re.fullmatch(r"(conv|fc)1", word)
    return part is None or part[1] in network


def _source(chance: random.Random, network: str) -> Source:
    images = re.match(r"input (\d)x8x8", network)
    classes = "flatten" in network
    kinds = ["random", "random", "npz", *(["folder"] if images and classes else [])]
    kind = chance.choice([*kinds, "digits"] if images and images[1] == "1" else kinds)
    if kind == "npz":
        return draw_npz(chance, network)
    if kind == "folder" and images:
        return draw_pictures(chance, network)
    return Source((f"data {kind}",))


def _right(draw: Callable[[], str]) -> str:
    """A line that is understood, if one is soon found."""
    line = draw()
    for _ in range(_TRIES):
        key, _, value = line.partition(" ")
        with contextlib.suppress(Exception):
            if not recipe.read(None, options=recipe.parse_options({key: value}))[1]:
                break
        line = draw()
    return line


def _entry(chance: random.Random, table: Table) -> str:
    entry: Entry = chance.choice(table.entries)
    given = [o for o in entry.options if o.required or chance.random() < 0.25]
    given.sort(key=lambda option: option.name != entry.place)
    values = (chance.choice(_VALUES) for _ in given)
    texts = (
        value if option.name == entry.place else f"{option.name}={value}"
        for option, value in zip(given, values, strict=True)
    )
    return " ".join((entry.name, *texts))


def _pipe(chance: random.Random, table: Table) -> str:
    return "{ " + " | ".join(_entry(chance, table) for _ in range(chance.randint(1, 2))) + " }"
