"""W: what is legal and almost surely not meant."""

from archc.diagnostic import Edit, Fix, Label
from archc.errors.base import Draft, declare
from archc.fixes import without, without_step
from archc.source import Span


@declare(
    "W0101",
    wrong="input 1x8x8\nrelu -> skip\nconv 8",
    right="input 1x8x8\nrelu -> skip\nconv 1 | add(id, @skip)",
)
def never_taken_up(span: Span, name: str) -> Draft:
    """A named value is never taken up.

    `-> x` names a value for `@x` further down. Its steps are built all the same.
    """
    return Draft(
        f"expected `@{name}` further down, got none",
        span,
        help=f"take it up with `@{name}`, or leave `-> {name}` out",
        fixes=(_without_name(span),),
    )


def _without_name(name: Span) -> Fix:
    """Leaves `-> name` out: the network stays as it is."""
    arrow = name.source.text.rindex("->", 0, name.start)
    whole = name._replace(start=arrow)
    before = name.source.text[:arrow].rstrip(" \t")
    alone = not before or before[-1] in "|\n{"
    return without_step(whole, "safe") if alone else without(whole, "safe")


def _in_braces(first: Span, last: Span) -> Fix:
    """Braces around steps, so that a repeat takes all of them."""
    opened, closed = first._replace(end=first.start), last._replace(start=last.end)
    return Fix((Edit(opened, "{ "), Edit(closed, " }")), "unsafe")


@declare(
    "W0102",
    wrong="input 1x8x8\nid -> x\nconv 8 | @x | conv 4",
    right="input 1x8x8\nid -> x\nconv 8 -> y\nadd(@x | conv 8, @y)",
)
def dropped(span: Span, name: str) -> Draft:
    """A value is dropped.

    `@x` goes on with the named value; the one before it is lost where it was neither named nor
    made an output.
    """
    return Draft(
        f"expected a name or an output for the value before `@{name}`, got none",
        span,
        help=f"name it with `-> NAME`, or leave out the steps in front of `@{name}`",
    )


@declare(
    "W0110",
    wrong="input 32x32x3\nconv 8 k3 p1",
    right="input 3x32x32\nconv 8 k3 p1",
)
def channels_look_last(span: Span, shape: str, meant: str, fix: Fix | None) -> Draft:
    """The channels of an input look last.

    A shape is written `CxHxW`, channels first: `32x32x3` is a map of 32 channels, 32 high and 3
    wide. Keras and numpy have them last.
    """
    return Draft(
        f"expected channels, height and width, got `{shape}`, whose channels look last",
        span,
        help=f"write `{meant}`: channels stand first",
        fixes=(fix,) if fix else (),
    )


@declare(
    "W0112",
    wrong="input 1x3x32x32\nconv 8 k1",
    right="input 3x32x32\nconv 8 k1",
)
def looks_like_batch(span: Span, shape: str, meant: str, fix: Fix | None) -> Draft:
    """An input looks like a batch of images.

    A shape is written without the batch: `1x3x32x32` is a volume of 1 channel, 3 deep, whose layers
    are 3-d.
    """
    return Draft(
        f"expected a shape without the batch, got `{shape}`, a volume {shape.split('x')[1]} deep",
        span,
        help=f"write `{meant}`: the batch is never said",
        fixes=(fix,) if fix else (),
    )


@declare(
    "W0107",
    wrong="input 3x8x8\nuse std\ndefault bn eps=1e-3\ncbr 8",
    right="input 3x8x8\nuse std\nwith bn eps=1e-3 { cbr 8 }",
)
def idle_default(span: Span, word: str) -> Draft:
    """A `default` names a layer that only blocks of other files build.

    `default` holds for the steps written below it in the same file; `with` for all that is built
    inside.
    """
    return Draft(
        f"expected `{word}` further down in this file, got it in used files alone",
        span,
        help=f"write `with {word} ... {{ ... }}` around the steps that build it",
    )


@declare(
    "W0103",
    wrong="input 1x8x8\n2 * conv 8 | relu",
    right="input 1x8x8\n2 * { conv 8 | relu }",
)
def repeats_one_layer(span: Span, repeated: Span, layer: str, behind: str) -> Draft:
    """A plain layer is repeated, with one activation, norm or dropout behind all copies.

    `n *` takes the one next step: braces take more.
    """
    return Draft(
        f"expected `{behind}` behind each `{layer}`, got one behind all of them",
        span,
        help=f"write `{{ {layer} ... | {behind} }}`, or begin a line with `{behind}`",
        labels=(Label(repeated, "this alone is repeated"),),
        fixes=(_in_braces(repeated, span),),
    )


@declare(
    "W0104",
    wrong="input 8x8x8\nadd(id, conv 8 if C == 4)",
    right="input 8x8x8\nadd(conv 8, id if C == 8)",
)
def leaves_one_branch(span: Span) -> Draft:
    """A branch is absent and leaves `add` with one.

    That is usual for a shortcut `id if ...`; another branch that is absent may be a mistake.
    """
    message = "expected a branch to add, got one whose condition fails"
    advice = "mend the condition, or write `if ... { ... }` without `add` around it"
    return Draft(message, span, help=advice)


@declare(
    "W0111",
    wrong="input 1x8x8\nblock conv { conv 8 k3 p1 | bn | relu }\nconv",
    right="input 1x8x8\nblock unit { conv 8 k3 p1 | bn | relu }\nunit",
)
def hides_layer(span: Span, name: str) -> Draft:
    """A block has the name of a layer.

    In its file the name means the block; in the block's own text it means the layer.
    """
    return Draft(
        f"expected a name of the block's own, got `{name}`, which hides the layer",
        span,
        f"outside of its own text `{name}` means this block: rename it where the layer is meant",
    )
