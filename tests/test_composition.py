"""Blocks, merges, repeats, loops and named values: what they build, under which names, and that the
module computes what the text says."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import archc
from archc.pipeline import network
from archc.spec import from_text

CASES = {
    "names of parts": "input 4x8x8\nconv 8 | 2 * { conv 8 | bn }\n"
    "for c in [8 16] { conv c | 2 * conv c }\nstem: { conv 8 }",
    "labels": "input 4x8x8\nstem: conv 8\nlayer: 2 * { conv 8 }\nside: add(id, conv 8)\n"
    "block unit { conv 8 | bn }\nbody1: 2 * unit\nlast: unit",
    "residual": "input 8x8x8\nadd(conv 8 k3 p1 | bn | relu | conv 8 k3 p1, id) | relu",
    "guarded branch": "input 8x8x8\nadd(conv 8, id if C == 4)\nadd(conv 16, conv 16 if C != 16)",
    "every merge": "input 8x8x8\nadd(id, relu) | mul(id, gap) | concat(id, conv 4)\n"
    "sub(id, relu) | split(conv 2, id, conv 5) | flatten | stack(id, relu) | join(id, id)",
    "products": "input 8x8\nconv 8 | matmul(id, relu) | matmul(id, id)",
    "conditions": "input 8x8x8\nif C > 4 { conv 4 } else { conv 16 }\n"
    "if C > 4 { conv 9 } else if H == 8 { relu } else { conv 3 }",
    "loops": "input 4x8x8\nfor c n in zip([8 16], [2 0]) { conv c k3 p1 | (n - 1 + 1) * conv c }\n"
    "for i c in enum([8 4]) { conv c*(i+1) }",
    "dense": "input 4x8x8\n-> all\nfor i in 0..3 { conv 4 k3 p1 | concat(@all, id) -> all }",
    "named values": "input 4x8x8\nconv 8 -> a\nconv 8 k3 s2 p1 -> b\n@a | conv 3\n"
    "gap -> c\n@b | gap | concat(id, @c)",
    "block arguments": "input 8x8x8\n"
    "block unit(c, s=1, act=relu, ..a) { conv c k3 p1 s=s ..a | bn | act }\n"
    "unit 8 | unit 16 s2 | unit 16 g=4 bias=no act=silu | unit c=8 act=id",
    "defaults that read C": "input 8x8x8\nblock unit(c=C//2) { conv c } unit | unit 3 | unit"
    .replace("} unit", "}\nunit"),
    "blocks as values": "input 8x8x8\nblock a(c) { conv c | relu }\nblock b(c) { conv c k3 p1 }\n"
    "block run(unit, c) { unit c | if unit == a { bn } | unit c }\nrun a 4 | run b 6",
    "aliases": "input 8x8x8\nblock unit(c, k=1, act=relu) { conv c k=k p=half | act }\n"
    "block wide = unit k=3\nblock fixed = wide 8 act=silu\nwide 4 | wide 4 act=gelu | 2 * fixed",
    "bodies": "input 8x8x8\nblock twice(c) { conv c | body | body | bn }\n"
    "twice 8 { conv 8 | relu }\n2 * twice 8 { conv 8 }",
    "bodies repeated": "input 8x8x8\nblock deep { bn | 3 * { body } | for i in 0..2 { body } }\n"
    "deep { conv 8 | relu }\n2 * deep { add(id, conv 8) }",
    "residual of std": "use std\ninput 8x8x8\ncbr 16 s2 | se r=4\ngap | flatten | mlp ratio=2",
    "recursion": "input 4x16x16\nblock unet(n, c) { conv c k3 p1 -> skip\n"
    "if n > 0 { pool 2 | unet (n-1) 2*c | conv c } else { @skip } }\nunet 2 4",
    "default and with": "input 8x8x8\ndefault conv bias=no\nblock unit { conv 8 k3 p1 | bn }\n"
    "unit | with bn eps=1e-3 { unit | bn } | with conv bias=yes { unit }",
    "shares": "input 8x8x8\nshare head = { conv 8 k3 p1 | bn | relu }\n"
    "add(head, relu | head) | 2 * head\n"
    "share one = conv 4\none",
    "let": "input 8x8x8\nlet w = C*2\n{ let w = 3 | conv w }\nconv w",
    "lets that blocks read": "input 3x16x16\ndefault conv p=1 bias=(width > 8)\n"
    "block mix(c=width) { conv c k3 | relu }\nconv 12 k3 bias=no -> first\nlet width = C\n"
    "let half = width//2\nmix\nconv half\nlet both = @first.C + C\n"
    "block widen { conv both | relu }\nwiden | 2 * mix | gap | flatten | fc both",
    "a repeated share": "input 8x8x8\nshare s = conv 8\n2 * s | s",
    "bodies in bodies": "input 8x8x8\nblock twice { body | body }\n"
    "twice { conv 8 | twice { conv 8 | relu } }",
    "shares in a block": "input 8x8x8\nblock unit { share s = conv C | s | relu | s }\n2 * unit",
    "nested repeats": "input 8x8x8\n2 * 3 * conv 8\n2 * { 2 * { conv 8 | bn } | relu }",
    "changing repeats": "input 8x64\n4 * { conv 8 k3 s2 p1 }\n3 * conv 16",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_module_is_the_network_that_was_checked(name: str) -> None:
    graph = network(from_text(CASES[name]))
    net = archc.compile(CASES[name])
    x = torch.randn(2, *graph.input.dims)
    out = net(x)
    assert tuple(out.shape[1:]) == graph.output.dims
    assert sum(p.numel() for p in net.parameters()) == graph.parameters
    names = {
        f"{item.name}.{tensor.name}"
        for item in graph.layers()
        for tensor in item.layer.tensors(item.input_shape)
    }
    assert names == set(net.state_dict())
    out.sum().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_names_are_those_of_the_language() -> None:
    assert [n for n in archc.compile(CASES["names of parts"]).state_dict() if "conv" in n][::2] == [
        "conv1.weight",
        "repeat1.0.conv1.weight",
        "repeat1.1.conv1.weight",
        "loop1.0.conv1.weight",
        "loop1.0.conv2.0.weight",
        "loop1.0.conv2.1.weight",
        "loop1.1.conv1.weight",
        "loop1.1.conv2.0.weight",
        "loop1.1.conv2.1.weight",
        "stem.conv1.weight",
    ]
    labels = archc.compile(CASES["labels"]).state_dict()
    assert {"stem.weight", "layer.0.conv1.weight", "side.conv1.weight"} <= labels.keys()
    assert {"body1.0.conv1.weight", "body1.1.bn1.weight", "last.conv1.weight"} <= labels.keys()


class Residual(nn.Module):
    """`add(conv 4 k3 p1 | bn | relu, conv 4) | relu`."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(3, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(F.relu(self.bn1(self.conv1(x))) + self.conv2(x))


