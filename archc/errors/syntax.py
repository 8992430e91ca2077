"""E00 and E01: the file and its syntax."""

from archc.diagnostic import Fix
from archc.errors.base import Draft, again, declare
from archc.fixes import without_line, write
from archc.source import Span


@declare("E0001", wrong="# more than 256 KiB of text", right="input 3x8x8\nconv 8")
def file_too_large(span: Span, size: int, limit: int) -> Draft:
    """The file is too large.

    A spec may hold 256 KiB of text. A network of any depth fits: repeat what repeats.
    """
    return Draft(
        f"expected at most {limit // 1024} KiB of text, got {size // 1024} KiB",
        span,
        help="write what repeats as a repeat: `12 * { ... }`",
    )


@declare("E0002", wrong="# bytes that are not UTF-8", right="input 3x8x8\nconv 8")
def not_utf8(span: Span, offset: int) -> Draft:
    """The file is not UTF-8 text.

    Specs are UTF-8. A byte-order mark is allowed.
    """
    return Draft(
        f"expected UTF-8 text, got a byte that is not at offset {offset}",
        span,
        help="save the file as UTF-8",
    )


@declare("E0101", wrong="input 1x8x8\nconv 8 k3 ,", right="input 1x8x8\nconv 8 k3")
def unexpected(
    span: Span, expected: str, found: str, help: str | None, fixes: tuple[Fix, ...] = ()
) -> Draft:
    """Something stands where it cannot.

    A network is a pipe of steps, `name value... key=value...`, separated by `|` or line breaks.
    """
    return Draft(f"expected {expected}, got {found}", span, help=help, fixes=fixes)


@again("E0101")
def single_quotes(span: Span, instead: str) -> Draft:
    """A word or a text between Python's single quotes."""
    message = f"expected a word, or a text between double quotes, got `{span.text}`"
    return Draft(message, span, f"write `{instead}`", fixes=(write(span, instead, "safe"),))


@again("E0101")
def foreign_comment(span: Span, fixes: tuple[Fix, ...]) -> Draft:
    """A comment as C or JavaScript writes it."""
    message = f"expected `#` in front of a comment, got `{span.text}`"
    return Draft(message, span, "write `#`: a comment goes to the end of its line", fixes=fixes)


@declare("E0102", wrong="input 1x8x8\nconv 8 k=[3 3", right="input 1x8x8\nconv 8 k=[3 3]")
def never_closed(span: Span, closer: str, fix: Fix) -> Draft:
    """A bracket or a text is opened and never closed.

    Every `{`, `(` and `[` needs its partner; a text stands on one line between double quotes.
    """
    bracket = span.text[-1:]
    return Draft(
        f"expected `{closer}` for this `{bracket}`, got the end of the text",
        span,
        help=f"close it with `{closer}`",
        note="never closed",
        fixes=(fix,),
    )


@again("E0102")
def text_never_closed(span: Span, instead: str) -> Draft:
    """A text without its last quote."""
    message = f'expected `"` behind `{span.text}`, got the end of the line'
    fix = write(span, instead)
    return Draft(message, span, f"write `{instead}`", note="never closed", fixes=(fix,))


@declare("E0103", wrong="input 1x8x8\nconv 8 k=3]", right="input 1x8x8\nconv 8 k=3")
def closes_nothing(span: Span) -> Draft:
    """A bracket closes nothing.

    No bracket of its kind is open at this place.
    """
    return Draft(
        f"expected a bracket that `{span.text}` closes, got none that is open",
        span,
        help="delete it",
        note="closes nothing",
        fixes=(write(span, ""),),
    )


@declare(
    "E0104", wrong="input 1x8x8\nflatten | fc 2 + 3", right="input 1x8x8\nflatten | fc (2 + 3)"
)
def spaces_in_value(span: Span) -> Draft:
    """An expression with spaces needs parentheses here.

    Among a step's values a space separates: `fc (a + b)`, or without spaces `fc a+b`.
    """
    return Draft(
        f"expected a value without spaces or in parentheses, got `{span.text}`",
        span,
        help=f"write `({span.text})`",
        fixes=(write(span, f"({span.text})", "safe"),),
    )


