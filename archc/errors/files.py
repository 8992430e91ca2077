"""E024: files that a spec uses, and parameters given from outside."""

from archc.errors.base import Draft, declare, listed, nearest
from archc.fixes import write
from archc.source import Span


@declare("E0240", wrong='input 1x8x8\nuse "missing.arch"\nrelu', right="input 1x8x8\nuse std\nrelu")
def unreadable(span: Span) -> Draft:
    """A used file cannot be read.

    `use "x.arch"` names a file relative to the one that says so; `use std` and
    `use torchvision.resnet` name files that come with archc.
    """
    message = f"expected a text that can be read, got {span.text}"
    name = span.text.strip('"')
    if name == "std" or name.startswith("torchvision."):
        return Draft(message, span, f"write `{name}`", fixes=(write(span, name, "safe"),))
    return Draft(message, span, help="a path starts from the folder of the file that holds it")


@declare("E0241", wrong='input 1x8x8\nuse "/etc/x.arch"\nrelu', right="input 1x8x8\nuse std\nrelu")
def outside(span: Span) -> Draft:
    """A used file lies outside of the project.

    The project is the nearest parent folder with a pyproject.toml or .git, else the spec's folder.
    """
    message = f"expected a file inside of the project, got {span.text}"
    return Draft(message, span, help="copy it into the project")


@declare("E0242", wrong="# two files that use each other", right="input 1x8x8\nuse std\nrelu")
def cycle(span: Span) -> Draft:
    """Files use each other in a circle.

    Put what both need into a third file.
    """
    message = f"expected files that do not use each other, got {span.text} again"
    return Draft(message, span, help="put what both need into a third file")


@declare("E0243", wrong="# a file that uses 65 others", right="input 1x8x8\nuse std\nrelu")
def too_many_files(span: Span, limit: int) -> Draft:
    """Too many files are used.

    64 files are enough for any network.
    """
    return Draft(f"expected at most {limit} used files, got more", span)


@declare("E0245", wrong="# --set of a name that is no parameter", right="input 1x8x8\nrelu")
def unknown_setting(span: Span, name: str, known: tuple[str, ...]) -> Draft:
    """A parameter that is set from outside does not exist.

    `param width = 64` declares one for a file; with `FILE:BLOCK` the block's parameters are meant.
    """
    meant = nearest(name, known)
    return Draft(
        f"expected a parameter of this spec, got `{name}`",
        span,
        help=f"did you mean `{meant}`?" if meant else _known(known),
    )


@declare("E0246", wrong="# FILE:BLOCK with a block that is not there", right="input 1x8x8\nrelu")
def unknown_block(span: Span, name: str, known: tuple[str, ...]) -> Draft:
    """A file has no block of this name.

    `FILE:BLOCK` makes a block of the file the network.
    """
    meant = nearest(name, known)
    return Draft(
        f"expected a block of this file, got `{name}`",
        span,
        help=f"did you mean `{meant}`?" if meant else _known(known),
    )


def _known(names: tuple[str, ...]) -> str | None:
    return f"there is {listed(names)}" if names else None
