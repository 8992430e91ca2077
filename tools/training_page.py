"""The page of what `train` can name, made of the tables that read it."""

from archc import datasets
from archc.layers.values import written
from archc.recipe.losses import LOSSES, wanted
from archc.recipe.metrics import METRICS
from archc.recipe.optimizers import OPTIMIZERS
from archc.recipe.schedules import SCHEDULES
from archc.recipe.table import Entry, Table
from archc.recipe.transforms import AUGMENTS, PREPARES

_INTRO = """# What `train` can name

Names and defaults are PyTorch's. Counts of schedules are epochs; all but `plateau` move at every
step. `warmup=1` lets the rate rise over an epoch first, from almost nothing.
"""


def page() -> str:
    """The whole page."""
    parts = [_INTRO, "## Data sets\n", _sets()]
    for title, table in (
        ("Optimizers", OPTIMIZERS),
        ("Schedules", SCHEDULES),
        ("Losses", LOSSES),
        ("Transforms of `prepare`", PREPARES),
        ("Transforms of `augment`", AUGMENTS),
    ):
        parts += [f"## {title}\n", _table(table)]
    rows = [f"| {kind} | {_listed(names)} |" for kind, names in METRICS.items()]
    parts += [
        "## Metrics\n",
        "| the loss compares | metrics |\n|---|---|\n" + "\n".join(rows) + "\n",
    ]
    return "\n".join(parts)


def _sets() -> str:
    rows = [
        f"| `{d.name}` | {d.shape or 'of different sizes'} | {d.classes or ''} |"
        f" {', '.join(f'{name}={_either(words)}' for name, words in d.choices)} |"
        for d in datasets.DATASETS.values()
        if d != datasets.RANDOM
    ]
    also = (
        'Besides: `random` (of the network\'s own shapes), `folder "path"`, `npz "path"` and'
        ' `python "pkg.module:function"`. Images of different sizes need `prepare`.\n'
    )
    head = "| `data` | images | classes | options |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + f"\n\n{also}\n{_refused(datasets.REFUSED)}"


def _table(table: Table) -> str:
    compares = table is LOSSES
    head = "| name | PyTorch | options |" + (" compares |" if compares else "")
    line = "|---|---|---|" + ("---|" if compares else "")
    rows = [
        f"| `{entry.name}` | {entry.torch} | {_options(entry)} |"
        + (f" {wanted(entry.name)} |" if compares else "")
        for entry in table.entries
    ]
    return "\n".join([head, line, *rows]) + f"\n\n{_refused(dict(table.refused))}"


def _options(entry: Entry) -> str:
    return ", ".join(
        f"`{option.name}`"
        if option.default is None
        else f"`{option.name}={written(option.default)}`"
        for option in entry.options
    )


def _refused(reasons: object) -> str:
    assert isinstance(reasons, dict)
    lines = [f"- `{name}`: {reason}" for name, reason in reasons.items()]
    return "Not to be named:\n\n" + "\n".join(lines) + "\n" if lines else ""


def _either(words: tuple[str, ...]) -> str:
    return "\\|".join(words)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
