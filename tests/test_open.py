"""Open sizes, `?` in an input: shipped networks run at any size, and what the program says."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from conftest import ROOT, RunPython
from symbols import filled, opened

import archc
from archc.graph import Graph, known
from archc.module import build_module
from archc.pipeline import network
from archc.spec import Spec, from_command_line

BATCH = 2

NETS: dict[str, tuple[Mapping[str, str], ...]] = {
    "nets/fcn.arch": ({"image": "3x33x64"}, {"image": "3x7x91"}),
    "nets/unet.arch": ({"x": "3x32x64"}, {"x": "3x48x16"}),
    "nets/unet_recursive.arch": ({"x": "3x32x64"}, {"x": "3x48x16"}),
    "nets/convmixer.arch": ({"x": "3x70x84"}, {"x": "3x37x50"}),
    "nets/two_inputs.arch": ({"image": "3x33x40", "meta": "10"},),
    "nets/wavenet.arch": ({"x": "1100 int"}, {"x": "1301 int"}),
    "text_lstm.arch": ({"x": "9 int"}, {"x": "30 int"}),
    "torchvision/alexnet.arch:alexnet": ({"x": "3x70x99"},),
    "torchvision/densenet.arch:densenet121": ({"x": "3x64x75"},),
    "torchvision/googlenet.arch:googlenet": ({"x": "3x64x75"},),
    "torchvision/mobilenetv3.arch:mobilenet_v3_small": ({"x": "3x64x75"}, {"x": "3x33x32"}),
    "torchvision/resnet.arch:resnet18": ({"x": "3x64x75"}, {"x": "3x33x32"}),
    "torchvision/shufflenetv2.arch:shufflenet_v2_x0_5": ({"x": "3x64x75"},),
    "torchvision/squeezenet.arch:squeezenet1_1": ({"x": "3x64x75"}, {"x": "3x33x32"}),
}
"""Shipped networks that take inputs of any size, with sizes to try them at."""

WIDTHS = {"nets/fcn.arch": ("width=8",), "nets/unet_recursive.arch": ("width=8", "depth=3")}


def spec_of(name: str, inputs: Mapping[str, str]) -> Spec:
    given = (shape if put == "x" else f"{put}={shape}" for put, shape in inputs.items())
    spec = from_command_line(str(ROOT / "specs" / name))
    return spec._replace(inputs=tuple(given), settings=WIDTHS.get(name, ()))


def in_open(shape: str) -> str:
    """`3x?x?` for `3x33x64`, `? int` for `9 int`; a vector stays what it is."""
    sizes, _, kind = shape.partition(" ")
    first, *others = sizes.split("x")
    return "x".join([first, *"?" * len(others)]) if not kind else f"? {kind}"


def examples(graph: Graph) -> list[torch.Tensor]:
    shapes = [known(put.value) for put in graph.inputs]
    return [
        torch.randint(9, (BATCH, *shape.dims))
        if shape.layout == "ids"
        else torch.rand(BATCH, *shape.dims)
        for shape in shapes
        if shape is not None
    ]


@pytest.mark.parametrize("name", NETS)
def test_networks_run_at_any_size(name: str) -> None:
    """One module of open sizes does what each module of one size does."""
    made = network(spec_of(name, {put: in_open(shape) for put, shape in NETS[name][0].items()}))
    net = build_module(made).eval()
    for inputs in NETS[name]:
        fixed = network(spec_of(name, inputs))
        other = build_module(fixed).eval()
        other.load_state_dict(net.state_dict())
        given = examples(fixed)
        with torch.inference_mode():
            found, expected = net(*given), other(*given)
        outputs = (
            (found, expected) if isinstance(found, dict) else ({"out": found}, {"out": expected})
        )
        for ours, theirs in zip(*(out.values() for out in outputs), strict=True):
            assert torch.equal(ours, theirs)
        assert fixed.parameters == made.parameters
        _, numbers = opened(fixed.input, set(range(len(fixed.input.dims))))
        assert filled(made.output, numbers) == fixed.output


def test_what_cannot_be_told_is_left_to_torch() -> None:
    net = archc.compile("input 3x?x?\nadd(id, pool 2 | up 2)")
    assert net(torch.rand(1, 3, 8, 6)).shape == (1, 3, 8, 6)
    with pytest.raises(RuntimeError, match="must match"):
        net(torch.rand(1, 3, 9, 6))


# --- What the program says -----------------------------------------------------------------------

TAKEN = {
    "input 3x?x?\nadd(id, conv 3 k3 p1)": (3, None, None),
    "input 3x?x?\nconv 8 k3 | gap | flatten | fc 10": (10,),
    "input [3 ? 8]\npool 2": (3, None, 4),
    "input ?\nrelu": (None,),
    "input ?x64\ntranspose": (64, None),
    "input ? int\nembed 9 8 | mha 2 | mean": (8,),
    "input 3x?x?\ntokens | map 4x5": (3, 4, 5),
    "input 3x?x?\n-> x | tokens | map like=@x": (3, None, None),
    "input 3x?x?\nlet h = H//2\nlet w = 2*h + 1\nrelu": (3, None, None),
    "input 3x?x?\nif H > 0 and C == 3 { conv 8 }": (8, None, None),
    "input 3x?x?\nif H == H + 1 { conv 8 } else { conv 4 }": (4, None, None),
    "input 3x?x?\nwindows 4 { attn 3 }": (3, None, None),
    "input 3x?x?\nadd(id, up to=8)": (3, 8, 8),
    "input 3x?x?\nmul(id, gap | conv 3)": (3, None, None),
    "input 3x?x?\nexpect 3x?x7": (3, None, None),
    "input 3x?x?\nconv (H-H+4) | conv (C if H > 0 else 2)": (4, None, None),
    "block b(h) { conv (h-h+C) | up (2 if h else 1) }\ninput 3x?x?\nb H | b W": (3, None, None),
    "block b(h) { let w = h | conv 4 }\ninput 3x?x?\nb H | b W": (4, None, None),
}


@pytest.mark.parametrize(("text", "output"), TAKEN.items())
def test_open_sizes_are_null(text: str, output: tuple[int | None, ...]) -> None:
    report = archc.check(text)
    assert report.ok, report.diagnostics
    assert report.output == output
    archc.compile(text)


REFUSED = {
    "flatten | fc 10": ("E0320", "fc 10"),
    "tokens | pos": ("E0320", "pos"),
    "tokens | attn 3": ("E0320", "attn 3"),
    "permute [2 1 3] | conv 2": ("E0320", "conv 2"),
    "windows 4 s=2 { attn 3 }": ("E0320", "windows"),
    "H * conv 3": ("E0320", "H"),
    "if H > 3 { relu }": ("E0320", "H > 3"),
    "if H == W { relu }": ("E0320", "H == W"),
    "add(id, id if W % 2)": ("E0320", "W % 2"),
    "for i in 0..H { relu }": ("E0320", "0..H"),
    "conv 2*H": ("E0320", "2*H"),
    "up to=[H 8]": ("E0320", "[H 8]"),
    "let h = 7//H\nrelu": ("E0320", "7//H"),
    "relu -> x | up 2 | up to=@x.H": ("E0320", "@x.H"),
    "add(id, conv 3 k3)": ("E0331", "add"),
    "concat(id, conv 8 k3)": ("E0332", "concat"),
    "concat(id, up to=8, up to=9)": ("E0332", "concat"),
    "fc 10": ("E0301", "fc 10"),
    "conv 8 g2": ("E0307", "g2"),
    "expect 4x?x?": ("E0302", "4x?x?"),
    "expect 3x?": ("E0302", "3x?"),
    "pad -1 | slice axis=2 b=-1 | add(id, conv 3 k2)": ("E0331", "add"),
}


@pytest.mark.parametrize(("steps", "said"), REFUSED.items())
def test_refused_whatever_the_size(steps: str, said: tuple[str, str]) -> None:
    diagnostics = archc.check(f"input 3x?x?\n{steps}").diagnostics
    [found] = [d for d in diagnostics if d.severity == "error"]
    assert found.code == said[0]
    assert found.span.text.endswith(said[1])
    assert found.help or found.code == "E0332"


def test_the_program_shows_open_sizes(run_archc: RunPython, tmp_path: Path) -> None:
    text = "input 3x?x?\nconv 8 k3 | relu | gap | flatten | fc 10"
    checked = run_archc("check", "-e", text)
    assert checked.stdout == "-e: ok, 3x?x? -> 10, 314 parameters\n"
    summary = run_archc("summary", "-e", text)
    assert "8x?x?" in summary.stdout
    assert "314 parameters in 1.23 KiB, ? MACs" in summary.stdout
    drawn = run_archc("draw", "-e", text, "-o", str(tmp_path / "net.dot"))
    assert drawn.returncode == 0, drawn.stderr
    assert "8 × ? × ?" in (tmp_path / "net.dot").read_text(encoding="utf-8")


def test_costs_that_depend_on_open_sizes_are_null(run_archc: RunPython) -> None:
    text = "input 3x?x?\nconv 8 k3 | gap | flatten | fc 10"
    summary = json.loads(run_archc("summary", "-e", text, "--format", "json").stdout)
    conv, *_, fc = summary["steps"]
    assert summary["macs"] is None
    assert conv["macs"] is None
    assert conv["output"] == [8, None, None]
    assert conv["receptive_field"] == [3, 3]
    assert fc["macs"] == 80
    assert summary["parameters"] == 314


def test_training_on_images_of_the_size_that_was_open(run_archc: RunPython) -> None:
    text = "input 1x?x?\nconv 4 k3 | gap | flatten | fc 10\ntrain { data digits }"
    done = run_archc("train", "-e", text, "--epochs", "1", "--device", "cpu", "--run", "run")
    assert done.returncode == 0, done.stderr


def test_data_that_takes_its_size_from_the_network_needs_one() -> None:
    text = "input 1x?x?\ngap | flatten | fc 10\ntrain { data random }"
    assert [d.code for d in archc.check(text).diagnostics] == ["E0417"]
    assert archc.check(text, input="1x8x8").ok
