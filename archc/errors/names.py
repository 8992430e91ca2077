"""E02: names of steps, their arguments and values; E09: what archc does not do yet."""

import re
from collections.abc import Sequence
from typing import Literal

from archc.diagnostic import Fix, Label, Safety
from archc.errors.base import Draft, again, declare, listed, nearest, rather
from archc.fixes import without, write
from archc.source import Span
from archc.tuples import NamedTuple


class Declared(NamedTuple):
    """A place that gives a name a value, which ends with the braces around it or with its block."""

    place: Span
    kind: Literal["let", "loop", "parameter"]


@declare("E0202", wrong="input 1x8x8\nconv 8 stide=2", right="input 1x8x8\nconv 8 s=2")
def unknown_argument(
    span: Span,
    step: str,
    name: str,
    known: tuple[str, ...],
    meant: str | None = None,
    safety: Safety = "unsafe",
) -> Draft:
    """A step has no argument of this name.

    `archc layers NAME` lists a layer's arguments in their order. The names that PyTorch, Keras and
    Darknet have for them are understood in the error.
    """
    takes = f"it takes {', '.join(f'`{k}`' for k in known)}" if known else "it takes none"
    return Draft(
        f"expected an argument of `{step}`, got `{name}`",
        span,
        help=f"did you mean `{meant}`? {takes}" if meant else takes,
        fixes=(write(span, meant, safety),) if meant else (),
    )


@declare("E0203", wrong="input 1x8x8\nconv 2.5", right="input 1x8x8\nconv 2")
def wrong_kind(
    span: Span,
    step: str,
    name: str,
    expected: str,
    found: str,
    instead: str | None = None,
    known: tuple[str, ...] = (),
    elsewhere: Sequence[Declared] = (),
) -> Draft:
    """A value is not of the kind that its argument takes.

    Counts, sides and strides are whole numbers; switches are `yes` or `no`. A name without a value
    stands for itself, a word.
    """
    message = f"`{name}` of `{step}` takes {expected}, got {found}"
    advice = f"write `{instead}`" if instead else None
    labels: tuple[Label, ...] = ()
    if instead is None and known:
        instead = _meant(span.text, known)
        advice = f"did you mean `{instead}`?"
        if instead is None:
            advice, labels = _name_it(span, known, elsewhere)
    return Draft(message, span, advice, labels=labels, fixes=rather(span, instead))


@declare("E0204", wrong="input 1x8x8\nconv k3", right="input 1x8x8\nconv 8 k3")
def missing_argument(
    span: Span, step: str, name: str, doc: str, example: str | None = None, fix: Fix | None = None
) -> Draft:
    """A step lacks an argument that has no default.

    `archc layers NAME` shows which arguments have defaults. The edit that is offered writes a value
    of the layer's examples, to begin with.
    """
    return Draft(
        f"`{step}` needs `{name}`{f' ({doc})' if doc else ''}, got none",
        span,
        help=f"for example `{example}`" if example else f"write `{step} ... {name}=...`",
        fixes=(fix,) if fix else (),
    )


@declare("E0205", wrong="input 1x8x8\nrelu 3", right="input 1x8x8\nrelu")
def too_many_values(span: Span, step: str, most: int) -> Draft:
    """A step has more values than arguments.

    Values follow in the order of the step's arguments.
    """
    takes = "no values" if most == 0 else "one value" if most == 1 else f"at most {most} values"
    message = f"`{step}` takes {takes}, got `{span.text}` besides"
    return Draft(message, span, "leave it out", fixes=(without(span),))


@declare("E0206", wrong="input 1x8x8\nconv 8 k3 k=5", right="input 1x8x8\nconv 8 k3")
def given_twice(span: Span, step: str, name: str, before: Span, same: bool) -> Draft:
    """An argument is given twice.

    A value by place, `key=value` and the short form `k3` all name the same argument.
    """
    return Draft(
        f"expected `{name}` of `{step}` once, got it twice",
        span,
        help="keep one of the two",
        labels=(Label(before, "given here before"),),
        fixes=(without(span, "safe" if same else "unsafe"),),
    )


