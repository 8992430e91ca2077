"""`archc train`: trains a spec, or goes on with a run."""

import atexit
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli import launcher
from archc.cli.context import Settings
from archc.cli.sections import Sectioned
from archc.cli.spec_options import find_spec, spec_options
from archc.processes import here, too_small
from archc.recipe.every import read_every
from archc.recipe.options import keyed

if TYPE_CHECKING:
    from archc.spec import Spec

_KEYS = {
    "data": "digits, mnist, cifar10, ..., random, 'folder DIR', 'npz FILE', 'python pkg:fn'.",
    "epochs": "How often all training images are seen.",
    "batch": "Images a step.",
    "lr": "The optimizer's learning rate, or 'stem .1': a part's factor. Again for others.",
    "momentum": "The optimizer's momentum.",
    "weight_decay": "The optimizer's weight decay.",
    "optimizer": "Such as 'sgd lr=.1 momentum=.9 no_decay=[norm bias]'.",
    "schedule": "Such as 'cosine warmup=1', onecycle or none.",
    "loss": "Such as 'cross_entropy label_smoothing=.1'. Again for others: 'aux mse'.",
    "prepare": "For all images, such as '{ resize 36 | crop 32 }'.",
    "augment": "For training, such as '{ crop 32 pad=4 | flip }'.",
    "normalize": "auto, imagenet (what pretrained networks want) or no.",
    "val": "The share of training images held back for validation.",
    "seed": "Of weights, order and all else that is random.",
    "weights": "A state dict to start from; a head of another size starts anew.",
    "freeze": "Parts that stay as they are, their batch norms too: 'conv1 layer1'.",
    "accumulate": "Batches whose gradients make one step.",
    "clip": "The largest norm of the gradient; 0 for any.",
    "ema": "Decay of the average of the weights that is scored; 0 for none.",
    "mixup": "Mixes pairs of images, shares drawn from Beta(X, X).",
    "cutmix": "Puts boxes of other images into images, sizes drawn from Beta(X, X).",
    "stop": "Epochs without gain on validation data before it stops; 0 for none.",
    "metrics": "Scores besides loss and accuracy, such as 'top5 f1'.",
}
"""The keys of `train` as options; each takes the text of its line."""
_SEVERAL = ("lr", "loss")
"""Options that may be given for several parts or outputs."""

_SECTIONS = {
    "The network": ("text", "inputs", "settings", "allow_python"),
    "Data": ("data", "data_root", "prepare", "augment", "normalize", "val", "mixup", "cutmix"),
    "Training": (
        *("epochs", "batch", "lr", "optimizer", "momentum", "weight_decay", "schedule", "loss"),
        *("metrics", "accumulate", "clip", "ema", "stop", "seed"),
    ),
    "Fine-tuning": ("weights", "freeze"),
    "The machine": ("device", "precision", "compile", "deterministic"),
    "The run": ("run", "resume", "checkpoint_every", "tensorboard"),
    "Trying out": ("limit_batches", "dry_run", "find_lr", "profile"),
}
"""The options as the help shows them; `--lr` and `--optimizer` are of one section."""


def key_options(function: Any) -> Any:
    """Adds the keys, which the command gets under their own names."""
    for key, text in reversed(_KEYS.items()):
        name, several = f"--{key.replace('_', '-')}", key in _SEVERAL
        function = click.option(name, metavar="TEXT", help=text, multiple=several)(function)
    return function


