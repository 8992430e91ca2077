"""The SARIF log of the whole corpus against the SARIF 2.1.0 schema.

Written from the OASIS standard: of each object that archc writes, all that the schema says of the
properties used. It allows no others (`additionalProperties` is false throughout).
"""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from conftest import ROOT, RunPython

BAD = sorted((ROOT / "specs" / "bad").glob("*.arch"))

Check = Callable[[Any], Iterator[str]]


class Object(NamedTuple):
    """An object of the schema: its properties, and which of them must be there."""

    properties: dict[str, "Check"]
    required: tuple[str, ...] = ()

    def __call__(self, value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{value!r} is no object"
            return
        yield from (f"{key} is missing" for key in self.required if key not in value)
        for key, inner in value.items():
            if key not in self.properties:
                yield f"{key} is no property"
            else:
                yield from (f"{key}: {wrong}" for wrong in self.properties[key](inner))


def array(of: Check, least: int = 0, unique: bool = False) -> Check:
    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, list) or len(value) < least:
            yield f"{value!r} is no array of at least {least}"
            return
        if unique and len({json.dumps(item, sort_keys=True) for item in value}) < len(value):
            yield "items are not unique"
        for number, item in enumerate(value):
            yield from (f"[{number}]: {wrong}" for wrong in of(item))

    return check


def text(value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{value!r} is no string"


def uri(value: Any) -> Iterator[str]:
    yield from text(value)
    if not value.isascii() or " " in value or urlsplit(value).scheme not in ("", "file", "https"):
        yield f"{value!r} is no URI reference"


def whole(least: int) -> Check:
    def check(value: Any) -> Iterator[str]:
        if type(value) is not int or value < least:
            yield f"{value!r} is no integer of at least {least}"

    return check


def one_of(*words: str) -> Check:
    def check(value: Any) -> Iterator[str]:
        if value not in words:
            yield f"{value!r} is none of {words}"

    return check


LEVEL = one_of("none", "note", "warning", "error")
MESSAGE = Object({"text": text, "markdown": text})
FORMATTED = Object({"text": text, "markdown": text}, required=("text",))
PLACE = ("startLine", "startColumn", "endLine", "endColumn")
REGION = Object({key: whole(1) for key in PLACE})
ARTIFACT = Object({"uri": uri, "index": whole(-1)})
PHYSICAL = Object({"artifactLocation": ARTIFACT, "region": REGION})
LOCATION = Object({"id": whole(-1), "physicalLocation": PHYSICAL, "message": MESSAGE})
REPLACEMENT = Object(
    {"deletedRegion": REGION, "insertedContent": Object({"text": text})},
    required=("deletedRegion",),
)
CHANGE = Object(
    {"artifactLocation": ARTIFACT, "replacements": array(REPLACEMENT, least=1)},
    required=("artifactLocation", "replacements"),
)
FIX = Object(
    {"description": MESSAGE, "artifactChanges": array(CHANGE, least=1, unique=True)},
    required=("artifactChanges",),
)
RESULT = Object(
    {
        "ruleId": text,
        "ruleIndex": whole(-1),
        "level": LEVEL,
        "message": MESSAGE,
        "locations": array(LOCATION),
        "relatedLocations": array(LOCATION, unique=True),
        "fixes": array(FIX, unique=True),
    },
    required=("message",),
)
RULE = Object(
    {
        "id": text,
        "shortDescription": FORMATTED,
        "fullDescription": FORMATTED,
        "help": FORMATTED,
        "defaultConfiguration": Object({"level": LEVEL}),
    },
    required=("id",),
)
DRIVER = Object(
    {"name": text, "version": text, "rules": array(RULE, unique=True)}, required=("name",)
)
RUN = Object(
    {
        "tool": Object({"driver": DRIVER}, required=("driver",)),
        "columnKind": one_of("utf16CodeUnits", "unicodeCodePoints"),
        "results": array(RESULT),
    },
    required=("tool",),
)
LOG = Object(
    {"$schema": uri, "version": one_of("2.1.0"), "runs": array(RUN)}, required=("version", "runs")
)


def test_the_log_of_the_corpus_fits_the_schema(run_archc: RunPython) -> None:
    names = [path.relative_to(ROOT).as_posix() for path in BAD]
    done = run_archc("check", "--format", "sarif", *names, cwd=ROOT)
    assert done.returncode == 1
    log = json.loads(done.stdout)
    assert list(LOG(log)) == []
    results = log["runs"][0]["results"]
    assert len(results) > len(BAD)
    for result in results:
        for fix in result.get("fixes", ()):
            _refuse_overlaps(fix)


def _refuse_overlaps(fix: dict[str, Any]) -> None:
    """The replacements of a file do not overlap: they are made in order of their places."""
    for change in fix["artifactChanges"]:
        places = sorted(
            tuple(replacement["deletedRegion"][key] for key in PLACE)
            for replacement in change["replacements"]
        )
        for before, behind in pairwise(places):
            assert before[2:] <= behind[:2], fix


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "2.0.0", "runs": []},
        {"version": "2.1.0"},
        {"version": "2.1.0", "runs": [{}]},
        {"version": "2.1.0", "runs": [], "more": 1},
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": 3}}}]},
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "a"}}, "results": [{}]}]},
    ],
)
def test_the_schema_refuses_other_logs(wrong: dict[str, Any]) -> None:
    assert list(LOG(wrong)) != []
