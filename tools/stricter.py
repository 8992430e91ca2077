"""Where archc refuses what PyTorch takes, and why: the page docs/stricter.md. Its test, and
the comparison with PyTorch on random networks (tests/differential), hold archc to it."""

from typing import NamedTuple


class Policy(NamedTuple):
    """A kind of refusal that PyTorch does not share: the codes it has, why, a spec on `input`, and
    what PyTorch takes: an expression of a batch `x` of 2, with `nn`, `F` and `torch`."""

    name: str
    codes: tuple[str, ...]
    reason: str
    input: str
    spec: str
    torch: str


POLICIES = (
    Policy(
        "layout",
        ("E0301", "E0315", "E0332", "E0255"),
        "a layout says which axes hold the channels and the positions, and a layer which layouts it"
        " takes; PyTorch takes any tensor of fitting sizes and works on another axis, or takes a"
        " vector for a sequence without its batch",
        "3x8x8",
        "fc 4",
        "nn.Linear(8, 4)(x)",
    ),
    Policy(
        "stated",
        ("E0302",),
        "`in=` and `expect` say what must arrive; PyTorch has nothing like them",
        "8",
        "fc 4 in=9",
        "nn.Linear(8, 4)(x)",
    ),
    Policy(
        "empty",
        ("E0308", "E0210"),
        "a value without any number in it is never meant",
        "8x4",
        "slice 3 3",
        "x[:, 3:3]",
    ),
    Policy(
        "undefined",
        ("E0310", "E0304"),
        "what nobody has defined: a pooling window of padding alone, which gives -inf and in 3d is"
        " written outside of its memory; circular padding from positions that were cut off",
        "1x1",
        "pool 2 s1 p1 d2",
        "F.max_pool1d(x, 2, 1, 1, 2)",
    ),
    Policy(
        "ranges",
        ("E0210",),
        "a number without a meaning there, such as a share below 0 or above 1, an epsilon of 0 or a"
        " scale below 0, is a slip: PyTorch computes with it, if only nan",
        "8x4x4",
        "bn momentum=1.5",
        "nn.BatchNorm2d(8, momentum=1.5)(x)",
    ),
    Policy(
        "exclusive",
        ("E0211",),
        "arguments that exclude each other, or of which one has no effect, hide a mistake",
        "8x4x4",
        "bn affine=no w=ones",
        "nn.BatchNorm2d(8, affine=False)(x)",
    ),
    Policy(
        "batch axis",
        ("E0309",),
        "axes count from 1: axis 0 would mix the examples of a batch",
        "8x4",
        "softmax axis=0",
        "F.softmax(x, 0)",
    ),
    Policy(
        "uneven halves",
        ("E0309", "E0334"),
        "chunks of other sizes than the text says are broadcast, or are fewer than its branches",
        "5x4",
        "split(id, relu)",
        "torch.cat(x.chunk(2, 1), 1)",
    ),
    Policy(
        "broadcast",
        ("E0331", "E0333"),
        "shapes that only broadcasting makes fit are a mistake far more often than meant",
        "8x4x4",
        "add(id, gap)",
        "x + F.adaptive_avg_pool2d(x, 1)",
    ),
    Policy(
        "ports",
        ("E0316",),
        "a port says what it takes: PyTorch would take any tensor there whose sizes fit",
        "8x4",
        "-> sequence | transpose | mha 2 kv=@sequence",
        "nn.MultiheadAttention(8, 2, kdim=4, vdim=4, batch_first=True)(x.mT, x, x)[0]",
    ),
    Policy(
        "lists",
        ("E0203", "E0311"),
        "a list has one number a dimension or channel, or a pair for each of the value's own sides",
        "8x4",
        "pad [0 0 1 1]",
        "F.pad(x, (0, 0, 1, 1))",
    ),
    Policy(
        "window tokens",
        ("E0318", "E0239"),
        "attention in windows has a bias for each pair of their positions: other tokens have none",
        "8x6",
        "transpose | attn 2",
        "nn.MultiheadAttention(8, 2, batch_first=True)(x.mT, x.mT, x.mT)[0]",
    ),
)


_INTRODUCTION = """\
What `archc check` accepts, PyTorch builds and runs, forward and backward, with the shapes shown.
What it refuses at a step that has its arguments, PyTorch refuses there too, but for these. (Names,
keys and the bounds of a text have no counterpart in PyTorch.) `archc explain E0301` says more of a
code."""


def page() -> str:
    """The page."""
    lines = [
        "# Where archc is stricter than PyTorch",
        "",
        _INTRODUCTION,
    ]
    for policy in POLICIES:
        lines += [
            "",
            f"## {policy.name.capitalize()} ({', '.join(policy.codes)})",
            "",
            f"{policy.reason[0].upper()}{policy.reason[1:]}.",
            "",
            f"`{policy.spec}` on {policy.input} is refused; PyTorch takes `{policy.torch}`.",
        ]
    return "\n".join(lines) + "\n"
