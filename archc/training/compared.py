"""Runs side by side: their results, and the settings in which they differ."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archc.training.folder import RunFolder
from archc.training.problem import RunError
from archc.tuples import NamedTuple

RESULTS = ("test_accuracy", "test_loss", "val_accuracy", "epochs", "parameters", "seconds")


class Column(NamedTuple):
    """A run: its name, what came out (None for an unfinished one) and its settings."""

    name: str
    result: dict[str, Any]
    settings: dict[str, Any]


def compare(folders: Sequence[Path]) -> list[Column]:
    """The runs, with those of their settings that are not the same for all. Raises RunError where
    one is no run."""
    columns = [_column(folder) for folder in folders]
    keys = list(dict.fromkeys(key for column in columns for key in column.settings))
    differing = [
        key for key in keys if len({str(column.settings.get(key)) for column in columns}) > 1
    ]
    return [
        column._replace(settings={key: column.settings.get(key) for key in differing})
        for column in columns
    ]


def _column(folder: Path) -> Column:
    config = RunFolder(folder).read_config()
    try:
        found = json.loads((folder / "result.json").read_text("utf-8"))
    except FileNotFoundError:
        found = {}
    except (OSError, ValueError) as error:
        raise RunError(f"{folder / 'result.json'} is damaged: {error}") from None
    settings = {
        "spec": config["spec"].get("name"),
        **config["recipe"],
        **{key: config.get(key) for key in ("device", "precision", "torch")},
    }
    return Column(str(folder), {key: found.get(key) for key in RESULTS}, settings)
