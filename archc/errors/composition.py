"""E023 and E033: how steps are put together: named values, merges, repeats, blocks."""

import re
from collections import Counter
from functools import lru_cache

from archc.diagnostic import Label
from archc.errors.base import Draft, again, declare, listed, nearest, page, rather, unused
from archc.fixes import write
from archc.source import Span


@declare(
    "E0230", wrong="input 1x8x8\n@skip | relu", right="input 1x8x8\nrelu -> skip\n@skip | relu"
)
def unknown_value(span: Span, name: str, known: tuple[str, ...] = ()) -> Draft:
    """A named value is not there.

    `-> x` names a value, and `@x` takes it up further down in the same text. `@part.x` is a value
    that the block with the label `part` names.
    """
    part, dot, inner = name.partition(".")
    meant = nearest(name, known)
    advice = f"name it where it is made: `... -> {name}`"
    if meant:
        advice = f"did you mean `@{meant}`?"
    later = re.compile(rf"#[^\n]*|->\s*(?P<name>{re.escape(name)})\b")
    found = next((m for m in later.finditer(span.source.text, span.end) if m["name"]), None)
    labels: tuple[Label, ...] = ()
    if found is not None and not meant:
        advice = (
            "a value can be taken up behind its name alone: move the name up, or this step down"
        )
        place = span._replace(start=found.start("name"), end=found.end("name"))
        labels = (Label(place, f"`@{name}` is named here, further down"),)
    elif dot:
        advice = f"name it in the block that is `{part}`: `... -> {inner}`"
    return Draft(
        f"expected a value that is named above, got `@{name}`",
        span,
        help=advice,
        labels=labels,
        fixes=(write(_name_in(span, name), meant),) if meant else (),
    )


def _name_in(span: Span, name: str) -> Span:
    """The name in `@name`, `key=@name` or `@name.C`."""
    start = span.start + span.text.find("@") + 1
    return span._replace(start=start, end=start + len(name))


@declare("E0231", wrong="input 1x8x8\nplus(id, relu)", right="input 1x8x8\nadd(id, relu)")
def unknown_merge(span: Span, name: str, known: tuple[str, ...]) -> Draft:
    """A way to combine branches is not known.

    Branches in parentheses are combined by `add`, `sub`, `mul`, `concat`, `join`, `stack`,
    `matmul` or `split`.
    """
    meant = _ELSEWHERE.get(name.lower()) or nearest(name, known)
    return Draft(
        f"expected a way to combine branches, got `{name}`",
        span,
        help=f"did you mean `{meant}`?" if meant else f"there are {listed(known)}",
        fixes=rather(span, meant),
    )


_ELSEWHERE = {
    "plus": "add",
    "sum": "add",
    "cat": "concat",
    "concatenate": "concat",
    "merge": "concat",
    "multiply": "mul",
    "subtract": "sub",
    "minus": "sub",
    "bmm": "matmul",
    "dot": "matmul",
}
"""What merges are called elsewhere."""


@declare("E0232", wrong="input 1x8x8\n(0-2) * relu", right="input 1x8x8\n2 * relu")
def bad_count(span: Span, found: object) -> Draft:
    """A repeat's count is not a count.

    Copies are counted by whole numbers from 0 on.
    """
    below = isinstance(found, int | float) and found < 0
    advice = (
        "write `max(0, ...)` where there may be none" if below else "`//` divides whole numbers"
    )
    text = span.text
    instead = f"max(0, {text})" if below else text.replace("/", "//")
    plain = below or (text.count("/") == 1 and isinstance(found, float))
    fixes = (write(span, instead),) if plain else ()
    return Draft(f"expected a whole number of copies, got `{found}`", span, advice, fixes=fixes)


@declare("E0233", wrong="input 1x8x8\n900000 * relu", right="input 1x8x8\n9 * relu")
def too_many_steps(span: Span, limit: int) -> Draft:
    """A network has too many steps.

    A network may build 200,000 steps. Copies of a step, and turns of a loop that read equal values,
    are equal; 100,000 steps may differ from all others.
    """
    return Draft(
        f"expected a network of at most {limit:,} steps, got more",
        span,
        help="make the counts smaller: those of a repeat in a repeat are multiplied",
    )


@again("E0233")
def source_too_long(span: Span, limit: int) -> Draft:
    """What is built of too many steps that differ."""
    return Draft(
        f"expected a module of at most {limit // 2**20} MiB of source, got more",
        span,
        help="let the turns of its loops read alike: what differs in more than numbers is written"
        " turn by turn",
    )


@again("E0233")
def too_many_unlike(span: Span, limit: int) -> Draft:
    """Too many steps that are no copies."""
    return Draft(
        f"expected a network of at most {limit:,} steps that differ, got more",
        span,
        help="write fewer of them, or copies of one step, such as `12 * { conv 8 | relu }`",
    )


@declare(
    "E0234", wrong="input 1x8x8\nfor c in 3 { relu }", right="input 1x8x8\nfor c in 0..3 { relu }"
)
def not_rows(span: Span) -> Draft:
    """A loop does not run over a list.

    A loop takes one element or row of a list a turn; `0..n` counts.
    """
    counts = span.text.isidentifier() or span.text.isdigit()
    fixes = (write(span, f"0..{span.text}"),) if counts else ()
    advice = f"`0..{span.text}` counts" if counts else "`0..n` counts, `[a b c]` lists"
    return Draft(f"expected a list to run over, got `{span.text}`", span, advice, fixes=fixes)