def _interval(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is not None:
        try:
            read_every(text)
        except ValueError as error:
            raise click.BadParameter(f"{error}.") from None
    return text


def check_alone(spec: "Spec", keys: Mapping[str, str], count: int) -> None:
    """Reports mistakes before processes are started, each of which would find them."""
    from archc.pipeline import analyse, single_value_norm
    from archc.recipe import parse_options

    analysis = analyse(spec, parse_options(keys))
    normed = single_value_norm(analysis.network()) is not None
    problem = too_small(analysis.recipe.batch, count, normed=normed)
    if problem is not None:
        raise click.ClickException(problem)


@click.command(cls=Sectioned, sections=_SECTIONS)
@spec_options
@key_options
@click.option("--data-root", metavar="DIR", help="Where the data lies or is downloaded to (data/).")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    help="Where to train; auto takes the fastest.",
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "bf16", "fp16"]),
    help="Of layers that tolerate it; auto: bf16 where it is faster, and says so.",
)
@click.option("--compile/--no-compile", default=None, help="Use torch.compile.")
@click.option(
    "--deterministic/--no-deterministic", default=None, help="Take deterministic algorithms alone."
)
@click.option(
    "--checkpoint-every",
    callback=_interval,
    metavar="INTERVAL",
    help="Save within epochs too: 500steps, 30s, 5min, 1h.",
)
@click.option(
    "--nproc",
    type=click.IntRange(1),
    metavar="N",
    help="Processes on this machine, each with its share of every batch; a GPU each on cuda.",
)
@click.option(
    "--shard/--no-shard", default=None, help="Divide the weights among the processes (FSDP2)."
)
@click.option(
    "--limit-batches",
    type=click.IntRange(1),
    metavar="N",
    help="Take N batches of the data alone, for a try.",
)
@click.option(
    "--dry-run", is_flag=True, help="Say what it will take in memory and time; train nothing."
)
@click.option(
    "--find-lr", is_flag=True, help="Suggest a learning rate, with a curve; train nothing."
)
@click.option(
    "--profile", is_flag=True, help="Say what the time of some steps goes into; writes trace.json."
)
@click.option(
    "--tensorboard/--no-tensorboard", default=None, help="Write metrics for TensorBoard too."
)
@click.option("--run", metavar="DIR", help="The run's folder (runs/SPEC-1, -2, ...).")
@click.option("--resume", metavar="DIR", help="Go on with the run in DIR; SPEC may be left out.")
@click.pass_obj
def command(
    settings_: Settings,
    /,
    spec: str | None,
    text: str | None,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    allow_python: bool,
    data_root: str | None,
    device: str | None,
    precision: str | None,
    compile: bool | None,
    deterministic: bool | None,
    checkpoint_every: str | None,
    nproc: int | None,
    shard: bool | None,
    limit_batches: int | None,
    dry_run: bool,
    find_lr: bool,
    profile: bool,
    tensorboard: bool | None,
    run: str | None,
    resume: str | None,
    lr: tuple[str, ...],
    loss: tuple[str, ...],
    **keys: str | None,
) -> int:
    """Train a spec as its `train` block says.

    Options replace the lines of that block. Ctrl-C stops after saving; --resume goes on from there.
    """
    if resume and (dry_run or find_lr):
        option = "--dry-run" if dry_run else "--find-lr"
        raise click.UsageError(f"{option} is for a spec: leave out --resume")
    if resume and (run or inputs or settings):
        raise click.UsageError(
            "--resume goes on with a run as it is: leave out --run, --input, --set"
        )
    if nproc and dry_run:
        raise click.UsageError("--dry-run looks at one process: leave out --nproc")
    found = (
        find_spec(spec, text, inputs, settings, allow_python)
        if spec or text or not resume
        else None
    )
    said = {key: value for key, value in keys.items() if value is not None}
    said |= keyed((*(("lr", text) for text in lr), *(("loss", text) for text in loss)))
    count = launcher.wanted(nproc, resume)
    if count > 1:
        if found is not None and not resume:
            check_alone(found, said, count)
        return launcher.launch(count, found.source.text if found and spec == "-" else "")

    from archc.cli.progress import progress, scores
    from archc.training import RunError, ToldElsewhere
    from archc.training.machine import Machine
    from archc.training.runner import dry_run as foresee
    from archc.training.runner import resume as go_on
    from archc.training.runner import start, suggest_lr

    root = Path(data_root) if data_root else None
    machine = Machine(
        device,
        precision,
        compile,
        root,
        checkpoint_every,
        limit_batches,
        deterministic,
        tensorboard,
        profile or None,
        shard,
    )
    listener = progress(settings_.quiet)
    try:
        if resume:
            done = go_on(Path(resume), said, machine, listener, found, allow_python)
        else:
            assert found is not None
            if dry_run:
                print(foresee(found, said, machine, listener))
                return 0
            if find_lr:
                curve = Path(f"{run or found.name}-lr")
                print(suggest_lr(found, said, machine, curve, listener))
                return 0
            done = start(found, said, machine, Path(run) if run else None, listener)
    except RunError as error:
        if here() is not None:
            atexit.register(_leave)
        if isinstance(error, ToldElsewhere):
            return 1
        raise click.ClickException(str(error)) from None
    finally:
        listener.pause()
    place = here()
    if place is None or place.rank == 0:
        print(", ".join(filter(None, (scores(done.result), f"run in {done.folder}"))))
    return 0


def _leave() -> None:
    """Ends a process that has lost others at once: threads that waited for them may abort in
    Python's own end."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)
