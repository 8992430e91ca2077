"""specs/torchvision against torchvision itself: every classification model under its own name.

One small model a family by default, all of them by `-m slow`.
"""

import subprocess
import sys
from collections.abc import Iterator
from math import log, sqrt
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from compare import randomise, relative_error
from conftest import ROOT
from torch import Tensor, nn
from torchvision import models
from torchvision.ops import StochasticDepth

from archc.emit import network_source
from archc.graph import Graph
from archc.module import build_module
from archc.pipeline import network
from archc.spec import from_command_line
from archc.syntax import tree
from archc.syntax.parse import parse
from archc.weights import Entry, Match, load_weights, match

# torchvision announces another initialisation of its inception nets.
pytestmark = pytest.mark.filterwarnings("ignore:The default weight initialization")

NAMES = models.list_models(module=models)
SPECS = ROOT / "specs" / "torchvision"
LARGE = 200_000_000
"""Parameters above which ours has no memory of its own, and no initial weights."""

SIZES = {"inception": 299, "vit": 224, "maxvit": 224}
"""Sizes of the input by family where 64 is too small or the net has one size alone."""

OTHER_DRAWS = {"inception", "squeezenet", "swin"}
"""Families with a layer that starts unlike the others of its kind, or twice in torchvision."""

IN_DOUBLE = {"maxvit", "swin"}
"""Families whose outputs are compared in float64, and the closer for it: with random weights MaxViT
makes much of rounding, and little difference between examples is left behind v2's last norms."""

FAST = {
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "efficientnet_v2_s",
    "googlenet",
    "inception_v3",
    "mnasnet0_5",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "regnet_x_400mf",
    "regnet_y_400mf",
    "resnet18",
    "resnet50",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "swin_t",
    "swin_v2_t",
    "maxvit_t",
    "vgg11_bn",
    "vit_b_32",
}


def _families() -> dict[str, Path]:
    """The file that has each model."""
    found = {}
    for path in sorted(SPECS.glob("*.arch")):
        file = parse(from_command_line(str(path)).source).file
        blocks = [item.name.name for item in file.items if isinstance(item, tree.Block)]
        found.update({name: path for name in blocks if name in NAMES})
    return found


FAMILIES = _families()
MODELS = [
    pytest.param(name, marks=[] if name in FAST else [pytest.mark.slow], id=name)
    for name in FAMILIES
]


class Pair(NamedTuple):
    """A model of archc's and torchvision's own, as they start under one seed."""

    name: str
    graph: Graph
    ours: nn.Module
    theirs: nn.Module

    @property
    def match(self) -> Match:
        return match(entries(self.ours), entries(self.theirs))

    @property
    def tensors(self) -> Iterator[tuple[str, Tensor, Tensor]]:
        """Name in torchvision, tensor of ours, tensor of theirs."""
        ours, theirs = self.ours.state_dict(), self.theirs.state_dict()
        for own, name in self.match.names.items():
            yield name, ours[own], theirs[name]


def entries(net: nn.Module) -> list[Entry]:
    return [Entry(name, tuple(tensor.shape)) for name, tensor in net.state_dict().items()]


def graph_of(name: str, *settings: str) -> Graph:
    family = FAMILIES[name]
    size = SIZES.get(family.stem, 64)
    spec = from_command_line(f"{family}:{name}")
    return network(spec._replace(inputs=(f"3x{size}x{size}",), settings=settings))


def make_pair(name: str, *settings: str, **options: object) -> Pair:
    """`settings` are said to archc, `options` to torchvision."""
    graph = graph_of(name, *settings)
    with torch.device("meta" if graph.parameters > LARGE else "cpu"):
        torch.manual_seed(0)
        ours = build_module(graph)
    torch.manual_seed(0)
    theirs = models.get_model(name, weights=None, **options)
    return Pair(name, graph, ours, theirs)


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest) -> Pair:
    return make_pair(request.param)


each_pair = pytest.mark.parametrize("pair", MODELS, indirect=True)


def test_every_model_has_a_block() -> None:
    assert set(NAMES) == FAMILIES.keys()


@each_pair
def test_tensors(pair: Pair) -> None:
    ours, theirs = entries(pair.ours), entries(pair.theirs)
    assert len(ours) == len(theirs)
    assert pair.match.misfits == ()
    for found, entries_ in ((pair.match.names.keys(), ours), (pair.match.names.values(), theirs)):
        assert {entry.name for entry in entries_ if entry.is_learned} <= set(found)
    assert pair.graph.parameters == sum(p.numel() for p in pair.theirs.parameters())
    assert len(list(pair.ours.parameters())) == len(list(pair.theirs.parameters()))


@each_pair
def test_settings(pair: Pair) -> None:
    """Norms and dropouts have the same numbers, in order."""
    assert norms(pair.ours) == norms(pair.theirs)
    assert dropouts(pair.ours) == dropouts(pair.theirs)
    assert droppaths(pair.graph) == stochastic_depths(pair.theirs)


def norms(net: nn.Module) -> list[tuple[float, float | None]]:
    """Epsilon and momentum."""
    kinds = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm)  # noqa: SLF001
    found = [module for module in net.modules() if isinstance(module, kinds)]
    return [(module.eps, getattr(module, "momentum", None)) for module in found]


def dropouts(net: nn.Module) -> list[float]:
    found = [module.p for module in net.modules() if isinstance(module, nn.Dropout)]
    return [p for p in found if p > 0]


