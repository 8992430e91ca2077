"""The PyTorch source: how it reads, what it imports, and that it is the network checked."""

import ast
import subprocess
import sys

import pytest
import torch

import archc
from archc.emit import class_name


def forward(text: str, shape: str) -> list[str]:
    """The lines of `forward` in the source of a network."""
    lines = archc.build(text, input=shape).splitlines()
    start = next(i for i, line in enumerate(lines) if "def forward" in line)
    return [line.strip() for line in lines[start + 1 :]]


def test_a_chain_reads_as_a_person_would_write_it() -> None:
    assert archc.build(
        "# A small net\nconv 6 k5 | bn | relu | pool 2 | flatten | dropout .3 | fc 10",
        input="1x28x28",
    ) == (
        '"""A small net: 1x28x28 -> 10, 8,818 parameters."""\n'
        "\n"
        "import torch\n"
        "import torch.nn.functional as F\n"
        "from torch import nn\n"
        "\n\n"
        "class Net(nn.Module):\n"
        "    def __init__(self) -> None:\n"
        "        super().__init__()\n"
        "        self.conv1 = nn.Conv2d(1, 6, 5)\n"
        "        self.bn1 = nn.BatchNorm2d(6)\n"
        "        self.dropout1 = nn.Dropout(0.3)\n"
        "        self.fc1 = nn.Linear(864, 10)\n"
        "\n"
        "    def forward(self, x: torch.Tensor) -> torch.Tensor:\n"
        "        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)  # 6x12x12\n"
        "        x = torch.flatten(x, 1)  # 864\n"
        "        x = self.dropout1(x)\n"
        "        return self.fc1(x)  # 10\n"
    )


def test_a_network_without_modules_has_no_constructor() -> None:
    source = archc.build("relu | flatten", input="1x4x4")
    assert "__init__" not in source
    assert forward("relu | flatten", "1x4x4") == [
        "x = F.relu(x)",
        "return torch.flatten(x, 1)  # 16",
    ]


def test_steps_that_build_nothing_leave_no_line() -> None:
    assert forward("id | expect 1x4x4 | id", "1x4x4") == ["return x"]
    assert forward("relu | expect 1x4x4 | id", "1x4x4") == ["return F.relu(x)"]


def test_long_lines_are_broken_where_ruff_breaks_them() -> None:
    text = "conv 1024 k3x5 s=[1 2] p=[1 2] d2 g=C bias=no mode=circular w=he(fan_out)\n" * 2
    source = archc.build(text, input="1024x64x64")
    assert max(map(len, source.splitlines())) <= 88
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--check", "-"]
    assert subprocess.run(command, input=source, encoding="utf-8", check=False).returncode == 0


def test_initialisations_stand_behind_all_layers() -> None:
    source = archc.build("conv 8 k3 w=he(fan_out) bias=zeros | flatten | fc 2", input="1x4x4")
    constructor = source.partition("def forward")[0].splitlines()
    assert [line.strip() for line in constructor if "nn.init" in line or "nn.Linear" in line] == [
        "self.fc1 = nn.Linear(32, 2)",
        'nn.init.kaiming_normal_(self.conv1.weight, mode="fan_out", nonlinearity="relu")',
        "nn.init.zeros_(self.conv1.bias)",
    ]


def test_initialisations_leave_the_other_tensors_as_torch_makes_them() -> None:
    torch.manual_seed(0)
    plain = archc.compile("conv 8 k3 | flatten | fc 2", input="1x4x4").state_dict()
    torch.manual_seed(0)
    own = archc.compile("conv 8 k3 w=ones bias=zeros | flatten | fc 2", input="1x4x4").state_dict()
    assert torch.equal(own["conv1.weight"], torch.ones(8, 1, 3, 3))
    assert torch.equal(own["conv1.bias"], torch.zeros(8))
    assert torch.equal(own["fc1.weight"], plain["fc1.weight"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lenet", "Lenet"),
        ("resnet50", "Resnet50"),
        ("mnist_bn", "MnistBn"),
        ("my-net", "MyNet"),
        ("3d", "Net3d"),
        ("", "Net"),
        ("f", "F_"),
        ("none", "None_"),
        ("tête", "Tte"),
        ('x"; import os #', "XImportOs"),
    ],
)
def test_class_names(name: str, expected: str) -> None:
    assert class_name(name) == expected
    assert class_name(name).isidentifier()


@pytest.mark.parametrize(
    "title",
    ['"""', "\\", 'a"""\nimport os', "\x00\x1b[31m", "'''", "{x}", "é層", "x" * 500],
)
def test_no_title_reaches_the_code_as_code(title: str) -> None:
    source = archc.build(f"# {title.splitlines()[0]}\nrelu", input="1x4x4")
    module = ast.parse(source)
    assert [type(node).__name__ for node in module.body] == [
        "Expr",
        "Import",
        "Import",
        "ImportFrom",
        "ClassDef",
    ]
    assert len(source.splitlines()[0]) < 120


