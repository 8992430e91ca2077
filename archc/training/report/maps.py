"""A network that gives each position a class, in the report."""

from html import escape

import torch

from archc.training.report.classes import confusion
from archc.training.report.page import Section, percent, table
from archc.training.report.pictures import class_map, figure, palette, sample
from archc.training.report.subject import Shown, Subject

_SAMPLES = 9


def sections(subject: Subject) -> list[Section]:
    """What is said of images whose targets are maps of classes, int64 [N, H, W]. Positions that
    losses ignore are left out."""
    counts, shares = torch.zeros(0), []
    for shown in subject.batches():
        size = shown.output.shape[1]
        counts = counts if len(counts) else torch.zeros(size, size, dtype=torch.int64)
        taken, true = shown.output.argmax(1), subject.classes(shown)
        known = true >= 0
        pairs = (true[known] * size + taken[known]).cpu()
        counts = counts + torch.bincount(pairs, minlength=size**2).view(size, size)
        right = ((taken == true) & known).flatten(1).sum(1)
        shares.append(right / known.flatten(1).sum(1).clamp_min(1))
    worst = torch.cat(shares).argsort(stable=True)[:_SAMPLES].tolist()
    return [
        Section("Classes", _overlaps(counts, subject)),
        Section("Confusion matrix", confusion(counts, subject.name, "positions")),
        Section(
            "Worst images",
            _worst(subject.only(worst), worst, subject),
            "From left to right: the image, the true classes, what the network says.",
        ),
    ]


def _overlaps(counts: torch.Tensor, subject: Subject) -> str:
    right, true, said = counts.diagonal(), counts.sum(1), counts.sum(0)
    overlap = right / (true + said - right).clamp_min(1)
    rows = [
        [subject.name(i), f"{int(true[i]):,}", percent(float(overlap[i]), 1)]
        for i in range(len(counts))
    ]
    seen = (true + said) > 0
    mean = percent(float(overlap[seen].mean()), 1) if seen.any() else "unknown"
    caption = f"Mean intersection over union: {mean}, of the classes that occur."
    return table(["class", "positions", "intersection over union"], rows, caption=caption)


def _worst(shown: Shown, places: list[int], subject: Subject) -> str:
    size = shown.output.shape[1]
    taken, true = shown.output.argmax(1).cpu(), subject.classes(shown).cpu()
    figures = []
    for n, place in enumerate(places):
        known = true[n] >= 0
        right = float(((taken[n] == true[n]) & known).sum() / known.sum().clamp_min(1))
        pictures = "".join(
            (
                sample(shown.batch, n, subject.white, f"sample {place}"),
                class_map(true[n], size, f"sample {place}: the true classes"),
                class_map(taken[n], size, f"sample {place}: what the network says"),
            )
        )
        caption = f"sample {place}: {percent(right, 1)} right"
        figures.append(figure(f'<div class="pictures">{pictures}</div>', caption))
    return f'{_key(size, subject)}<div class="samples triples">{"".join(figures)}</div>'


def _key(size: int, subject: Subject) -> str:
    items = []
    for index, colour in enumerate(palette(size)):
        shade = "#" + "".join(f"{round(255 * part):02x}" for part in colour)
        items.append(f'<li><i style="background:{shade}"></i>{escape(subject.name(index))}</li>')
    return f'<ul class="key">{"".join(items)}</ul>'