@declare("E0209", wrong="input 1x8x8\nconv 2*width", right="input 1x8x8\nconv 2*8")
def unknown_name(
    span: Span, name: str, known: tuple[str, ...], elsewhere: Sequence[Declared] = ()
) -> Draft:
    """A name has no value here.

    `C` (channels), `H`, `W`, `D` and `L` read the value at that point of the pipe.
    """
    meant = _meant(name, known)
    advice, labels = (f"did you mean `{meant}`?", ()) if meant else _name_it(span, known, elsewhere)
    return Draft(
        f"expected a name that has a value here, got `{name}`",
        span,
        help=advice,
        labels=labels,
        fixes=rather(span, meant),
    )


def _meant(name: str, known: tuple[str, ...]) -> str | None:
    """What was most likely meant by a name without a value."""
    size = _SIZES.get(name.lower())
    # Behind a mistake no size is known.
    return nearest(name, known) or (size if size in known or "C" not in known else None)


_SIZES = {
    **dict.fromkeys(("channels", "in_channels", "num_channels", "c_in", "in_ch", "in_chans"), "C"),
    **dict.fromkeys(("in_features", "num_features", "dim", "d_model", "embed_dim"), "C"),
    **dict.fromkeys(("height", "rows"), "H"),
    **dict.fromkeys(("length", "seq_len", "num_tokens", "n_tokens"), "L"),
}
"""What the sizes of a value are called elsewhere."""


def _value_of(argument: Span) -> Span:
    """The value in the place of `key=value`."""
    key = argument.text.partition("=")[0]
    return argument._replace(start=argument.start + len(key) + 1)


def _name_it(
    name: Span, known: tuple[str, ...], elsewhere: Sequence[Declared]
) -> tuple[str, tuple[Label, ...]]:
    """Advice for a name that nothing known is like, and where else in the text it has a value."""
    for place, kind in elsewhere:
        if place.source != name.source:
            continue
        if kind == "let" and place.start > name.start:
            advice = "a name has its value behind its `let`: move that up"
            return advice, (Label(place, "it gets its value here"),)
        ends = "with its block" if kind == "parameter" else "with the braces around it"
        again = f"give it a value here too: `let {name.text} = ...`"
        return again, (Label(place, f"this one ends {ends}"),)
    have = f"; {listed(known)} have values here" if 1 < len(known) <= _MOST_LISTED else ""
    return f"give it a value above: `let {name.text} = ...`{have}", ()


_MOST_LISTED = 12


@declare("E0210", wrong="input 1x8x8\nconv 8 s0", right="input 1x8x8\nconv 8 s1")
def out_of_range(
    span: Span, step: str, name: str, expected: str, found: str, instead: str | None = None
) -> Draft:
    """A number is out of its argument's range.

    Channels, kernels and strides are at least 1, probabilities lie between 0 and 1.
    """
    message = f"`{name}` of `{step}` takes {expected}, got {found}"
    advice = f"write `{instead}`" if instead else None
    return Draft(message, span, advice, fixes=rather(span, instead))


@declare("E0212", wrong="input 784\nfc H", right="input 784\nfc C")
def size_not_there(span: Span, name: str, what: str, known: tuple[str, ...]) -> Draft:
    """A size is read that the value does not have.

    A vector has `C`; a sequence `C` and `L`; a map `C`, `H` and `W`, in 3-d `D` besides.
    """
    return Draft(
        f"expected a value that has `{name}`, got {what}", span, help=f"it has {listed(known)}"
    )


@declare("E0213", wrong="input 1x8x8\nflatten | fc C//0", right="input 1x8x8\nflatten | fc C//2")
def not_computable(span: Span, expected: str, found: str, help: str | None = None) -> Draft:
    """An expression cannot be computed.

    Numbers are Python's: `/` gives a float, `//` a whole number.
    """
    return Draft(f"expected {expected}, got {found}", span, help)


