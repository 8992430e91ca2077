"""The settings of a run as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from archc.training.progress import Metrics
from archc.training.report.page import Section, folded, table

_MOST = 12


def section(config: Mapping[str, Any]) -> Section:
    """What `config.json` says: the recipe, the machine, the data."""
    known = ("recipe", "spec", "data", "version", "seed")
    machine = {key: value for key, value in config.items() if key not in known}
    spec = {key: value for key, value in config["spec"].items() if value}
    groups = {"Training": config["recipe"], "Machine": machine}
    groups |= {"Data": config["data"], "Network": spec}
    tables = "".join(
        f"<div>{table(['', ''], _rows(group), caption=name, left=True)}</div>"
        for name, group in groups.items()
        if group
    )
    return Section("Settings", f'<div class="settings">{tables}</div>')


def epochs(metrics: Sequence[Metrics]) -> str:
    """Every number of every epoch, folded."""
    names = list(dict.fromkeys(k for line in metrics for k, v in line.items() if v is not None))
    rows = [[shown(line.get(name)) for name in names] for line in metrics]
    heads = [name.replace("_", " ") for name in names]
    return folded("All numbers of all epochs", table(heads, rows))


def _rows(group: Mapping[str, Any]) -> list[list[str]]:
    return [[key.replace("_", " "), shown(value)] for key, value in group.items()]


def shown(value: object) -> str:
    """A value as a reader expects it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, list | tuple):
        more = f", … ({len(value)})" if len(value) > _MOST else ""
        return ", ".join(map(shown, value[:_MOST])) + more
    return str(value)
