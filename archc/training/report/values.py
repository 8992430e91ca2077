"""A network that gives numbers, or yes and no for several labels, in the report."""

from collections.abc import Sequence
from html import escape

import torch
from torch import Tensor

from archc.recipe.losses import wanted
from archc.training.report.curves import ticks
from archc.training.report.page import Section, percent, table
from archc.training.report.pictures import figure, sample
from archc.training.report.subject import Subject

_SAMPLES = 12
_CHARTS = 6
_POINTS = 1000
_ROWS = 30
_SIDE, _LEFT, _BOTTOM = 300, 56, 40


def sections(subject: Subject) -> list[Section]:
    """What is said of samples with numbers [N, K] or [N] as targets."""
    found = [(shown.output.cpu(), shown.batch.classes.cpu()) for shown in subject.batches()]
    outputs, targets = map(torch.cat, zip(*found, strict=True))
    targets = targets.float()
    if outputs.shape != targets.shape and outputs.numel() != targets.numel():
        return []
    said, true = outputs.flatten(1) if outputs.ndim > 1 else outputs[:, None], targets
    true = true.reshape(said.shape)
    loss = subject.recipe.loss.name
    if wanted(loss) == "labels":
        chances = said if loss == "bce" else said.sigmoid()
        return [_labels(chances, true, subject), _worst(chances, true, subject)]
    return [_numbers(said, true, subject), _worst(said, true, subject)]


def _numbers(said: Tensor, true: Tensor, subject: Subject) -> Section:
    rows, charts = [], []
    for index in range(min(said.shape[1], _ROWS)):
        wrong = said[:, index] - true[:, index]
        spread = float((true[:, index] - true[:, index].mean()).square().mean())
        explained = f"{1 - float(wrong.square().mean()) / spread:.4f}" if spread else "unknown"
        errors = (float(wrong.abs().mean()), float(wrong.square().mean().sqrt()))
        rows.append([_name(subject, index), *(f"{e:.4g}" for e in errors), explained])
        if index < _CHARTS:
            charts.append(scatter(_name(subject, index), true[:, index], said[:, index]))
    heads = ["value", "mean absolute error", "root mean squared error", "R²"]
    drawn = f'<div class="charts plots">{"".join(charts)}</div>'
    note = "Each point is a sample; those on the line are exactly right."
    return Section("Values said and true", table(heads, rows) + drawn, note)


def _labels(chances: Tensor, true: Tensor, subject: Subject) -> Section:
    yes, is_so = chances > 0.5, true > 0.5
    hits, said, there = (yes & is_so).sum(0), yes.sum(0), is_so.sum(0)
    rows = [
        [
            _name(subject, i),
            f"{int(there[i]):,}",
            percent(float(hits[i] / there[i].clamp_min(1)), 1),
            percent(float(hits[i] / said[i].clamp_min(1)), 1),
        ]
        for i in range(min(true.shape[1], _ROWS))
    ]
    note = "A label is said where its probability is above one half."
    return Section("Labels", table(["label", "samples", "recall", "precision"], rows), note)


def _worst(said: Tensor, true: Tensor, subject: Subject) -> Section:
    errors = (said - true).square().mean(1)
    figures = []
    places = errors.argsort(descending=True, stable=True)[:_SAMPLES].tolist()
    shown = subject.some(places)
    for n, place in enumerate(places):
        picture = sample(shown, n, subject.white, f"sample {place}")
        caption = f"true {_listed(true[place])}<br>said <b>{_listed(said[place])}</b>"
        figures.append(figure(picture, caption))
    body = f'<div class="samples">{"".join(figures)}</div>'
    return Section("Worst samples", body, "By their mean squared error.")


def scatter(title: str, across: Tensor, up: Tensor) -> str:
    """Values said over true ones, and the line where both are equal. What is no number has no
    point."""
    points = across.isfinite() & up.isfinite()
    if not points.any():
        return ""
    across, up = across[points], up[points]
    step = -(-len(across) // _POINTS)
    pairs = list(zip(across[::step].tolist(), up[::step].tolist(), strict=True))
    marks = ticks(min(map(min, pairs)), max(map(max, pairs)))
    low, high = marks[0], marks[-1]

    def x(value: float) -> float:
        return _LEFT + (_SIDE - _LEFT - 10) * (value - low) / (high - low)

    def y(value: float) -> float:
        return _SIDE - _BOTTOM - (_SIDE - _BOTTOM - 24) * (value - low) / (high - low)

    parts = [f'<text class="name" x="0" y="14">{escape(title)}: said over true</text>']
    for mark in marks:
        parts.append(f'<path class="grid" d="M{_LEFT} {y(mark):.1f}H{_SIDE - 10}"/>')
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y(mark) + 4:.1f}" text-anchor="end">{mark:g}</text>'
        )
        place = f'x="{x(mark):.1f}" y="{_SIDE - _BOTTOM + 18}"'
        parts.append(f'<text {place} text-anchor="middle">{mark:g}</text>')
    parts.append(f'<path class="best" d="M{x(low)} {y(low)}L{x(high)} {y(high)}"/>')
    parts += [f'<circle class="dot" cx="{x(a):.1f}" cy="{y(b):.1f}" r="2.5"/>' for a, b in pairs]
    middle = (_LEFT + _SIDE - 10) / 2
    parts.append(f'<text x="{middle}" y="{_SIDE - 6}" text-anchor="middle">true</text>')
    return (
        f'<svg class="chart" role="img" aria-label="{escape(title)}: values said over true ones" '
        f'viewBox="0 0 {_SIDE} {_SIDE}" width="{_SIDE}" height="{_SIDE}">{"".join(parts)}</svg>'
    )


def _name(subject: Subject, index: int) -> str:
    return subject.names[index] if index < len(subject.names) else f"value {index + 1}"


def _listed(values: Tensor) -> str:
    numbers: Sequence[float] = values[:6].tolist()
    more = " …" if len(values) > 6 else ""
    return " ".join(f"{value:.3g}" for value in numbers) + more
