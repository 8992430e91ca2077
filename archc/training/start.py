"""Where weights come from before the first step."""

from collections.abc import Iterable

from torch import nn

from archc.graph import Graph
from archc.training.problem import RunError
from archc.training.progress import Progress
from archc.weights import Entry, Misfit, load_weights


def start_from(module: nn.Module, graph: Graph, path: str, progress: Progress) -> None:
    """Fills a module from a file. A head of another size starts anew, which is said. Raises
    ArchError where anything else does not fit, and RunError where the file cannot be read."""
    try:
        left = load_weights(module, graph, path, heads=True)
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}") from None
    progress.say(f"weights of {path}{_but(left)}")


def _but(left: Iterable[Misfit]) -> str:
    """`, but fc1 starts anew: 2x512 here, 1000x512 in the file`."""
    weights = [pair for pair in left if pair.own is not None and len(pair.own.shape) > 1]
    said = [
        f"{own.module} starts anew: {_size(own)} here, {_size(given)} in the file"
        for own, given in weights
        if own is not None and given is not None
    ]
    return f", but {'; '.join(said)}" if said else ""


def _size(entry: Entry) -> str:
    return "x".join(map(str, entry.shape))
