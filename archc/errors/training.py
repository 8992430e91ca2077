"""E04: what the lines of a `train` block say."""

import re
from collections.abc import Sequence

from archc.diagnostic import Fix, Label
from archc.errors.base import Draft, again, declare, listed, nearest, rather
from archc.fixes import put_behind, without, without_line, write
from archc.source import Span

NET = "input 1x8x8\nflatten | fc 10\n"


@declare("E0401", wrong=NET + "train { epoch 3 }", right=NET + "train { epochs 3 }")
def unknown_key(span: Span, key: str, keys: tuple[str, ...]) -> Draft:
    """A line of `train` begins with a word that is no key.

    The keys are data, normalize, prepare, augment, optimizer, schedule, loss, epochs, batch, seed,
    val, weights, freeze, lr, accumulate, clip, ema, mixup, cutmix, stop and metrics.
    """
    meant = _KEYS.get(key.lower()) or nearest(key, keys)
    meant = meant or next((part for part in key.split("_") if part in keys), None)
    return Draft(
        f"`train` has no key `{key}`",
        span,
        help=f"did you mean `{meant}`?" if meant else f"its keys are {listed(keys)}",
        note="unknown key",
        fixes=rather(span, meant),
    )


_KEYS = {
    "dataset": "data",
    "optim": "optimizer",
    "criterion": "loss",
    "objective": "loss",
    "bs": "batch",
    "pretrained": "weights",
    "checkpoint": "weights",
    "transform": "augment",
    "augmentation": "augment",
    "patience": "stop",
    "early_stopping": "stop",
    "earlystopping": "stop",
    "grad_clip": "clip",
}
"""What the keys are called elsewhere."""


@again("E0401")
def option_of_a_line(line: Span, key: str, of: str, value: Span) -> Draft:
    """An option of the optimizer, the schedule or the loss as a line of its own."""
    option = "lr" if key == "learning_rate" else key
    instead = f"{of} {_taking(of, option)} {option}={value.text}"
    alone = line.source.short and not re.search(
        rf"^[^#\n]*\b{of}\b", line.source.text, re.MULTILINE
    )
    return Draft(
        f"expected `{option}` in the line of the {of}, got a line of its own",
        line,
        help=f"write `{instead}`" if alone else f"write `{option}={value.text}` behind `{of}`",
        fixes=(write(line, instead),) if alone else (),
    )


def _taking(of: str, option: str) -> str:
    """The usual name in a line that takes an option."""
    return _TAKING.get(option) or {"optimizer": "adamw", "loss": "cross_entropy"}.get(of, "cosine")


_TAKING = {
    "momentum": "sgd",
    "nesterov": "sgd",
    "gamma": "exponential",
    "step_size": "step",
    "milestones": "multistep",
    "target": "mse",
}


@declare(
    "E0402",
    wrong=NET + "train { data digit }",
    right=NET + "train { data digits }",
)
def unknown_name(
    span: Span,
    what: str,
    name: str,
    names: tuple[str, ...],
    meant: str = "",
    common: tuple[str, ...] = (),
) -> Draft:
    """A data set, optimizer, schedule, loss or transform does not exist.

    Optimizers and losses are called as in PyTorch, in lower case: `adamw`, `cross_entropy`. `meant`
    names the right one where it is known, `common` those to choose from where there are many.
    """
    near = meant or nearest(name, names)
    return Draft(
        f"there is no {what} `{name}`",
        span,
        help=f"did you mean `{near}`?" if near else f"choose from {listed(common or names)}",
        note=f"unknown {what}",
        fixes=rather(span, near),
    )


@again("E0402")
def bare_path(span: Span, path: str) -> Draft:
    """A path without the word for what is there."""
    instead = f'{"npz" if path.endswith(".npz") else "folder"} "{path}"'
    return Draft(
        f"expected the name of a data set, got the path `{path}`",
        span,
        help=f"write `data {instead}`",
        fixes=(write(span, instead),),
    )


@declare(
    "E0403",
    wrong=NET + "train { data digits | optimizer adam momentum=.9 }",
    right=NET + "train { data digits | optimizer sgd momentum=.9 }",
)
def unknown_option(span: Span, owner: str, option: str, options: tuple[str, ...]) -> Draft:
    """An optimizer, schedule, loss or transform has no such option.

    Options are called as in PyTorch: `weight_decay`, `label_smoothing`.
    """
    choices = f"its options are {listed(options)}" if options else "it has no options"
    meant = nearest(option, options) or next((o for o in options if option.startswith(o)), None)
    return Draft(
        f"`{owner}` has no option `{option}`",
        span,
        help=f"did you mean `{meant}`?" if meant else choices,
        note="unknown option",
        fixes=rather(span, meant),
    )


@again("E0403")
def momentum_of_adam(span: Span, owner: str, argument: Span) -> Draft:
    """A momentum for an optimizer that calls it the first of its `betas`."""
    instead = f"betas=[{argument.text.partition('=')[2]} .999]"
    return Draft(
        f"`{owner}` has no option `momentum`",
        span,
        help=f"its momentum is the first of `betas`: write `{instead}`",
        note="unknown option",
        fixes=(write(argument, instead),),
    )


@declare("E0404", wrong=NET + "train { epochs 2.5 }", right=NET + "train { epochs 3 }")
def wrong_value(
    span: Span, what: str, expected: str, found: str, instead: str | None = None
) -> Draft:
    """A value of `train` has the wrong kind or lies out of range.

    Counts are whole numbers; probabilities and shares lie between 0 and 1. Options follow the name
    as `key=value`.
    """
    advice = f"write `{instead}`" if instead else None
    return Draft(
        f"`{what}` takes {expected}, got {found}", span, advice, fixes=rather(span, instead)
    )


