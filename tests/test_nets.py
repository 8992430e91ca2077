"""Shipped specs of known networks against the same networks written in PyTorch by hand."""

from collections.abc import Callable
from typing import NamedTuple

import nets
import pytest
import torch
from compare import randomise, relative_error
from conftest import ROOT
from torch import Tensor, nn
from torchvision import models

from archc.graph import Graph
from archc.module import build_module
from archc.pipeline import network
from archc.shape import Shape
from archc.spec import from_command_line
from archc.weights import Entry, load_weights, match

BATCH = 2


class Case(NamedTuple):
    """A spec on a small input, the same network by hand, and settings of the spec."""

    spec: str
    inputs: tuple[str, ...]
    reference: Callable[[], nn.Module]
    settings: tuple[str, ...] = ()

    @property
    def graph(self) -> Graph:
        spec = from_command_line(str(ROOT / "specs" / self.spec))
        return network(spec._replace(inputs=self.inputs, settings=self.settings))


class SmallViT(models.VisionTransformer):
    def __init__(self) -> None:
        super().__init__(
            image_size=24, patch_size=8, num_layers=2, num_heads=4, hidden_dim=32, mlp_dim=128
        )


CASES = [
    Case("nets/unet.arch", ("3x32x48",), nets.UNet),
    Case("nets/unet_recursive.arch", ("3x32x48",), nets.recursive_unet, ("width=8", "depth=3")),
    Case("unet.arch", ("3x16x24",), nets.small_unet),
    Case("resnet9.arch", (), nets.resnet9),
    Case("autoencoder.arch", (), nets.autoencoder),
    Case("nets/fcn.arch", ("image=3x43x70",), nets.FCN8s, ("width=8",)),
    Case("nets/deeplab.arch:deeplabv3_resnet50", ("image=3x65x80",), nets.deeplabv3_resnet50),
    Case("nets/deeplab.arch:fcn_resnet50", ("image=3x65x80",), nets.fcn_resnet50),
    Case("nets/vae.arch", (), nets.VAE),
    Case("dcgan_generator.arch", (), nets.generator),
    Case("dcgan_discriminator.arch", (), nets.discriminator),
    Case("nets/wavenet.arch", ("1200 int",), nets.WaveNet),
    Case("text_lstm.arch", ("9 int",), nets.TextLSTM),
    Case("text_gru.arch", ("9 int",), nets.TextGRU),
    Case("nets/transformer.arch", ("words=12 int",), nets.Transformer, ("width=32",)),
    Case("nets/mixer.arch", ("3x32x48",), nets.Mixer),
    Case("nets/convmixer.arch", ("3x28x35",), nets.convmixer),
    Case("nets/siamese.arch", ("left=1x69x69", "right=1x69x69"), nets.Siamese),
    Case("nets/two_inputs.arch", ("image=3x32x48", "meta=10"), nets.TwoInputs),
    Case("nets/r3d.arch:r3d_18", ("3x4x32x48",), models.video.r3d_18),
    Case(
        "torchvision/vit.arch:vit",
        ("3x24x24",),
        SmallViT,
        ("patch=8", "c=32", "depth=2", "heads=4"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.spec)
def test_as_written_by_hand(case: Case) -> None:
    graph, theirs = case.graph, case.reference().double().eval()
    ours = build_module(graph).double().eval()
    assert graph.parameters == sum(p.numel() for p in theirs.parameters())
    randomise(theirs)
    load_weights(ours, graph, theirs.state_dict())
    torch.manual_seed(1)
    given = [drawn(put.value.shape) for put in graph.inputs]
    with torch.inference_mode():
        torch.manual_seed(0)
        expected = theirs(*given)
        torch.manual_seed(0)
        found = ours(*given)
    if not isinstance(expected, dict):
        expected, found = {"out": expected}, {"out": found}
    assert list(found) == list(expected)
    for name, value in expected.items():
        # An output that does not depend on the input would prove nothing.
        assert relative_error(value[0], value[1]) > 1e-3
        assert found[name].shape == value.shape
        assert relative_error(found[name], value) < 1e-5


@pytest.mark.parametrize("case", [case for case in CASES if "r3d" in case.spec])
def test_starts_as_torchvision(case: Case) -> None:
    ours, theirs = build_module(case.graph), case.reference()
    for own, tensor in zip(ours.parameters(), theirs.parameters(), strict=True):
        spreads = [float(t.detach().std(correction=0)) for t in (own, tensor)]
        means = [float(t.detach().mean()) for t in (own, tensor)]
        assert spreads[0] == pytest.approx(spreads[1], rel=0.05)
        assert means[0] == pytest.approx(means[1], abs=spreads[1] / 10)


VITS = ["vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14"]


@pytest.mark.parametrize("name", VITS)
def test_tensors_of_vision_transformers(name: str) -> None:
    graph = Case(f"torchvision/vit.arch:{name}", (), nn.Identity).graph
    with torch.device("meta"):
        ours, theirs = build_module(graph), models.get_model(name)
    assert graph.parameters == sum(p.numel() for p in theirs.parameters())
    assert match(entries(ours), entries(theirs)).misfits == ()
    assert len(ours.state_dict()) == len(theirs.state_dict())


def entries(net: nn.Module) -> list[Entry]:
    return [Entry(name, tuple(tensor.shape)) for name, tensor in net.state_dict().items()]


def drawn(shape: Shape) -> Tensor:
    """A batch of random numbers, or of token ids with some padding at the end."""
    if shape.layout == "ids":
        ids = torch.randint(1, 256, (BATCH, *shape.dims))
        ids[1, -3:] = 0
        return ids
    return torch.randn(BATCH, *shape.dims, dtype=torch.float64)
