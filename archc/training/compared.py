"""Runs side by side: their results, their curves, and the settings in which they differ."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from archc.training.folder import RunFolder
from archc.training.problem import RunError
from archc.training.progress import Metrics
from archc.training.report.curves import Line, chart
from archc.training.report.page import Section, folded, page, percent, table
from archc.training.report.settings import shown
from archc.training.report.style import SERIES

_FIRST = ("test_accuracy", "test_loss", "val_accuracy", "val_loss")
_LAST = ("best_epoch", "epochs", "parameters", "seconds")
_PARTS = ("test_", "val_", "train_")


class Column(NamedTuple):
    """A run: its name, what came out (None for what it does not have), its settings and the
    epochs that are done."""

    name: str
    result: dict[str, Any]
    settings: dict[str, Any]
    metrics: tuple[Metrics, ...] = ()


def compare(folders: Sequence[Path]) -> list[Column]:
    """The runs, with those of their settings that are not the same for all. Raises RunError where
    one is no run."""
    columns = [_column(folder) for folder in folders]
    keys = list(dict.fromkeys(key for column in columns for key in column.settings))
    differing = [
        key for key in keys if len({str(column.settings.get(key)) for column in columns}) > 1
    ]
    found = {key for column in columns for key, value in column.result.items() if value is not None}
    others = sorted(found - {*_FIRST, *_LAST})
    results = [key for key in (*_FIRST, *others, *_LAST) if key in found]
    return [
        column._replace(
            result={key: column.result.get(key) for key in results},
            settings={key: column.settings.get(key) for key in differing},
        )
        for column in columns
    ]


def comparison(columns: Sequence[Column]) -> str:
    """The page: a table, and the curves of all runs in one picture a metric."""
    names = [column.name for column in columns]
    rows = [
        [key.replace("_", " "), *(_text(key, column.result[key]) for column in columns)]
        for key in columns[0].result
    ]
    differing = [
        [key.replace("_", " "), *(shown(column.settings[key]) for column in columns)]
        for key in columns[0].settings
    ]
    note = "" if differing else "They are the same for all."
    sections = [
        Section("Results", table(["", *names], rows)),
        Section("Curves", _curves(columns)),
        Section("Settings that differ", table(["", *names], differing) if differing else "", note),
    ]
    count = f"{len(columns)} runs" if len(columns) != 1 else "1 run"
    return page("Runs compared", f"{count}: {', '.join(names)}", {}, sections)


def _curves(columns: Sequence[Column]) -> str:
    """Test and validation first; the training's own, of other images every epoch, are folded."""
    keys = dict.fromkeys(key for column in columns for line in column.metrics for key in line)
    pictures: dict[bool, list[str]] = {False: [], True: []}
    for key in sorted((k for k in keys if k.startswith(_PARTS)), key=_rank):
        lines = [
            Line(column.name, [line.get(key) for line in column.metrics], SERIES[n % len(SERIES)])
            for n, column in enumerate(columns)
        ]
        title = key.replace("_", " ")
        drawn = chart(title, lines, percent=key.endswith("accuracy"), loss=key.endswith("loss"))
        pictures[key.startswith("train_")].append(drawn)
    open_, closed = (f'<div class="charts">{"".join(pictures[side])}</div>' for side in pictures)
    return open_ + (folded("Of the training", closed) if pictures[True] else "")


def _rank(key: str) -> tuple[int, str]:
    return next(n for n, part in enumerate(_PARTS) if key.startswith(part)), key


def _text(key: str, value: Any) -> str:
    if value is None or not key.endswith("accuracy"):
        return f"{value:,}" if isinstance(value, int) else shown(value)
    return percent(value)


def _column(folder: Path) -> Column:
    run = RunFolder(folder)
    config = run.read_config()
    try:
        found = json.loads((folder / "result.json").read_text("utf-8"))
    except FileNotFoundError:
        found = {}
    except (OSError, ValueError) as error:
        raise RunError(f"{folder / 'result.json'} is damaged: {error}") from None
    settings = {
        "spec": config["spec"].get("name"),
        **{f"set {value}": "yes" for value in config["spec"].get("settings", ())},
        **config["recipe"],
        **{key: config.get(key) for key in ("device", "precision", "torch")},
    }
    # One that was interrupted in its first epoch has none yet.
    begun = (folder / "metrics.jsonl").exists() and (folder / "metrics.jsonl").stat().st_size
    return Column(str(folder), found, settings, run.read_metrics() if begun else ())
