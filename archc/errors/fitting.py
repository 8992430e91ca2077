"""E04: whether the recipe of a `train` block, its data and the network go together."""

import re

from archc.diagnostic import Fix, Label
from archc.errors.base import Draft, again, declare, listed, nearest, rather
from archc.errors.training import NET
from archc.fixes import put_behind, write
from archc.shape import Shape, describe
from archc.source import Span
from archc.symbolic import differ


@declare(
    "E0408",
    wrong="input 1x8x8\nflatten | stem: fc 10 | fc 10\ntrain { freeze stm }",
    right="input 1x8x8\nflatten | stem: fc 10 | fc 10\ntrain { freeze stem }",
)
def unknown_part(span: Span, name: str, parts: tuple[str, ...]) -> Draft:
    """`freeze` or `lr` names a part that the network does not have.

    Parts have the names of the state dict: `stem`, `layer1.0.conv2`, or the outer one, `layer1`.
    """
    outer = tuple(part for part in parts if "." not in part)
    place, meant = _word_in(span, name), nearest(name, parts)
    return Draft(
        f"the network has no part `{name}`",
        place,
        help=f"did you mean `{meant}`?" if meant else f"its parts are {listed(outer)}",
        fixes=rather(place, meant),
    )


def _word_in(line: Span, word: str) -> Span:
    """The place of a word in a line of `train`; all of it where it is not written there."""
    found = re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", line.text)
    if found is None:
        return line
    return line._replace(start=line.start + found.start(), end=line.start + found.end())


@declare(
    "E0409",
    wrong="input 1x8x8\nflatten | fc 10\noutput aux train\nfc 10\n"
    "train { loss au cross_entropy weight=.3 }",
    right="input 1x8x8\nflatten | fc 10\noutput aux train\nfc 10\n"
    "train { loss aux cross_entropy weight=.3 }",
)
def unknown_output(span: Span, name: str, outputs: tuple[str, ...]) -> Draft:
    """A loss is for an output that the network does not have.

    `loss NAME cross_entropy weight=.3` adds the loss of a further output, that of `output NAME`.
    """
    choices = f"its further outputs are {listed(outputs)}" if outputs else "leave the line out"
    place, meant = _word_in(span, name), nearest(name, outputs)
    return Draft(
        f"the network has no further output `{name}`",
        place,
        help=f"did you mean `{meant}`?" if meant else choices,
        fixes=rather(place, meant),
    )


@declare(
    "E0410",
    wrong="input 3x8x8\nflatten | fc 10\ntrain { data digits }",
    right="input 1x8x8\nflatten | fc 10\ntrain { data digits }",
)
def other_input(
    span: Span, name: str, images: Shape, expected: Shape, input_span: Span | None
) -> Draft:
    """The images are not of the network's input shape.

    A spec without an `input` line takes the shape of its data set.
    """
    flat = expected.layout == "vector" and expected.numel == images.numel
    also = " and put `flatten` in front of the first step" if flat else ""
    labels = (Label(input_span, "the network's input"),) if input_span else ()
    return Draft(
        f"the network takes {describe(expected)}, but the images of `{name}` are {images}",
        span,
        help=f"write `input {images}`{also}",
        note=f"{images}",
        labels=labels,
        fixes=() if flat or input_span is None else _other_shape(input_span, images),
    )


@again("E0410")
def not_pictures(span: Span, name: str, expected: Shape, input_span: Span | None) -> Draft:
    """Pictures of several sizes, for a network that takes something else."""
    return Draft(
        f"the network takes {describe(expected)}, but `{name}` has pictures of 1, 3 or 4 channels",
        span,
        help="write `input 3x64x64`, and `prepare { resize 64 | crop 64 }` beside the data",
        labels=(Label(input_span, "the network's input"),) if input_span else (),
    )


def _other_shape(line: Span, shape: Shape) -> tuple[Fix, ...]:
    """The fix of an `input` line, whose last word is its shape."""
    if not line.text.startswith("input") or line.text.endswith(("int", "]")):
        return ()
    word = line.text.split()[-1]
    return (write(line._replace(start=line.end - len(word)), str(shape)),)


@declare(
    "E0417",
    wrong="input 1x?x?\ngap | flatten | fc 10\ntrain { data random }",
    right="input 1x8x8\ngap | flatten | fc 10\ntrain { data random }",
)
def open_images(span: Span, name: str, expected: Shape) -> Draft:
    """A data set that takes its shape from the network finds it open.

    Drawn images, and pictures of different sizes, get the size of the network's input, which must
    be said.
    """
    return Draft(
        f"the images of `{name}` are those that the network takes, which are {expected}",
        span,
        help="write the sizes in the `input` line in place of `?`, or give `--input`",
    )


_IGNORED = 255
"""What marks pixels of no class in most data sets of maps."""


@declare(
    "E0411",
    wrong="input 1x8x8\nflatten | fc 12\ntrain { data digits }",
    right="input 1x8x8\nflatten | fc 10\ntrain { data digits }",
)
def other_classes(
    span: Span, name: str, classes: int, output: Shape, last: Span | None, *, maps: bool = False
) -> Draft:
    """The network's output is not one value a class.

    A classifier gives a vector with as many values as the data set has classes; where the targets
    are `maps` of classes, a map of as many channels.
    """
    advice = f"end the network with `{'conv' if maps else 'fc'} {classes}`"
    if maps and classes == _IGNORED + 1:
        advice += f", or write `loss cross_entropy ignore_index={_IGNORED}`"
    return Draft(
        f"`{name}` has {classes} classes, but the network's output is {describe(output)}",
        span,
        help=advice,
        note=f"{classes} classes",
        labels=(Label(last, f"gives {output}"),) if last else (),
        fixes=_other_count(last, classes),
    )


