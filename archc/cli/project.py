"""The settings of a project: the table `[tool.archc]` of the nearest pyproject.toml."""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

import click

from archc.cli.context import FORMATS, ColorChoice, Settings

_HEADER = re.compile(rb"tool[\s\"']*(\.[\s\"']*archc|[\]=])")
"""What a table `tool.archc` is not written without: `tool.archc`, or `tool` alone."""


def project_settings(folder: str = ".") -> Settings:
    """The settings that hold in a folder, those of the nearest parent that has a pyproject.toml.
    Raises UsageError where that says what no setting can be."""
    file = _nearest(os.path.abspath(folder))
    if file is None:
        return Settings()
    with open(file, "rb") as opened:
        data = opened.read()
    if not _HEADER.search(data):  # the usual case: no parser is loaded
        return Settings()
    shown = os.path.relpath(file)
    table = _table(data, shown)
    for key, value in table.items():
        if key not in _READERS:
            known = ", ".join(_READERS)
            raise click.UsageError(f"{shown}: [tool.archc] has no key `{key}`; it takes {known}")
        problem = _READERS[key](value)
        if problem is not None:
            raise click.UsageError(f"{shown}: `{key}` in [tool.archc] {problem}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return Settings()._replace(**values)


def _nearest(folder: str) -> str | None:
    while True:
        file = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(file):
            return file
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _table(data: bytes, shown: str) -> Mapping[str, Any]:
    import tomllib

    try:
        table = tomllib.loads(data.decode("utf-8")).get("tool", {}).get("archc", {})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(f"{shown}: this is not TOML: {error}") from None
    if not isinstance(table, dict):
        raise click.UsageError(f"{shown}: `archc` in [tool] takes a table")
    return table


def _bad_choice(choices: tuple[str, ...]) -> Callable[[Any], str | None]:
    def problem(value: Any) -> str | None:
        return None if value in choices else f"takes {' or '.join(choices)}, got {value!r}"

    return problem


def _bad_codes(value: Any) -> str | None:
    from archc.errors.index import pages

    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        return f"takes a list of codes of warnings, got {value!r}"
    warnings = [code for code in pages() if code.startswith("W")]
    for code in value:
        if re.fullmatch(r"E\d+", code):
            return f"takes codes of warnings, got {code}: errors cannot be ignored"
        if code not in warnings:
            return f"takes codes of warnings, got {code!r}; there are {', '.join(warnings)}"
    return None


_READERS: Mapping[str, Callable[[Any], str | None]] = {
    "color": _bad_choice(get_args(ColorChoice)),
    "format": _bad_choice(FORMATS),
    "ignore": _bad_codes,
}
"""What is wrong with the value of a key, if anything."""
