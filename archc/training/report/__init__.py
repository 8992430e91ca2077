"""`report.html`: a run on one page that needs nothing else, neither network nor scripts."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from archc.graph import Graph
from archc.training.progress import Metrics
from archc.training.report import classes, filters, images, maps, network, settings, values
from archc.training.report.curves import Line, chart
from archc.training.report.page import Section, page, percent
from archc.training.report.subject import Subject

__all__ = ["Subject", "report"]

_PARTS = ("train", "val", "test")


def report(
    title: str,
    graph: Graph,
    text: str,
    metrics: Sequence[Metrics],
    result: Mapping[str, Any],
    config: Mapping[str, Any],
    module: nn.Module,
    subject: Subject | None,
) -> str:
    """The page. `text` is the spec's, `module` has the best weights; `subject` is what they are
    shown on, None where there is no data for testing."""
    planned = int(config["recipe"]["epochs"])
    sections = [_training(metrics, result), *(_findings(subject) if subject else ())]
    sections += [s for s in (filters.section(module, graph),) if s is not None]
    sections += [network.section(graph, text), settings.section(config)]
    lead = f"{config['spec']['name']}: {graph.input} → {graph.output}, trained on "
    lead += f"{config['recipe']['data']}."
    if len(metrics) < planned:
        lead += f" {len(metrics)} of {planned} epochs are done."
    return page(title, lead, _facts(result), sections, network.dark_rules())


def _facts(result: Mapping[str, Any]) -> dict[str, str]:
    """The numbers that a reader looks for first."""
    found = {}
    for key, value in result.items():
        name = key.replace("_", " ")
        if value is None:
            continue
        if key.endswith("accuracy"):
            found[name] = percent(value)
        elif key == "seconds":
            found["time"] = _time(value)
        else:
            found[name] = f"{value:.3g}" if isinstance(value, float) else f"{value:,}"
    return found


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def _training(metrics: Sequence[Metrics], result: Mapping[str, Any]) -> Section:
    best = result["best_epoch"]
    names = dict.fromkeys(key for line in metrics for key in line)
    kinds = dict.fromkeys(key.partition("_")[2] for key in names if key.startswith(_PARTS))
    charts = []
    for kind in kinds:
        lines = [
            Line(part, [line.get(f"{part}_{kind}") for line in metrics], part) for part in _PARTS
        ]
        shares = kind.endswith("accuracy")
        title = kind.replace("_", " ")
        charts.append(chart(title, lines, percent=shares, loss=kind == "loss", best=best))
    rates = [line.get("lr") for line in metrics]
    if len(set(rates)) > 1:
        charts.append(chart("learning rate", [Line("at the epoch's end", rates, "s4")]))
    note = "The dotted line marks the epoch whose weights were kept." if len(metrics) > 2 else ""
    body = f'<div class="charts">{"".join(charts)}</div>{settings.epochs(metrics)}'
    return Section("Training", body, note)


def _findings(subject: Subject) -> list[Section]:
    """What the network says of the data, by the kind of its targets."""
    targets = subject.some([0]).classes
    if subject.recipe.reconstructs or (targets.is_floating_point() and targets.ndim == 4):
        return images.sections(subject)
    if targets.is_floating_point():
        return values.sections(subject)
    if not subject.recipe.classifies or targets.ndim == 2:
        return []  # there is no picture of labels, or of a row of classes
    return classes.sections(subject) if targets.ndim == 1 else maps.sections(subject)
