"""Runs side by side: their results, their curves, and the settings in which they differ."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archc.training.checkpoint import write_file
from archc.training.folder import RunFolder
from archc.training.problem import RunError
from archc.training.progress import Metrics
from archc.training.report.curves import Line, chart, key
from archc.training.report.page import Section, folded, page, percent, table
from archc.training.report.settings import shown
from archc.training.report.style import SERIES
from archc.training.run import Run
from archc.tuples import NamedTuple

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


class Comparison(NamedTuple):
    """Runs side by side; each has all results that one of them has, and those of its settings that
    are not the same for all. `str()` gives a table."""

    columns: tuple[Column, ...]

    def results(self) -> list[list[str]]:
        """A row a result: its name, and what each run has."""
        names = self.columns[0].result
        return [[key, *(_text(key, c.result[key]) for c in self.columns)] for key in names]

    def settings(self) -> list[list[str]]:
        """A row a setting that differs, but for those that the results tell as well."""
        names, told = self.columns[0].settings, self.results()
        rows = [[key, *(shown(c.settings[key]) for c in self.columns)] for key in names]
        return [row for row in rows if row not in told]

    def html(self) -> str:
        """A page: tables, and the curves of all runs in one picture a metric."""
        names = _short([column.name for column in self.columns])
        differing = self.settings()
        settings = table(["", *names], _spoken(differing)) if differing else ""
        sections = [
            Section("Results", table(["", *names], _spoken(self.results()))),
            Section("Curves", _curves(self.columns, names)),
            Section(
                "Settings that differ", settings, "" if differing else "They are the same for all."
            ),
        ]
        return page("Runs compared", ", ".join(names), {}, sections)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page. Raises RunError."""
        write_file(Path(path), self.html().encode())

    def __str__(self) -> str:
        rows = [["", *(column.name for column in self.columns)], *self.results(), *self.settings()]
        widths = [max(map(len, row)) for row in zip(*rows, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def compare(*runs: str | os.PathLike[str] | Run) -> Comparison:
    """Compares runs, given by their folders or as `train` returned them. Raises RunError where one
    is no run."""
    if not runs:
        raise TypeError("compare needs at least one run")
    columns = [_column(run.folder if isinstance(run, Run) else Path(run)) for run in runs]
    keys = list(dict.fromkeys(key for column in columns for key in column.settings))
    differing = [
        key for key in keys if len({str(column.settings.get(key)) for column in columns}) > 1
    ]
    found = {key for column in columns for key, value in column.result.items() if value is not None}
    others = sorted(found - {*_FIRST, *_LAST})
    results = [key for key in (*_FIRST, *others, *_LAST) if key in found]
    return Comparison(
        tuple(
            column._replace(
                result={key: column.result.get(key) for key in results},
                settings={key: column.settings.get(key) for key in differing},
            )
            for column in columns
        )
    )


def _spoken(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[row[0].replace("_", " "), *row[1:]] for row in rows]


def _short(names: Sequence[str]) -> list[str]:
    """Paths without the folder that they share."""
    whole = [os.path.abspath(name) for name in names]
    if len(set(whole)) < 2:
        return [os.path.basename(name) for name in whole]
    shared = os.path.commonpath(whole)
    return [os.path.relpath(name, shared) for name in whole]


def _curves(columns: Sequence[Column], names: Sequence[str]) -> str:
    """Test and validation first; the training's own, of other images every epoch, are folded."""
    keys = dict.fromkeys(key for column in columns for line in column.metrics for key in line)
    styles = [SERIES[n % len(SERIES)] for n in range(len(columns))]
    pictures: dict[bool, list[str]] = {False: [], True: []}
    for name in sorted((k for k in keys if k.startswith(_PARTS)), key=_rank):
        lines = [
            Line(called, [line.get(name) for line in column.metrics], style)
            for called, column, style in zip(names, columns, styles, strict=True)
        ]
        drawn = chart(
            name.replace("_", " "),
            lines,
            percent=name.endswith("accuracy"),
            loss=name.endswith("loss"),
            named=False,
        )
        pictures[name.startswith("train_")].append(drawn)
    shown_, folded_ = (f'<div class="charts">{"".join(pictures[side])}</div>' for side in pictures)
    below = folded("Of the training", folded_) if pictures[True] else ""
    return key(names, styles) + shown_ + below


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