def test_only_torch_is_imported() -> None:
    tree = ast.parse(archc.build("conv 8 | gelu | ln | flatten | fc 2 | prelu", input="1x4x4"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    assert names == {"torch"}


def test_parts_are_numbered_by_their_word() -> None:
    net = archc.compile(
        "conv 8 k3 | relu | conv 8 k3 | relu | flatten | fc 4 | fc 2", input="1x8x8"
    )
    assert [name for name, _ in net.named_children()] == ["conv1", "conv2", "fc1", "fc2"]


def test_the_source_is_what_runs() -> None:
    net = archc.load("specs/lenet.arch")
    assert net(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    assert sum(p.numel() for p in net.parameters()) == 62_006


FOUND = [
    ("3x4", "for i in 0..2 { id }\nrelu"),
    ("3x4", "2 * { act }\nblock act { relu }"),
    ("3x4", "down 0 | down 2\nblock down(n) { elu | if n > 0 { scale | down n-1 | conv 2 } }"),
    ("7", "for a in [1 4] { for b in 0..2 { concat(id, fc 3) | fc 13*a } }"),
    ("2x4", "3 * { wide 2 }\nblock wide(n) { for i in 0..2 { conv n*Cin | conv C } }"),
    ("4x4", "for i in 0..2 { for j in 0..3 { conv 4 | for k in [1] { gelu | conv 4 } } | bn }"),
    ("4", "for i in 0..2 { i * { id } }\noutput aux train\nelu"),
    ("6x2x3", "hwc | for i in 0..2 { windows [3 4] { ln } }"),
    ("2x1x4", "for i in 0..2 { hwc | split(id, tanh) | chw }"),
    ("4x6x6", "share h = conv 4\nif H > 9 { h }\nh"),
    ("4x5x1", "pool 1 -> p\ntokens | map like=@p"),
    ("4x6", "lrn 4 (1 if C == 4 else 2) -2.5"),
    ("5x5x5", "deep 4\nblock deep(n) { if n > 0 { deep n-1 | conv 1 } }"),
    ("4x6x6", "share h = conv 4\n2 * { around { h } }\nblock around { ln | body }"),
    ("4x8x8", "3 * { if H == 8 { pool 2 } else { conv 4 k3 p1 | relu } }"),
    ("1x6x5", "2 * { if W == 5 { pool to=max(4,C) } else { conv 1 | 1 * { leaky } } }"),
]
"""What random networks found: these did not build, or did not run."""


@pytest.mark.parametrize(("shape", "text"), FOUND)
def test_found_by_random_networks(shape: str, text: str) -> None:
    dims = tuple(map(int, shape.split("x")))
    report = archc.check(text, input=shape)
    found = archc.compile(text, input=shape).eval()(torch.rand(2, *dims))
    assert found.shape[1:] == report.output


def test_turns_with_and_without_copies_of_functions() -> None:
    net = archc.compile("for n in [0 1 2] { n * { square } | fc 2 }", input="2")
    x = torch.rand(3, 2)
    expected = net.loop1[0].fc1(x)
    expected = net.loop1[1].fc1(expected**2)
    expected = net.loop1[2].fc1(expected**4)
    torch.testing.assert_close(net(x), expected)


def test_copies_without_layers_hold_their_places() -> None:
    text = "3 * { if H == 8 { pool 2 } else { conv 4 k3 p1 | relu } }"
    net = archc.compile(text, input="4x8x8")
    assert {name.rsplit(".", 1)[0] for name in net.state_dict()} == {
        "repeat1.1.conv1",
        "repeat1.2.conv1",
    }
    x = torch.rand(2, 4, 8, 8)
    expected = torch.nn.functional.max_pool2d(x, 2)
    for copy in net.repeat1[1:]:
        expected = torch.relu(copy.conv1(expected))
    torch.testing.assert_close(net(x), expected)


def test_branches_do_not_overwrite_each_other() -> None:
    """What the first branch left in a variable is read behind the second one."""
    text = "add(tanh | add(id, scale | 3 * conv 1 | sigmoid | tanh), gelu | neg | scale | exp)"
    net = archc.compile(text, input="1x10")
    x = torch.rand(2, 1, 10)
    first = second = torch.tanh(x)
    for conv in net.conv1:
        second = conv(second)
    second = torch.tanh(torch.sigmoid(second))
    assert torch.allclose(net(x), first + second + torch.exp(-torch.nn.functional.gelu(x)))


def test_an_output_in_front_of_nothing_is_an_output_of_its_own() -> None:
    assert archc.compile("output a | id", input="3")(torch.zeros(2, 3)).keys() == {"a", "out"}


def test_channels_that_only_some_uses_tell_are_not_those_of_all() -> None:
    text = (
        "input 10x3\nfor n in [1 6 2] { f n }\n"
        "block f(n) { permute [2 1] | if C > 3 { bn } else { scale } | pad [0 n] | ln }"
    )
    net = archc.compile(text)
    assert [part.f1.ln1.weight.numel() for part in net.loop1] == [3, 11, 9]
    assert "None," not in archc.build(text)


def test_channels_inside_do_not_take_the_name_of_those_that_enter() -> None:
    text = (
        "input 3x5\nfor n in [2 1] { f }\n"
        "block f { permute [2 1] | conv 1 k1 | conv 1 k=Cin+2 p=4 }"
    )
    net = archc.compile(text)
    assert [part.f1.conv2.weight.shape[2] for part in net.loop1] == [5, 3]


@pytest.mark.parametrize("merge", ["add", "mul", "concat"])
@pytest.mark.parametrize("behind", ["", " | relu"])
def test_many_operands_stand_one_a_line(merge, behind):
    text = f"{merge}({', '.join(['id', 'relu', 'conv 3'] * 20)}){behind}"
    source = archc.build(text, input="3x8x8")
    compile(source, "net.py", "exec")
    assert max(map(len, source.splitlines())) <= 88
