"""The network after elaboration: a tree of regions over values, each number with its origin.

A region is a piece of text elaborated once: equal copies share one. Costs, paths and code are
derived from the tree and never stored.
"""

from archc.graph.items import (
    Absent,
    Arg,
    CallItem,
    GroupItem,
    Hand,
    Item,
    LayerItem,
    LoopItem,
    MergeItem,
    OutputItem,
    RecallItem,
    Region,
    RepeatItem,
    ShareItem,
    TapItem,
    Test,
    Value,
    Window,
    WindowItem,
    inner_regions,
    joined,
    known,
    outputs,
    own_items,
    parts,
)
from archc.graph.liveness import train_only
from archc.graph.network import Graph, Input
from archc.graph.totals import built_steps, largest, weights

__all__ = [
    "Absent",
    "Arg",
    "CallItem",
    "Graph",
    "GroupItem",
    "Hand",
    "Input",
    "Item",
    "LayerItem",
    "LoopItem",
    "MergeItem",
    "OutputItem",
    "RecallItem",
    "Region",
    "RepeatItem",
    "ShareItem",
    "TapItem",
    "Test",
    "Value",
    "Window",
    "WindowItem",
    "built_steps",
    "inner_regions",
    "joined",
    "known",
    "largest",
    "outputs",
    "own_items",
    "parts",
    "train_only",
    "weights",
]