@declare(
    "E0214",
    wrong="input 1x8x8\nconv 8 k=[1 2; 3]",
    right="input 1x8x8\nconv 8 k=[1 2]",
)
def ragged_table(span: Span, first: int, other: int) -> Draft:
    """A table's rows differ in length.

    The rows of a table end at a line break or `;` and have equally many cells.
    """
    message = f"expected rows of {first} cells as the first one has, got one of {other}"
    return Draft(message, span, help="a row ends at a line break or `;`")


@declare("E0215", wrong="input 1x8x8\nconv maximum(4, 8)", right="input 1x8x8\nconv max(4, 8)")
def unknown_function(span: Span, known: tuple[str, ...]) -> Draft:
    """A function is not known.

    `min max abs sum len round ceil floor int sqrt log range zip enum divisible`, and the
    initialisations of weights.
    """
    sides = re.compile(r"\((\d+(?: *[x,] *\d+)*)\)").match(span.source.text, span.end)
    if span.text in SHORT and sides:
        return _short(span._replace(end=sides.end()), span.text, sides[1])
    bare = span.text.rpartition(".")[2].lstrip("_")
    meant = _FUNCTIONS.get(bare) or (bare if bare in known else nearest(bare, known))
    return Draft(
        f"expected the name of a function, got `{span.text}`",
        span,
        help=f"did you mean `{meant}`?" if meant else f"there are {listed(known)}",
        fixes=rather(span, meant),
    )


@again("E0215")
def short_in_brackets(span: Span) -> Draft:
    """A short argument is written like a place of a list: `k[3]`."""
    return _short(span, span.text[0], span.text[2:-1])


def _short(whole: Span, letter: str, sides: str) -> Draft:
    numbers = re.findall(r"\d+", sides)
    text = letter + (numbers[0] if len(set(numbers)) == 1 else "x".join(numbers))
    message = f"expected `{text}`, got `{whole.text}`"
    return Draft(message, whole, f"write `{text}`", fixes=(write(whole, text, "safe"),))


SHORT = tuple("kspdg")
"""The arguments that are written without `=`."""
_FUNCTIONS = {
    "maximum": "max",
    "minimum": "min",
    "enumerate": "enum",
    "make_divisible": "divisible",
}
"""What functions are called elsewhere."""


@declare(
    "E0217",
    wrong="input 8\nfc n\nlet n = C",
    right="input 8\nlet n = C\nfc n",
)
def read_too_early(span: Span, let: Span) -> Draft:
    """A `let` that reads sizes of the network is used where they are not known.

    `let` is evaluated where it stands: what reads `C` or `@x.C` there is known to the steps below
    it, and to the blocks that those call. A used file's steps are not built, nor are the file's
    where a block of it is the network.
    """
    return Draft(
        f"`{span.text}` is not known here: its `let` reads the sizes of the network",
        span,
        "write the `let` above the first step that uses it, or in the block",
        labels=(Label(let, "known below, to steps and the blocks that they call"),),
    )


@declare(
    "E0218",
    wrong="input 9 int\nwords: embed 50 8 | fc 50 tie=word",
    right="input 9 int\nwords: embed 50 8 | fc 50 tie=words",
)
def unknown_label(span: Span, label: str, labels: tuple[str, ...]) -> Draft:
    """`tie` names no step.

    It takes the label of a step that stands before it in the same text and not in other braces with
    names of their own, such as a loop's; or a share that has been used.
    """
    meant = nearest(label, labels)
    known = f"there is {listed(labels)}" if labels else f"label one: `{label}: ...`"
    return Draft(
        f"expected the label of a step before this one, got `{label}`",
        span,
        help=f"did you mean `{meant}`?" if meant else known,
        note="unknown label",
        fixes=rather(_value_of(span), meant),
    )


@declare(
    "E0219",
    wrong="input 1x8x8\nlet a = [sum(0..9999) for i in 0..9999]\nrelu",
    right="input 1x8x8\nlet a = sum(0..9999)\nrelu",
)
def too_much_to_compute(span: Span, limit: int) -> Draft:
    """The expressions of a text compute too much.

    All expressions of a network together may look at 5,000,000 values.
    """
    message = f"expected expressions that look at no more than {limit:,} values, got more"
    advice = "compute what stays the same once: `let x = ...`"
    return Draft(message, span, advice)