def _other_count(last: Span | None, classes: int) -> tuple[Fix, ...]:
    """The fix of a last step `fc 100`."""
    words = last.text.split() if last else []
    if last is None or words[:1] != ["fc"] or len(words) < 2 or not words[1].isdigit():
        return ()
    start = last.start + last.text.index(words[1])
    return (write(Span(last.source, start, start + len(words[1])), str(classes)),)


@declare(
    "E0412",
    wrong="input 1x8x8\nflatten | fc 32 | bn | relu | fc 10\ntrain { batch 1 }",
    right="input 1x8x8\nflatten | fc 32 | bn | relu | fc 10\ntrain { batch 2 }",
)
def single_value_norm(span: Span, norm: Span) -> Draft:
    """A batch of 1 leaves a batch norm one value a channel.

    Their variance is zero: batch norm needs at least two values a channel to train.
    """
    return Draft(
        "batch norm needs at least 2 values a channel, a batch of 1 gives it 1",
        span,
        help="write `batch 2` or more",
        fixes=(write(span, "batch 2"),),
        labels=(Label(norm, "sees one value a channel and image"),),
    )


@declare(
    "E0413",
    wrong="input 1x8x8\nflatten | fc 10\ntrain { data digits | loss mse target=input }",
    right="input 1x8x8\nconv 1 k3 p1\ntrain { data digits | loss mse target=input }",
)
def other_target(span: Span, expected: Shape, output: Shape, last: Span | None) -> Draft:
    """The network's output is not of its input's shape.

    With `target=input` the loss compares the output with the input, value by value.
    """
    same = not differ(expected.numel, output.numel) and len(expected.dims) > 1
    return Draft(
        f"`target=input` wants an output like the input, {expected}, got {describe(output)}",
        span,
        help=f"end the network with `reshape {expected}`"
        if same
        else f"let it end with {expected}",
        labels=(Label(last, f"gives {output}"),) if last else (),
        fixes=(put_behind(last, f" | reshape {expected}"),) if last and same else (),
    )


@declare(
    "E0414",
    wrong=NET + "train { data digits | augment { crop 6 } }",
    right=NET + "train { data digits | augment { crop 8 pad=1 } }",
)
def transform_misfit(
    span: Span, message: str, advice: str, written: str = "", instead: str = ""
) -> Draft:
    """A transform does not give images of the network's input shape.

    Training sees images of the same shape as the test does: `crop` moves them within a black border
    of `pad` pixels.
    """
    place = _word_in(span, written) if written else span
    return Draft(message, place, advice, fixes=(write(place, instead),) if instead else ())


@declare(
    "E0415",
    wrong=NET + "train { data digits | loss mse }",
    right=NET + "train { data digits | loss cross_entropy }",
)
def loss_without_values(span: Span, loss: str) -> Draft:
    """The loss compares values, but the data set has classes.

    With `target=input` the network is trained to give back its input.
    """
    return Draft(
        f"`{loss}` compares values, but the targets of the data set are classes",
        span,
        help=f"write `loss {loss} target=input` for an autoencoder, or `loss cross_entropy`",
        fixes=(write(span, "loss cross_entropy"),) if span.text.startswith("loss") else (),
    )


@declare(
    "E0416",
    wrong="input 3x218x178\ngap | flatten | fc 10\ntrain { data celeba | loss bce_with_logits }",
    right="input 3x218x178\ngap | flatten | fc 40\ntrain { data celeba | loss bce_with_logits }",
)
def other_targets(
    span: Span, loss: str, dims: tuple[int, ...], output: Shape, last: Span | None
) -> Draft:
    """The targets do not lie as the output does.

    A loss of values or labels compares number by number; PyTorch would broadcast other sizes and
    train towards nonsense. A loss of classes wants one class for each position of the output.
    """
    found = "x".join(map(str, dims)) or "one number"
    count = None if output.layout != "vector" or len(dims) > 1 else (*dims, 1)[0]
    same = "let the network end with what the targets are, or give other targets"
    return Draft(
        f"`{loss}` compares {describe(output)} with targets of {found} an example",
        span,
        help=same if count is None else f"end the network with `fc {count}`",
        labels=(Label(last, f"gives {output}"),) if last else (),
        fixes=() if count is None else _other_count(last, count),
    )


@declare(
    "E0419",
    wrong="input 3x218x178\ngap | flatten | fc 40\ntrain { data celeba }",
    right="input 3x218x178\ngap | flatten | fc 40\ntrain { data celeba | loss bce_with_logits }",
)
def wrong_targets(span: Span, message: str, advice: str) -> Draft:
    """The targets are not what the loss compares with.

    `cross_entropy` and `nll` take classes, whole numbers from 0 on; `bce_with_logits` takes labels,
    a 0 or 1 for each number of the output; `mse`, `l1` and others take values.
    """
    loss = re.match(r"write `(loss \w+)`", advice)
    return Draft(message, span, help=advice, fixes=(_loss(span, loss[1]),) if loss else ())


def _loss(span: Span, line: str) -> Fix:
    """Another line for the loss; behind the one that names the data where it is not said."""
    if span.text.startswith("loss"):
        return write(span, line)
    before = span.source.text[: span.start].rpartition("\n")[2]
    return put_behind(span, f" | {line}" if before.strip() else f"\n{before}{line}")