@declare(
    "E0105",
    wrong="input 1x8x8\nconv(8, 3)",
    right="input 1x8x8\nconv 8 k3",
)
def called_with_parentheses(
    span: Span, name: str, text: str, whole: Span | None = None, sure: bool = False
) -> Draft:
    """A step is written like a function call.

    The values of a step follow its name without parentheses or commas: `conv 32 k3`. Classes of
    PyTorch and Keras are understood in the error.
    """
    return Draft(
        f"expected the values of `{name}` behind a space, got parentheses",
        span,
        help=f"write `{text}`",
        fixes=(write(whole, text, "safe" if sure else "unsafe"),) if whole else (),
    )


@again("E0105")
def container(span: Span, name: str, text: str, whole: Span) -> Draft:
    """Steps in a container."""
    return Draft(
        f"expected steps one behind the other, got the container `{name}`",
        span,
        help=f"write `{text}`" if text else "steps need no container",
        fixes=(write(whole, text),) if text else (),
    )


@again("E0105")
def handed_on(span: Span, name: str, text: str | None) -> Draft:
    """A value that is handed from call to call."""
    advice = "write the layers themselves, `conv 8 k3 | relu`: each gets what the one before gives"
    return Draft(
        f"expected steps one behind the other, got calls that hand `{name}` on",
        span,
        help=f"write `{text}`" if text else advice,
        fixes=(write(span, text),) if text else (),
    )


@again("E0105")
def assigned(span: Span, name: str, text: str, whole: Span) -> Draft:
    """A step that is assigned to a name."""
    return Draft(
        f"expected a step, got one that is assigned to `{name}`",
        span,
        help=f"write `{text}`" if text else "leave the line out: steps need no container",
        fixes=(write(whole, text) if text else without_line(whole),),
    )


@declare(
    "E0108",
    wrong="input 1x8x8\nlet C = 8\nconv C",
    right="input 1x8x8\nlet width = 8\nconv width",
)
def reserved_name(span: Span, other: str, fix: Fix | None) -> Draft:
    """A name has a meaning already.

    `C`, `Cin`, `H`, `W`, `D` and `L` read the sizes of the value at that point, `body` is what a
    call brings: nothing else has these names.
    """
    reads = "the body of a call" if span.text == "body" else "a size of the value here"
    return Draft(
        f"expected a name of its own, got `{span.text}`",
        span,
        help=f"`{span.text}` is {reads}: choose another name, such as `{other}`",
        fixes=(fix,) if fix else (),
    )


@declare(
    "E0109",
    wrong="[net]\nheight=8\n\n[convolutional]\nfilters=8\nsize=3",
    right="input 1x8x8\nconv 8 k3",
)
def another_format(span: Span, what: str, example: str) -> Draft:
    """A text is written in another format.

    archc reads its own language, one step behind the other; `archc new` writes a spec to start
    from. Lines of PyTorch and Keras code are understood in the error, line by line.
    """
    return Draft(f"expected steps such as `conv 32 k3 p1 | relu`, got {what}", span, example)


@declare(
    "E0106",
    wrong="input 1x8x8\nflatten | fc 9999999999999999999999",
    right="input 1x8x8\nflatten | fc 10",
)
def number_too_large(span: Span) -> Draft:
    """A number is too large.

    Numbers go up to 2**53; no tensor is larger.
    """
    message = "expected a number of at most 2**53, got a larger one"
    return Draft(message, span, "no tensor is that large: write a smaller number")


@declare("E0107", wrong="input 1x8x8\n" + "{ " * 41 + "relu" + " }" * 41, right="input 1x8x8\nrelu")
def nested_too_deep(span: Span, limit: int) -> Draft:
    """Brackets or expressions are nested too deep.

    Forty levels of brackets are enough for any network written by hand.
    """
    message = f"expected at most {limit} levels of nesting, got more"
    return Draft(message, span, "name the inner part: `block part { ... }`, or `let x = ...`")
