"""archc's own loop for the benchmarks, without a run's folder."""

from pathlib import Path

from archc import recipe
from archc.datasets import DATASETS
from archc.graph import Graph
from archc.symbolic import number
from archc.training import hardware, memory
from archc.training.data import hold_back
from archc.training.named import load
from archc.training.quick import build_quick
from archc.training.trainer import Trainer


def trainer(
    graph: Graph, data: str, root: Path, lines: dict[str, str], precision: str = "auto"
) -> Trainer:
    """What `archc train` would run on the CPU, with these lines of a `train` block. A loop
    that is in this process too gains by what it asks of the memory."""
    memory.keep_freed()
    settings, _ = recipe.read(None, options=recipe.parse_options(lines))
    loaded = load(DATASETS[data], root, lambda _: None)
    cpu = hardware.choose("cpu", precision, number(graph.macs))
    return Trainer(
        build_quick(graph),
        hold_back(loaded, 0, settings.seed),
        loaded.dataset,
        settings,
        cpu,
        outputs=graph.outputs,
    )
