"""E0244 to E0253: modules of `torch.nn` by name, and Python layers."""

import re

from archc.diagnostic import Diagnostic
from archc.errors.base import Draft, declare, page
from archc.fixes import put_behind
from archc.source import Span


@declare(
    "E0244",
    wrong='input 1x8x8\nuse python "layers:Gate" as gate\ngate',
    right="input 1x8x8\nnn.Hardshrink",
)
def python_not_allowed(span: Span) -> Draft:
    """Python code is not imported without leave.

    A Python layer is code, and importing it runs it: `--allow-python` (in Python
    `allow_python=True`) says that this spec's code may run. Without it nothing of it does.
    """
    return Draft(
        f"expected leave to import the Python layer {span.text}, got none",
        span,
        help="add `--allow-python` (in Python `allow_python=True`) if you trust this code",
    )


@declare(
    "E0247",
    wrong='input 1x8x8\nuse python "layers.Gate" as gate\nrelu',
    right="input 1x8x8\nrelu",
)
def no_python_class(span: Span) -> Draft:
    """A Python layer is not named as module and class.

    `use python "pkg.module:Class" as gate` names the class `Class` of the module `pkg.module`. The
    module is found as Python finds it, in the project's folder before all others.
    """
    message = f'expected a module and its class as "pkg.module:Class", got {span.text}'
    dotted = re.fullmatch(r'"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\.([A-Za-z_]\w*)"', span.text)
    if dotted is None:
        return Draft(message, span, "name the module, then behind `:` a class in it")
    meant = f'"{dotted[1]}:{dotted[2]}"'
    return Draft(message, span, f"write `{meant}`")


@declare(
    "E0248",
    wrong="# a Python layer whose module is not there, or whose class is no module of torch",
    right="input 1x8x8\nrelu",
)
def not_imported(span: Span, reason: str, folder: str) -> Draft:
    """A Python layer cannot be imported.

    Its module must be found by Python, in the project's folder or where packages are installed, and
    hold a class of `torch.nn.Module`. The project is the nearest parent folder with a
    pyproject.toml or .git, else the spec's folder; in a project a file `layers/gate.py` is the
    module `layers.gate`.
    """
    return Draft(
        f"expected a class of torch.nn.Module in {span.text}, got {reason}",
        span,
        help=f"modules are looked for in {folder}, then where packages are installed",
    )


page(
    "E0249",
    """A shape is needed that is not known.

    A network with an unknown shape can be checked, but not built, drawn, trained or summed up.
    W0105 says where the shapes of `nn.NAME` and of Python layers come from.
    """,
    wrong="# a build of a network with an unknown shape",
    right="input 8\nnn.Linear 8 100",
)


@declare("E0250", wrong="input 1x8x8\nnn.Sequential", right="input 1x8x8\nrelu")
def no_step(span: Span, name: str, what: str, help: str | None) -> Draft:
    """A module of torch is no step.

    A step makes one tensor of one. Modules that take several values or give none or several,
    containers, losses, and modules that make their tensors at their first call are none.
    """
    return Draft(
        f"expected a module that makes one tensor of one, got `{name}`, {what}", span, help
    )


page(
    "E0251",
    """A module fails.

    `nn.NAME` and Python layers are made and called, forward and backward, with a batch of 2 in
    training mode. The message is the one of Python, which counts the batch as the first size.
    """,
    wrong="input 4x8x8\nnn.Conv2d 3 8 3",
    right="input 4x8x8\nnn.Conv2d 4 8 3",
)


@declare("W0105", wrong="input 8\nnn.Linear 8 100000000000", right="input 8\nnn.Linear 8 100")
def shape_unknown(span: Span, name: str, reason: str) -> Draft:
    """The shape behind a module is not known.

    The shape of `nn.NAME` and of a Python layer is found by running it in a child process that has
    torch, within 4 GiB of memory and 20 seconds. `ARCHC_PYTHON` names a Python that has torch if
    the one that runs archc has not. What follows is checked for names, keys and kinds alone.
    """
    return Draft(
        f"expected the shape behind `{name}`, got none: {reason}",
        span,
        help="the shape is found by running the module: `archc explain W0105` says how",
        note="unknown from here on",
    )


@declare(
    "W0106",
    wrong="input 8x16\ntokens | nn.TransformerEncoderLayer 8 2",
    right="input 8x16\ntokens | nn.TransformerEncoderLayer 8 2 batch_first=yes",
)
def batch_second(span: Span, name: str) -> Draft:
    """A module takes the batch for the tokens.

    Some modules of torch have the batch second, unless they are made with `batch_first=yes`. Here
    it is first: without that the examples of a batch are mixed, not the tokens of each.
    """
    return Draft(
        f"expected `batch_first` of `{name}`, got its default, by which the batch is second",
        span,
        help=f"write `{name} ... batch_first=yes`",
        fixes=(put_behind(span, " batch_first=yes"),),
    )


def is_unknown(diagnostic: Diagnostic) -> bool:
    """Whether a diagnostic says that a shape is not known."""
    return diagnostic.code == "W0105"


def needed(diagnostic: Diagnostic) -> Diagnostic:
    """An unknown shape is a mistake where the shape is needed; anything else stays as it is."""
    if is_unknown(diagnostic):
        return diagnostic._replace(code="E0249", severity="error")
    return diagnostic
