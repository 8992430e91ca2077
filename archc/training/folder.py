"""The folder of a run: which files it has, and how they are written and read."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archc.elaborate.files import KEPT
from archc.source import Source
from archc.spec import Spec
from archc.training.checkpoint import kept, put_aside, read, write_file
from archc.training.problem import RunError
from archc.training.progress import Metrics, Progress
from archc.tuples import NamedTuple

VERSION = 1

_CONFIG = {
    "spec": dict,
    "recipe": dict,
    "data_root": str,
    "device": str,
    "precision": str,
    "compile": bool,
}
"""What of `config.json` a run goes on with."""


class RunFolder(NamedTuple):
    """`runs/NAME`. All writing raises RunError where the disk refuses."""

    path: Path

    @property
    def checkpoint(self) -> Path:
        """The newest state of the training."""
        return self.path / "checkpoint.pt"

    @property
    def previous(self) -> Path:
        """The state before that."""
        return kept(self.checkpoint)

    @property
    def checkpoints(self) -> tuple[Path, ...]:
        """Those that are there, the newest first."""
        return tuple(path for path in (self.checkpoint, self.previous) if path.exists())

    @property
    def best(self) -> Path:
        """The state dict of the best epoch, which is the last one without validation data."""
        return self.path / "best.pt"

    @property
    def report(self) -> Path:
        """The page on the run."""
        return self.path / "report.html"

    def write_start(
        self, spec: Spec, used: Mapping[str, str], model: str, config: Mapping[str, object]
    ) -> None:
        """Writes what is known before the first step."""
        write_file(self.path / "spec.arch", spec.source.text.encode())
        for name, text in used.items():
            copy = self.path / KEPT / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            write_file(copy, text.encode())
        for name in ("previous-checkpoint.pt", "best.pt", "result.json", "report.html"):
            (self.path / name).unlink(missing_ok=True)
        write_file(self.path / "model.py", model.encode())
        write_file(self.path / "metrics.jsonl", b"")
        self.write_table(())
        write_file(self.path / "config.json", _json(config))

    def write_result(self, result: Mapping[str, object]) -> None:
        """Writes `result.json`."""
        write_file(self.path / "result.json", _json(result))

    def read_config(self) -> dict[str, Any]:
        """What `config.json` says. Raises RunError where this is not the folder of a run."""
        path = self.path / "config.json"
        try:
            config = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise RunError(f"{self.path} is not the folder of a run ({error.strerror})") from None
        except ValueError:
            raise RunError(f"{path} is damaged") from None
        if not isinstance(config, dict) or "version" not in config:
            raise RunError(f"{path} is damaged")
        if config["version"] != VERSION:
            raise RunError(f"{path} was written by another version of archc: {config.get('archc')}")
        if any(not isinstance(config.get(name), kind) for name, kind in _CONFIG.items()):
            raise RunError(f"{path} is damaged")
        return config

    def read_spec(self, config: Mapping[str, Any]) -> Spec:
        """The spec as it was when the run began. Raises RunError."""
        path = self.path / "spec.arch"
        try:
            text = path.read_bytes().decode()
            said = config["spec"]
            inputs, settings = tuple(said["inputs"]), tuple(said["settings"])
            python = said.get("python_folder")
            if not isinstance(python, str | None):
                raise TypeError("python_folder is no text")
            return Spec(
                Source(str(path), text),
                said["name"],
                said["block"],
                inputs,
                settings,
                str(self.path),
                python_folder=python,
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"the spec of {self.path} cannot be read: {error}") from None

    def read_metrics(self) -> tuple[Metrics, ...]:
        """The epochs that are done. Raises RunError where there is none, or a line is damaged."""
        path = self.path / "metrics.jsonl"
        try:
            # A killed run may have left half a line.
            whole, _, _ = path.read_text("utf-8").rpartition("\n")
            lines = [json.loads(line) for line in whole.splitlines()]
        except (OSError, ValueError) as error:
            raise RunError(f"{path} cannot be read: {error}") from None
        if not lines:
            raise RunError(f"{self.path} has no finished epoch yet")
        return tuple(lines)

    def add_metrics(self, metrics: Metrics) -> None:
        """Adds an epoch to `metrics.jsonl`."""
        try:
            with open(self.path / "metrics.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(metrics) + "\n")
        except OSError as error:
            raise RunError(
                f"cannot write {self.path / 'metrics.jsonl'}: {error.strerror}"
            ) from None

    def write_table(self, metrics: Sequence[Metrics]) -> None:
        """Writes all epochs as `metrics.csv`, for spreadsheets: a column a metric."""
        columns = list(dict.fromkeys(name for line in metrics for name in line))
        rows = [[line.get(name) for name in columns] for line in metrics]
        table = io.StringIO()
        csv.writer(table).writerows([columns, *rows] if columns else [])
        try:
            (self.path / "metrics.csv").write_text(table.getvalue(), "utf-8")
        except OSError as error:
            raise RunError(f"cannot write {self.path / 'metrics.csv'}: {error.strerror}") from None

    def write_resumed(self, metrics: Sequence[Metrics], config: Mapping[str, object]) -> None:
        """Takes back what lies behind the checkpoint: a killed run may have left more epochs in
        `metrics.jsonl`, or half a line."""
        text = "".join(json.dumps(line) + "\n" for line in metrics)
        write_file(self.path / "metrics.jsonl", text.encode())
        self.write_table(metrics)
        write_file(self.path / "config.json", _json(config))
        (self.path / "result.json").unlink(missing_ok=True)


def new_folder(path: Path | None, name: str) -> RunFolder:
    """Makes a run's folder: the one that is asked for, or the next free `runs/NAME-1`, `-2`, ...

    Raises RunError where it holds a checkpoint or cannot be made.
    """
    try:
        if path is None:
            return RunFolder(_next_free(Path("runs"), name))
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot make {error.filename}: {error.strerror}") from None
    folder = RunFolder(path)
    if folder.checkpoint.exists():
        raise RunError(f"{path} holds a run already: --resume {path} goes on with it")
    return folder


def newest(folder: RunFolder, progress: Progress) -> bytes:
    """The newest checkpoint that is whole. A damaged one gives way to the one before, which leads
    to the same end, and is kept aside. Raises RunError where neither is whole."""
    if folder.checkpoint.exists():
        try:
            return read(folder.checkpoint)
        except RunError as error:
            if not folder.previous.exists():
                raise
            try:
                content = read(folder.previous)
            except RunError:
                raise error from None
            progress.say(f"{error}: going on from {folder.previous}")
    else:
        content = read(folder.previous)
        progress.say(f"{folder.checkpoint} is missing: going on from {folder.previous}")
    put_aside(folder.checkpoint)
    write_file(folder.checkpoint, content)
    return content


def _next_free(runs: Path, name: str) -> Path:
    runs.mkdir(parents=True, exist_ok=True)
    taken = [re.fullmatch(re.escape(name) + r"-(\d+)", entry.name) for entry in runs.iterdir()]
    number = max((int(match[1]) for match in taken if match), default=0)
    while True:
        number += 1
        try:
            (runs / f"{name}-{number}").mkdir()
        except FileExistsError:
            continue
        return runs / f"{name}-{number}"


def _json(value: Mapping[str, object]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