def droppaths(graph: Graph) -> list[float]:
    found = [item.args["p"].value for item in graph.layers() if item.word == "droppath"]
    return [p for p in found if isinstance(p, float) and p > 0]


def stochastic_depths(net: nn.Module) -> list[float]:
    """Probabilities, without those of blocks whose shortcut is left out."""
    found = []
    for module in net.modules():
        own = [child for child in module.children() if isinstance(child, StochasticDepth)]
        if getattr(module, "use_res_connect", True):
            both = type(module).__name__.startswith(("Swin", "Partition"))
            uses = 2 if both else 1  # one for attention and the MLP
            found += [child.p for child in own for _ in range(uses)]
    return [p for p in found if p > 0]


@each_pair
def test_initial_law(pair: Pair) -> None:
    """Constants are equal, and all other tensors look drawn from one distribution."""
    if pair.graph.parameters > LARGE:
        pytest.skip("too large to be built twice")
    different = [
        name
        for name, own, tensor in pair.tensors
        if tensor.is_floating_point() and not torch.equal(own, tensor) and not same_law(own, tensor)
    ]
    assert different == []


@each_pair
def test_initial_weights_under_one_seed(pair: Pair) -> None:
    """Not one draw differs where all layers of a kind start alike, as in most of the families."""
    if pair.graph.parameters > LARGE or FAMILIES[pair.name].stem in OTHER_DRAWS:
        pytest.skip("drawn in another order")
    different = [name for name, own, tensor in pair.tensors if not torch.equal(own, tensor)]
    assert different == []


def same_law(a: Tensor, b: Tensor) -> bool:
    """Whether means and deviations agree within six standard errors, and a sample of the numbers
    in Kolmogorov's and Smirnov's test at a level of one in a million."""
    a, b = a.detach().double().flatten(), b.detach().double().flatten()
    count, spread = len(a), float(b.std(correction=0))
    if float(a.std(correction=0)) == 0 or spread == 0:
        return False
    mean_error = spread * sqrt(2 / count)
    # No initialisation has heavier tails than the normal one.
    spread_error = spread / sqrt(count)
    step = -(-count // 20_000)
    sample_a, sample_b = a[::step].sort().values, b[::step].sort().values
    size = len(sample_a)
    points = torch.cat((sample_a, sample_b))
    below = [torch.searchsorted(s, points, right=True) for s in (sample_a, sample_b)]
    distance = float((below[0] - below[1]).abs().max()) / size
    return (
        abs(float(a.mean() - b.mean())) < 6 * mean_error
        and abs(float(a.std(correction=0)) - spread) < 6 * spread_error
        and distance < sqrt(-log(1e-6 / 2) / size)
    )


@each_pair
def test_outputs(pair: Pair) -> None:
    assert_equal_outputs(pair)


def assert_equal_outputs(pair: Pair) -> None:
    give_equal_weights(pair)
    ours, theirs = pair.ours.eval(), pair.theirs.eval()
    x = torch.randn(2, *pair.graph.input.dims)
    tolerance, spread = 1e-4, 1e-3
    if FAMILIES[pair.name].stem in IN_DOUBLE:
        ours, theirs, x = ours.double(), theirs.double(), x.double()
        tolerance, spread = 1e-10, 1e-5
    with torch.inference_mode():
        expected, found = theirs(x), ours(x)
    # Weights that leave the output constant would prove nothing.
    assert relative_error(expected[0], expected[1]) > spread
    assert relative_error(found, expected) < tolerance


AUXILIARY = {
    "googlenet": {"out": "logits", "aux1": "aux_logits1", "aux2": "aux_logits2"},
    "inception_v3": {"out": "logits", "aux": "aux_logits"},
}
"""Names of the outputs in training, ours and torchvision's. The latter come as a tuple, GoogLeNet's
in the order logits, aux_logits2, aux_logits1."""


@pytest.mark.parametrize("pair", sorted(AUXILIARY), indirect=True)
def test_outputs_in_training(pair: Pair) -> None:
    give_equal_weights(pair)
    for net in (pair.ours, pair.theirs):
        net.train()
        for module in net.modules():
            if isinstance(module, nn.Dropout):
                module.eval()
    x = torch.randn(4, *pair.graph.input.dims)
    with torch.inference_mode():
        expected, found = pair.theirs(x), pair.ours(x)
    assert list(found) == list(AUXILIARY[pair.name])
    for own, name in AUXILIARY[pair.name].items():
        assert relative_error(found[own], getattr(expected, name)) < 1e-4


def give_equal_weights(pair: Pair) -> None:
    """Random weights for both nets, ours from the state dict of theirs."""
    randomise(pair.theirs)
    if pair.graph.parameters > LARGE:
        given = {own: pair.theirs.state_dict()[name] for own, name in pair.match.names.items()}
        pair.ours.load_state_dict(given, strict=False, assign=True)
    else:
        load_weights(pair.ours, pair.graph, pair.theirs.state_dict())


@pytest.mark.parametrize("name", MODELS)
def test_code_is_as_ruff_lays_it_out(name: str) -> None:
    source = network_source(graph_of(name))
    for command in (["format", "--check", "--diff"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "-"],
            input=source,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", MODELS)
def test_classes_are_a_parameter(name: str) -> None:
    assert graph_of(name, "classes=10").output.dims == (10,)


@pytest.mark.parametrize("name", sorted(AUXILIARY))
def test_input_is_transformed_for_older_weights(name: str) -> None:
    assert_equal_outputs(make_pair(name, "transform_input=yes", transform_input=True))