@declare(
    "E0235",
    wrong="input 1x8x8\nblock a { a }\na",
    right="input 1x8x8\nblock a(n) { relu | if n > 0 { a (n - 1) } }\na 3",
)
def too_deep(span: Span, limit: int | None = None) -> Draft:
    """Blocks call each other without end.

    A block may call itself as long as that ends: at most 64 calls deep, fewer where each call
    stands in several groups or branches.
    """
    return Draft(
        f"expected calls at most {limit} deep, got more"
        if limit is not None
        else "expected calls that end, got steps in steps deeper than can be followed",
        span,
        help="let a condition end the recursion: `if n > 0 { ... }`",
    )


@declare(
    "E0236",
    wrong="input 1x8x8\nblock twice { body | body }\ntwice",
    right="input 1x8x8\nblock twice { body | body }\ntwice { relu }",
)
def no_body_given(span: Span) -> Draft:
    """A block with a body is called without one.

    Where a block's text says `body`, its calls end in steps in braces.
    """
    return Draft(
        "expected a body behind the call, got none",
        span,
        help="write the steps in braces behind the call: `name { ... }`",
    )


@declare(
    "E0237",
    wrong="input 1x8x8\nshare head = conv 8\nhead 4",
    right="input 1x8x8\nshare head = conv 8\nhead",
)
def share_with_arguments(span: Span, name: str) -> Draft:
    """A share is used with arguments.

    Every use of a share is the same part.
    """
    message = f"expected `{name}` without arguments, got some"
    fix = write(span._replace(start=span.start + len(name)), "")
    return Draft(message, span, help="leave them out", fixes=(fix,))


@declare(
    "E0238",
    wrong="input 1x8x8\ndefault conv 8\nconv 8",
    right="input 1x8x8\ndefault conv bias=no\nconv 8",
)
def unnamed(span: Span, key: str | None) -> Draft:
    """`default` and `with` take arguments by name.

    They give `key=value`s or short ones (`k3`) to all steps of a word.
    """
    named = f"{key or 'key'}={span.text}"
    fixes = (write(span, named),) if key else ()
    return Draft(f"expected `key=value`, got `{span.text}`", span, f"write `{named}`", fixes=fixes)


@declare(
    "E0239",
    wrong="input 8x8x8\nwindows 4 { take 0 }",
    right="input 8x8x8\nwindows 4 { fc 16 }",
)
def other_tokens(span: Span, wanted: str, found: str) -> Draft:
    """A window's body gives other tokens than it gets.

    Behind `windows` the map is put together again: as many tokens must come back as went in.
    """
    message = f"expected the {wanted} tokens back from the windows, got {found}"
    return Draft(message, span, help="let the steps in the braces keep every token")


page(
    "E0331",
    """Branches of different shapes are added.

    `add` and `sub` want equal shapes; `mul` also takes sizes of 1. Nothing is broadcast in silence.
    """,
    wrong="input 8x8x8\nadd(id, conv 16 k3 p1)",
    right="input 8x8x8\nadd(id, conv 8 k3 p1)",
)
page(
    "E0332",
    """Branches cannot be joined.

    `concat` joins channels, `join` tokens or lengths; all other sizes must agree.
    """,
    wrong="input 8x8x8\nconcat(id, conv 8 k3)",
    right="input 8x8x8\nconcat(id, conv 8 k3 p1)",
)
page(
    "E0333",
    """Branches cannot be multiplied or subtracted.

    `sub` and `matmul` take two branches; `matmul` multiplies AxB with BxC.
    """,
    wrong="input 4x8\nmatmul(id, id)",
    right="input 8x8\nmatmul(id, id)",
)
page(
    "E0334",
    """The channels cannot be split.

    `split` gives every branch an equal share of the channels.
    """,
    wrong="input 3x8x8\nsplit(id, relu)",
    right="input 4x8x8\nsplit(id, relu)",
)


@declare(
    "E0252",
    wrong="input 1x8x8\n2 * { conv 1 k3 p1 | output aux } | flatten | fc 10",
    right="input 1x8x8\n2 * { conv 1 k3 p1 } | output aux | flatten | fc 10",
)
def second_output(span: Span, name: str) -> Draft:
    """An output of that name is there already.

    Outputs are returned by name: each name belongs to one value. A step that is built several
    times, such as one in a repeat, gives several.
    """
    several = _outputs(span.source.text)[name] > 1
    other = unused(name, span.source)
    return Draft(
        f"expected one output `{name}`, got another one",
        span,
        help=f"give each output a name of its own, such as `{other}`"
        if several
        else "put it behind what is repeated: built several times it would be several outputs",
        fixes=(write(span, span.text.replace(name, other, 1)),) if several else (),
    )


@lru_cache(maxsize=1)
def _outputs(text: str) -> Counter[str]:
    """How often a text writes each output."""
    return Counter(re.findall(r"\boutput[ \t]+(\w+)", text))


@declare(
    "E0254",
    wrong="input 1x8x8\nstem: conv 8\nstem: conv 16",
    right="input 1x8x8\nstem: conv 8\nbody1: conv 16",
)
def label_twice(span: Span, name: str, before: Span) -> Draft:
    """A label is given twice.

    A label, or the name of a share, is the part's name in the code and in the state dict. Only the
    arms of one `if`, and groups that have labels themselves, may use the same again.
    """
    other = unused(name, span.source)
    return Draft(
        f"expected a label of its own, got `{name}` again",
        span,
        help=f"give this part another label, such as `{other}`",
        labels=(Label(before, f"`{name}` is this already"),),
        fixes=(write(span, other),),
    )
