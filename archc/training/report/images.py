"""A network whose targets are images, its own input for an autoencoder, in the report."""

import torch
from torch import Tensor

from archc.training.report.page import Section
from archc.training.report.pictures import figure, sample, show
from archc.training.report.subject import Shown, Subject

_SAMPLES = 12


def sections(subject: Subject) -> list[Section]:
    """Pictures of targets beside outputs: some from all over the data, and those furthest apart."""
    errors = torch.cat([_errors(shown, subject) for shown in subject.batches()])
    count = len(errors)
    spread = [n * count // _SAMPLES for n in range(_SAMPLES)] if count > _SAMPLES else range(count)
    worst = errors.argsort(descending=True, stable=True)[:_SAMPLES].tolist()
    order = "the image and what is made of it"
    if not subject.recipe.reconstructs:
        order = "the image, the target, and what is made of it"
    note = f"From left to right: {order}. Below: the mean squared error."
    said = f"The mean squared error is {float(errors.mean()):.4g} on average."
    return [
        Section("Reconstructions", _pairs(list(dict.fromkeys(spread)), errors, subject), note),
        Section("Worst reconstructions", _pairs(worst, errors, subject), said),
    ]


def _target(shown: Shown, subject: Subject) -> Tensor:
    return shown.inputs if subject.recipe.reconstructs else shown.batch.classes


def _errors(shown: Shown, subject: Subject) -> Tensor:
    return (shown.output - _target(shown, subject)).square().flatten(1).mean(1).cpu()


def _pairs(places: list[int], errors: Tensor, subject: Subject) -> str:
    shown = subject.only(places)
    recipe = subject.recipe
    # What reconstructs its input speaks in the units of that input.
    made = subject.pixels(shown.output) if recipe.reconstructs else _last(shown.output.cpu())
    true = [] if recipe.reconstructs else [_last(shown.batch.classes.cpu())]
    figures = []
    for n, place in enumerate(places):
        pictures = [sample(shown.batch, n, subject.white, f"sample {place}")]
        pictures += [show(target[n], f"sample {place}: the target") for target in true]
        pictures.append(show(made[n], f"sample {place}: what is made of it"))
        caption = f"sample {place}: {float(errors[place]):.4g}"
        figures.append(figure(f'<div class="pictures">{"".join(pictures)}</div>', caption))
    kind = "pairs" if recipe.reconstructs else "triples"
    return f'<div class="samples {kind}">{"".join(figures)}</div>'


def _last(values: Tensor) -> Tensor:
    return values.movedim(1, -1)