@declare("E0405", wrong=NET + "train { seed 1 | seed 2 }", right=NET + "train { seed 2 }")
def given_twice(span: Span, name: str, first: Span) -> Draft:
    """A key or an option of `train` is given twice.

    Each key has one line, and each option one value. Those of the command line replace the file's.
    """
    return Draft(
        f"`{name}` is given twice",
        span,
        help="leave one of them out",
        fixes=(without(span),) if "=" in span.text else _without_key(span),
        labels=(Label(first, "given here first"),),
    )


def _without_key(key: Span) -> tuple[Fix, ...]:
    """Takes out the line of a key, if nothing else stands on it."""
    text = key.source.text
    start = text.rfind("\n", 0, key.start) + 1
    end = text.find("\n", key.end)
    line = text[start:end]
    if end < 0 or not line.strip().startswith(key.text) or set(line) & set("|;{}"):
        return ()
    return (without_line(key._replace(end=end)),)


@declare(
    "E0406",
    wrong=NET + "train { add(epochs 3, batch 8) }",
    right=NET + "train { epochs 3 | batch 8 }",
)
def not_a_line(span: Span, braces: Span | None = None) -> Draft:
    """A line of `train` is not `key value... key=value...`.

    Merges, loops, labels and the like belong to the network. Only `prepare` and `augment` have
    braces.
    """
    message = "expected a line `key value... key=value...`, got something else"
    inner = braces.text[1:-1].strip() if braces else ""
    if braces is None or not re.fullmatch(r"\w+( \w+=[\w.-]+)*", inner):
        return Draft(message, span, help="each key has a line: `epochs 3`")
    advice = f"leave the braces out: `{inner}`"
    return Draft(message, span, advice, fixes=(write(braces, inner),))


@again("E0406")
def second_key(key: Span) -> Draft:
    """Two lines in one."""
    return Draft(
        f"expected `|` or a line break in front of `{key.text}`, got none",
        key,
        help=f"write `| {key.text}`",
        fixes=(write(key._replace(end=key.start), "| ", "safe"),),
    )


@again("E0406")
def colon_behind_key(key: Span, value: Span) -> Draft:
    """A line as YAML writes it."""
    gap = key._replace(start=key.end, end=value.start)
    colon = key._replace(start=key.end + gap.text.index(":"), end=key.end + gap.text.index(":") + 1)
    return Draft(
        f"expected a space behind `{key.text}`, got `:`",
        colon,
        help=f"write `{key.text} {value.text}`",
        fixes=(write(gap, " ", "safe"),),
    )


@again("E0406")
def called(span: Span, name: str, arguments: Sequence[str]) -> Draft:
    """A name with its options in parentheses."""
    text = " ".join((name, *arguments))
    return Draft(
        f"expected the options of `{name}` behind a space, got parentheses",
        span,
        help=f"write `{text}`",
        fixes=(write(span, text),),
    )


@declare(
    "E0407",
    wrong=NET + "train { optimizer sgd nesterov=yes }",
    right=NET + "train { optimizer sgd momentum=.9 nesterov=yes }",
)
def options_disagree(span: Span, message: str, advice: str) -> Draft:
    """Options that do not go together.

    Nesterov's momentum needs a momentum, and no dampening; `stop` needs validation data.
    """
    beside = re.fullmatch(r"write `(\w+=\S+)` beside it", advice)
    fixes = (put_behind(span, f" {beside[1]}"),) if beside else ()
    return Draft(message, span, help=advice, fixes=fixes)


@declare(
    "E0418",
    wrong=NET + "train { optimizer sparseadam }",
    right=NET + "train { optimizer adam }",
)
def refused_name(span: Span, what: str, reason: str, others: tuple[str, ...]) -> Draft:
    """A name that PyTorch has and that `train` cannot use.

    Some optimizers, schedules and losses need more than a line can say; a loss can be a Python
    function, `loss python "pkg.module:function"`.
    """
    return Draft(f"the {what} cannot be used: {reason}", span, help=f"choose from {listed(others)}")


@declare("E0420", wrong=NET + "train { epochs 3 }", right=NET + "train { data digits | epochs 3 }")
def no_data(span: Span, names: tuple[str, ...]) -> Draft:
    """No data set is named.

    `archc train` needs to know what to train on.
    """
    return Draft(
        "the spec names no data to train on",
        span,
        help=f"write `train {{ data ... }}` or give `--data`: {listed(names)}",
    )


@declare(
    "E0421",
    wrong=NET + 'train { data npz "../digits.npz" }',
    right=NET + "train { data digits }",
)
def path_outside(span: Span, path: str, root: str) -> Draft:
    """A path in a spec leaves the project.

    Paths in a spec are relative to it and stay inside of the project, the nearest folder above with
    `pyproject.toml` or `.git`, else the spec's own. Those on the command line are free.
    """
    return Draft(
        f"expected a path inside of {root}, got `{path}`",
        span,
        help="give it on the command line, where paths are free, or move the files",
    )


@declare(
    "E0422",
    wrong=NET + 'train { data python "mine:load" }',
    right=NET + "train { data digits }",
)
def code_not_allowed(span: Span, code: str) -> Draft:
    """Python code is not imported without leave.

    `data python` and `loss python` name functions, and importing them runs their module:
    `--allow-python` (in Python `allow_python=True`) says that it may run.
    """
    return Draft(
        f"expected leave to import `{code}`, got none",
        span,
        help="add `--allow-python` (in Python `allow_python=True`) if you trust this code",
    )
