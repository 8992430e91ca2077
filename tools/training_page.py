"""The page of what `train` can name, made of the tables that read it."""

from archc import datasets
from archc.layers.values import written
from archc.recipe.losses import LOSSES, wanted
from archc.recipe.metrics import METRICS, WHOLE
from archc.recipe.optimizers import OPTIMIZERS
from archc.recipe.schedules import SCHEDULES
from archc.recipe.table import Entry, Table
from archc.recipe.transforms import AUGMENTS, PREPARES

_INTRO = """# What `train` can name

Names and defaults are PyTorch's. Counts of schedules are epochs; all but `plateau` move at every
step. `warmup=1` lets the rate rise over an epoch first, from almost nothing.
"""

_WHERE = """### Where data lies

Images lie in memory as bytes, one a number, on a GPU's where they take no more than half of what
is free there. Data that would take more than half of the memory that a step of the training leaves
free is read batch by batch instead, by as many processes as there are processors, 16 at most;
several processes of a training (`--nproc`) divide memory and processors. That holds for folders,
for torchvision's pictures, for `.npz` files and for arrays that `prepare` enlarges. Weights and
metrics have the same bits either way. `--dry-run` says what data takes and where it will lie.

Of an `.npz` file rows can be read one by one where `np.savez` wrote it. What `np.savez_compressed`
wrote, and arrays that lie column by column (`order="F"`), have to fit into memory.

What is free is the least of what the system has, what its control group (a container's limit)
leaves, and what the variable `ARCHC_MEMORY` says (bytes, or `4GB`). With `normalize auto` all
training images are read once before the first epoch for their mean and deviation; `--resume` knows
them, `normalize imagenet` and `no` need none. `python benchmarks/read_speed.py` compares the
reading with torchvision's.
"""

_MEANS = """`topK` takes any K. Precision, recall, F1 and IoU are means over classes, or labels, in
which each counts alike however often it occurs (`average="macro"` in torchmetrics). One that
neither occurs nor is given does not count, as in torchmetrics for classes; a label counts as 0
there. 0 of 0 is 0 otherwise. A channel of `r2` whose values are all the same does not count. What
no example tells is `null`. `test_accuracy`, always there, is the share of right classes, or
labels, over all. A test compares all of them with torchmetrics.
"""

_WHOLE = """\
Further ones need all examples at once and come from torchmetrics, which has to be installed
(`pip install "archc[metrics]"`). They are for outputs that are vectors; means over classes and
labels are `average="macro"`, in which torchmetrics counts the `auroc` of one that never occurs
as 0.
"""


def page() -> str:
    """The whole page."""
    parts = [_INTRO, "## Data sets\n", _sets(), _WHERE]
    for title, table in (
        ("Optimizers", OPTIMIZERS),
        ("Schedules", SCHEDULES),
        ("Losses", LOSSES),
        ("Transforms of `prepare`", PREPARES),
        ("Transforms of `augment`", AUGMENTS),
    ):
        parts += [f"## {title}\n", _table(table)]
    rows = [
        f"| {kind} | `{name}` | {meaning} |"
        for kind, names in METRICS.items()
        for name, meaning in names.items()
    ]
    head = "| the loss compares | metric | which is |\n|---|---|---|\n"
    parts += ["## Metrics\n", head + "\n".join(rows) + "\n", _MEANS]
    rows = [
        f"| {kind} | `{name}` | {metric.what} | `{metric.function}` |"
        for kind, names in WHOLE.items()
        for name, metric in names.items()
    ]
    head = "| the loss compares | metric | which is | of torchmetrics |\n|---|---|---|---|\n"
    parts += [_WHOLE, head + "\n".join(rows) + "\n"]
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
        ' `python "pkg.module:function"`. Images of different sizes need `prepare`.\n\n'
        "An `.npz` file has the arrays `x_train`, `y_train`, `x_test` and `y_test`, and perhaps"
        " `x_val` and\n`y_val`, or `x` and `y` alone, of which a fifth is kept for testing;"
        " `images`, `inputs`, `labels`\nand `targets` are understood as well, in front or behind"
        " (`train_images`). Several inputs and\noutputs have arrays of their own names. Images lie"
        " channels first or last, as bytes (0 to 255) or as\nfloats, which are taken as they are;"
        " with `target=input` they need no targets.\n\n"
        "A function of Python gives `(images, targets)`, of which a fifth is kept for testing, or"
        " two such\npairs, or torch data sets, for training and for testing, or three, with that"
        " for validation in\nbetween. One with a parameter `root` gets the folder of `--data-root`."
        " It is looked for in the project\nof the spec (the nearest parent with pyproject.toml or"
        " .git, else the spec's folder), then as Python\ndoes; `specs/digits_on_pictures.py` is"
        " one.\n"
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
