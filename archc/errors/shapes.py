"""E03: shapes. The layers' own rules word these mistakes; here are their pages."""

from archc.errors.base import Draft, declare, page
from archc.source import Span

page(
    "E0211",
    """A step's arguments exclude or need each other.

    A pool takes the side of its window, or with `to` the size to reach, not both.
    """,
    wrong="input 8x8x8\npool 2 to=3",
    right="input 8x8x8\npool to=3",
)
page(
    "E0301",
    """A step takes another kind of value than the one that arrives.

    Convolutions and pools take channels-first maps and sequences, `fc` takes vectors: between the
    two stands `flatten`, or `gap | flatten` where only the mean of each channel counts.
    """,
    wrong="input 1x8x8\nconv 8 k3\nfc 10",
    right="input 1x8x8\nconv 8 k3\nflatten | fc 10",
)
page(
    "E0302",
    """What the spec states does not arrive.

    `in=` and `expect` state what must arrive. The labels show how the shape came about: look for
    the first one that is not what you had in mind.
    """,
    wrong="input 1x8x8\npool 2 | flatten\nfc 10 in=64",
    right="input 1x8x8\npool 2 | flatten\nfc 10 in=16",
)
page(
    "E0303",
    """A window is larger than its padded input.

    Strides and pools shrink a map step by step, until a window no longer fits. A window of side k
    and dilation d spans d*(k-1)+1 positions.
    """,
    wrong="input 1x8x8\npool 4\nconv 8 k5",
    right="input 1x8x8\npool 2\nconv 8 k3",
)
page(
    "E0304",
    """Padding is too wide.

    A pool's padding is at most half of its kernel. A reflection pads at most one position less than
    the map has, a circle as many as it has.
    """,
    wrong="input 1x8x8\npool 2 p2",
    right="input 1x8x8\npool 4 p2",
)
page(
    "E0305",
    """`p=same` stands with a stride.

    As in PyTorch, `same` keeps the size, which a stride cannot. `p=half` is what most networks
    mean: with an odd kernel and stride 2 it halves the size.
    """,
    wrong="input 1x8x8\nconv 8 k3 s2 p=same",
    right="input 1x8x8\nconv 8 k3 s2 p=half",
)
page(
    "E0307",
    """Groups do not divide the channels.

    The channels that arrive and those that leave must both be multiples of the groups.
    """,
    wrong="input 3x8x8\nconv 8 k3 g2",
    right="input 3x8x8\nconv 9 k3 g3",
)
page(
    "E0309",
    """An axis is not there, or has a size that does not fit.

    Axes count from 1 behind the batch, or from the end with a minus. `glu` halves its axis.
    """,
    wrong="input 3x8x8\nglu",
    right="input 4x8x8\nglu",
)
page(
    "E0310",
    """A window holds nothing but padding.

    Such a window has no largest value; PyTorch gives minus infinity, or fails in three dimensions.
    """,
    wrong="input 1x1x1\npool 2 s1 p1 d2",
    right="input 1x1x1\npool 2 s1 p1",
)
page(
    "E0311",
    """A list has another number of values than there are channels.

    Where an argument takes a list, it takes one number a channel.
    """,
    wrong="input 3x4\naffine [1 2] 0",
    right="input 3x4\naffine [1 2 3] 0",
)
page(
    "E0306",
    """Heads do not divide the channels.

    Attention gives each head an equal share of the channels.
    """,
    wrong="input 6x16\ntokens | mha 4",
    right="input 6x16\ntokens | mha 3",
)
page(
    "E0308",
    """Nothing is left.

    A slice, a cut or a resampling leaves no position. `b` of a slice is the place behind the last
    one, as in Python; negative padding cuts positions off.
    """,
    wrong="input 3x8x8\nslice 3",
    right="input 3x8x8\nslice 2",
)
page(
    "E0312",
    """A new shape takes another number of values.

    `reshape` and `map` lay the same values out anew, so the product of the sizes must stay. One
    size may be `?`: it is worked out.
    """,
    wrong="input 784\nreshape 1x28x27",
    right="input 784\nreshape [1 28 ?]",
)
page(
    "E0313",
    """A place is not there.

    Tokens and token ids count from 0, or from the end with a minus.
    """,
    wrong="input 3x4x4\ntokens | take 16",
    right="input 3x4x4\ntokens | take 15",
)
page(
    "E0314",
    """Output padding is too wide.

    `outpad` of a transposed convolution chooses between the sizes that the stride leaves open, so
    it is smaller than the stride (or the dilation).
    """,
    wrong="input 3x8x8\ndeconv 8 k2 outpad=1",
    right="input 3x8x8\ndeconv 8 k2 s2 outpad=1",
)
page(
    "E0315",
    """A norm sees one value only.

    Instance norm takes the mean and variance of a channel over its positions: of one position alone
    nothing but 0 would be left.
    """,
    wrong="input 8x1x1\ninstnorm",
    right="input 8x1x1\nln",
)
page(
    "E0316",
    """A named value does not fit its port.

    `kv` takes tokens, `mask` as many token ids as there are keys, `like` a value with as many
    dimensions, `at` the value right behind a `pool` of the same result.
    """,
    wrong="input 8x4x4\nid -> a | tokens | mha 2 kv=@a",
    right="input 8x4x4\ntokens -> a | mha 2 kv=@a",
)
page(
    "E0317",
    """A mode of resampling is for other numbers of dimensions.

    `linear` is for sequences, `bilinear` and `bicubic` for maps, `trilinear` for volumes.
    """,
    wrong="input 3x8x8\nup 2 mode=linear",
    right="input 3x8x8\nup 2 mode=bilinear",
)
page(
    "E0318",
    """Attention with relative positions gets other tokens than those of its window.

    `attn` has a bias for each pair of places in a window: it stands in `windows`, on all its
    tokens. Outside of `windows` it takes the tokens of a square map.
    """,
    wrong="input 6x20\ntokens | attn 2",
    right="input 6x16\ntokens | attn 2",
)


@declare(
    "E0320",
    wrong="input 3x?x?\nconv 8 k3 | flatten | fc 10",
    right="input 3x?x?\nconv 8 k3 | gap | flatten | fc 10",
)
def open_size(span: Span, what: str) -> Draft:
    """A number is needed where a size is open.

    `?` in an input leaves a size open until the network runs. What the network is built from cannot
    depend on it: the features that `fc` takes, learned positions, arguments, counts, conditions.
    """
    return Draft(
        f"expected a number {what} that is known before the network runs,"
        f" got `{span.text}`, which depends on a `?`",
        span,
        help="write the sizes in the `input` line in place of `?`",
    )


page(
    "E0321",
    """A tensor is larger than any can be.

    PyTorch counts the numbers of a tensor in 64 bits: no value and no weight has 2^63 of them or
    more. Steps that enlarge, repeated, get there sooner than one thinks.
    """,
    wrong="input 8x8\n70 * up 2",
    right="input 8x8\n7 * up 2",
)
page(
    "E0329",
    """A weight that is tied has another shape.

    `fc c tie=words` uses the weight of `words` as it is: c rows of as many numbers as channels
    arrive, as an `embed` of c words or another `fc c` has.
    """,
    wrong="input 9 int\nwords: embed 50 8 | fc 16 | fc 50 tie=words",
    right="input 9 int\nwords: embed 50 8 | fc 8 | fc 50 tie=words",
)