class Dense(nn.Module):
    """`-> all | for i in 0..2 { conv 4 k3 p1 | concat(@all, id) -> all }`."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1)
        self.b = nn.Conv2d(7, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat((x, self.a(x)), 1)
        return torch.cat((x, self.b(x)), 1)


class Siamese(nn.Module):
    """Two inputs through the same weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return torch.abs(self.conv(left).mean((2, 3)) - self.conv(right).mean((2, 3)))


class Split(nn.Module):
    """`split(conv 3, id, relu)` of 6 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((self.conv(x[:, :2]), x[:, 2:4], F.relu(x[:, 4:])), 1)


REFERENCES: dict[str, tuple[str, Callable[[], nn.Module], int]] = {
    "residual": ("input 3x8x8\nadd(conv 4 k3 p1 | bn | relu, conv 4) | relu", Residual, 1),
    "dense": (
        "input 3x8x8\n-> all\nfor i in 0..2 { conv 4 k3 p1 | concat(@all, id) -> all }",
        Dense,
        1,
    ),
    "siamese": (
        (
            "input left 3x8x8\ninput right 3x8x8\nshare head = { conv 4 k3 | gap | flatten }\n"
            "head -> a\n@right | head -> b\nsub(@a, @b) | abs"
        ),
        Siamese,
        2,
    ),
    "split": ("input 6x8x8\nsplit(conv 3, id, relu)", Split, 1),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_outputs_equal_a_module_written_by_hand(name: str) -> None:
    text, reference, count = REFERENCES[name]
    net, by_hand = archc.compile(text), reference()
    own = net.state_dict()
    net.load_state_dict(dict(zip(own, by_hand.state_dict().values(), strict=True)))
    shape = network(from_text(text)).input.dims
    inputs = [torch.randn(2, *shape) for _ in range(count)]
    for mode in (True, False):
        net.train(mode)
        by_hand.train(mode)
        assert torch.allclose(net(*inputs), by_hand(*inputs), atol=1e-6)


OUTPUTS = """
input 3x8x8
conv 4 -> mid
gap | flatten | fc 10 | output aux train
@mid | conv 5 | output feat
gap | flatten | fc 2
"""


def test_outputs_by_mode() -> None:
    net = archc.compile(OUTPUTS)
    x = torch.randn(2, 3, 8, 8)
    assert {k: tuple(v.shape) for k, v in net(x).items()} == {
        "out": (2, 2),
        "aux": (2, 10),
        "feat": (2, 5, 8, 8),
    }
    assert set(net.eval()(x)) == {"out", "feat"}
    report = archc.check(OUTPUTS)
    assert report.output == {"out": (2,), "feat": (5, 8, 8)}
    assert report.train_outputs == {"aux": (10,)}


def test_an_output_of_training_is_not_computed_in_evaluation() -> None:
    net = archc.compile("input 3x8x8\nconv 4 -> m\nfc1x: conv 2 | output aux train\n@m | conv 5")
    called = []
    net.fc1x.register_forward_hook(lambda *_: called.append(1))
    assert isinstance(net.eval()(torch.randn(2, 3, 8, 8)), Tensor)
    assert not called
    net.train()(torch.randn(2, 3, 8, 8))
    assert called


def test_last_output_names_the_final_value() -> None:
    text = "input 8\nfc 4 | output code\nfc 8 | output picture"
    assert archc.check(text).output == {"picture": (8,), "code": (4,)}


def test_parameters_are_set_from_outside() -> None:
    text = "param width = 8\nparam deep = no\ninput 3x8x8\nconv width\nif deep { conv width }"
    assert archc.check(text).output == (8, 8, 8)
    assert archc.check(text, width=16, deep=True).parameters == 16 * 4 + 16 * 17
    (problem,) = archc.check(text, widht=3).diagnostics
    assert problem.help == "did you mean `width`?"


def test_a_block_is_a_network_of_its_own(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "lib.arch"
    file.write_text(
        "input 3x8x8\nblock unit(c) { conv c | relu }\n"
        "block net(classes=10, c=4) { unit c | gap | flatten | fc classes }\nblock big = net c=64\n"
    )
    assert archc.check(f"{file}:net").output == (10,)
    assert archc.check(f"{file}:big", classes=3).output == (3,)
    assert "class Big(" in archc.build(f"{file}:big")


def test_body_is_no_step_outside_of_blocks() -> None:
    assert [d.code for d in archc.check("input 8x8\nadd(body, id)").diagnostics] == ["E0201"]


def test_memory_and_time_stay_bounded() -> None:
    assert archc.check("input 8x8\n100000 * { conv 8 | relu }").parameters == 7_200_000
    for text in (
        "input 8x8\n900 * { 900 * conv 8 }",
        "input 8x8\n900000 * conv 8",
        "input 8x8\nblock a(n) { conv 8 | a (n+1) }\na 0",
        "input 8x8\nblock a = b\nblock b = a k=3\na",
        "input 8x8\nblock a(n) { if n > 0 { conv 8 | a (n-1) | a (n-1) } }\na 40",
    ):
        assert len(archc.check(text).diagnostics) == 1


def test_an_input_is_read_in_blocks_too() -> None:
    text = (
        "input image 3x8x8\ninput meta 4\nblock head { gap | flatten | concat(id, @meta) | fc 2 }\n"
        "block outer { conv 5 | head }\nouter"
    )
    net = archc.compile(text)
    assert net(torch.randn(2, 3, 8, 8), torch.randn(2, 4)).shape == (2, 2)


def test_a_value_carried_by_a_loop_may_be_guarded() -> None:
    text = "input 8x8x8\nfor i in 0..3 { conv 8 | if i > 0 { add(id, @skip) } -> skip }"
    assert archc.compile(text)(torch.randn(2, 8, 8, 8)).shape == (2, 8, 8, 8)


@pytest.mark.parametrize("v2", ["yes", "no"])
@pytest.mark.parametrize("size", [(8, 12), (7, 9), (4, 4), (4, 9)])
def test_shifted_windows_are_swins(v2: str, size: tuple[int, int]) -> None:
    swin = pytest.importorskip("torchvision.models.swin_transformer")
    kind = swin.ShiftedWindowAttentionV2 if v2 == "yes" else swin.ShiftedWindowAttention
    theirs = kind(8, [4, 4], [2, 2], 2).eval()
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.3)
    height, width = size
    ours = archc.compile(f"hwc | windows 4 s=2 {{ attn 2 v2={v2} }}", input=f"8x{height}x{width}")
    ours.eval().load_state_dict(
        dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True))
    )
    x = torch.randn(2, 8, height, width)
    assert torch.allclose(ours(x), theirs(x.permute(0, 2, 3, 1)), atol=1e-5)


def test_windows_keep_the_maps_layout() -> None:
    text = "windows 4 s=2 { attn 2 | fc 16 }\nwindows 2 grid=yes { ln | mha 4 }"
    net = archc.compile(text, input="8x8x12")
    assert net(torch.randn(2, 8, 8, 12)).shape == (2, 16, 8, 12)


def test_with_of_equal_text_but_other_values_builds_another_part() -> None:
    text = "input 4x8x8\nblock b { bn }\nfor e in [.001 .5 .25] { with bn eps=e { b } }"
    source = archc.build(text)
    assert all(str(eps) in source for eps in (0.001, 0.5, 0.25))


@pytest.mark.parametrize(("first", "second"), [("4", "4.0"), ("1", "yes"), ("[1 1]", "[1 yes]")])
def test_arguments_of_another_type_are_no_equal_arguments(first: str, second: str) -> None:
    text = f"input 4x8x8\nblock b(n) {{ conv 4 k=n p=half }}\nb {first} | b {second}"
    report = archc.check(text)
    assert [found.code for found in report.diagnostics] == ["E0203"]


def test_long_lists_of_other_values_are_no_equal_arguments() -> None:
    turns = "for i in 0..40 { let a = [i for j in 0..70] | affine a[0:70] 0 }"
    graph = network(from_text(f"input 70x2x2\n{turns}"))
    factors = [item.args["a"].value for item in graph.layers()]
    assert [set(values) for values in factors] == [{turn} for turn in range(40)]  # type: ignore[arg-type]
