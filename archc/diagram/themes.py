"""Colours of a picture."""

from collections.abc import Mapping

from archc.diagram.describe import Family
from archc.tuples import NamedTuple


class Colors(NamedTuple):
    """Fill of a node's head, the text in it, and the border."""

    fill: str
    text: str
    border: str


class Theme(NamedTuple):
    """A picture's colours. `legend` says what the bars mean."""

    background: str
    text: str
    faint: str
    edge: str
    skip: str
    body: str
    track: str
    macs: str
    parameters: str
    legend: str
    ends: Colors
    families: Mapping[Family, Colors]


def _solid(fill: str, text: str = "#ffffff") -> Colors:
    return Colors(fill, text, fill)


_OUTLINED = Colors("#ffffff", "#000000", "#000000")
_FAINTLY_OUTLINED = Colors("#ffffff", "#000000", "#777777")
_LEGEND = "orange bar = share of MACs, blue = share of params"

THEMES: Mapping[str, Theme] = {
    "light": Theme(
        background="#ffffff",
        text="#1a1a1a",
        faint="#505050",
        edge="#505050",
        skip="#d95f02",
        body="#ffffff",
        track="#e8e8e8",
        macs="#d95f02",
        parameters="#3f8fc4",
        legend=_LEGEND,
        ends=_solid("#636363"),
        families={
            "conv": _solid("#2166ac"),
            "pool": _solid("#1b7837"),
            "fc": _solid("#762a83"),
            "norm": _solid("#8c510a"),
            "activation": _solid("#a33a46"),
            "view": Colors("#f2f2f2", "#1a1a1a", "#8a8a8a"),
            "part": _solid("#444444"),
            "merge": _solid("#333333"),
            "other": _solid("#01665e"),
        },
    ),
    "dark": Theme(
        background="#16181c",
        text="#f0f0f0",
        faint="#b4b8be",
        edge="#9aa0a8",
        skip="#fd8d3c",
        body="#23262c",
        track="#3d4148",
        macs="#fd8d3c",
        parameters="#6baed6",
        legend=_LEGEND,
        ends=_solid("#5a6068"),
        families={
            "conv": _solid("#2b6cb5"),
            "pool": _solid("#237d41"),
            "fc": _solid("#8a429a"),
            "norm": _solid("#91590f"),
            "activation": _solid("#ad4450"),
            "view": Colors("#23262c", "#f0f0f0", "#8a9099"),
            "part": _solid("#4a4f57"),
            "merge": Colors("#3d4148", "#f0f0f0", "#9aa0a8"),
            "other": _solid("#0d7067"),
        },
    ),
    "print": Theme(
        background="#ffffff",
        text="#000000",
        faint="#333333",
        edge="#000000",
        skip="#777777",
        body="#ffffff",
        track="#dedede",
        macs="#000000",
        parameters="#808080",
        legend="black bar = share of MACs, grey = share of params",
        ends=_FAINTLY_OUTLINED,
        families={
            "conv": _OUTLINED,
            "pool": _FAINTLY_OUTLINED,
            "fc": _OUTLINED,
            "norm": _OUTLINED,
            "activation": _FAINTLY_OUTLINED,
            "view": _FAINTLY_OUTLINED,
            "part": _OUTLINED,
            "merge": _OUTLINED,
            "other": _OUTLINED,
        },
    ),
}
