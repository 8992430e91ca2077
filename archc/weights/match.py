"""Which tensor of a checkpoint belongs to which of a network, by names and shapes alone.

1. By name. A first component that all names of the file share and the network has not
   (`module.`, `_orig_mod.`, `model.`) is a wrapper's and left out.
2. Where fewer than half of the network's names are there: by order (order.py).

Tensors that are counted or computed and not learned come with those of their module if they fit,
and are never missed.
"""

from collections.abc import Iterable, Iterator, Sequence

from archc.weights.entry import Entry, Match, Misfit, parent
from archc.weights.order import by_order


def match(own: Iterable[Entry], given: Iterable[Entry]) -> Match:
    """Matches a network's tensors, in the order of its state dict, with a file's in its order.

    Raises archc.weights.order.Disorder where neither names nor order tell what belongs together.
    """
    ours, theirs = list(own), list(given)
    found = _by_rules([e for e in ours if e.is_learned], [e for e in theirs if e.is_learned])
    return found._replace(names={**found.names, **dict(_companions(ours, theirs, found.names))})


def _by_rules(own: Sequence[Entry], given: Sequence[Entry]) -> Match:
    renamed = without_wrappers(own, given)
    names = {entry.name for entry in own}
    if 2 * len(names & renamed.keys()) >= len(names):
        return _by_name(own, renamed)
    return by_order(own, given)


def _companions(
    own: Sequence[Entry], given: Sequence[Entry], names: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """What is not learned, out of the module that the learned ones of its module come from."""
    modules = {parent(name): parent(other) for name, other in names.items()}
    shapes = {entry.name: entry.shape for entry in given}
    for entry in own:
        if not entry.is_learned and entry.module in modules:
            leaf = entry.name.rpartition(".")[2]
            other = f"{modules[entry.module]}.{leaf}".removeprefix(".")
            if shapes.get(other) == entry.shape:
                yield entry.name, other


def without_wrappers(own: Sequence[Entry], given: Sequence[Entry]) -> dict[str, Entry]:
    """The file's tensors under their names without what wrappers have put before all of them."""
    parts = {entry.name.partition(".")[0] for entry in own}
    cut = 0
    while given:
        heads = {entry.name[cut:].partition(".")[:2] for entry in given}
        if len(heads) > 1:
            break
        head, dot = heads.pop()
        if not dot or head in parts:
            break
        cut += len(head) + 1
    return {entry.name[cut:]: entry for entry in given}


def _by_name(own: Sequence[Entry], given: dict[str, Entry]) -> Match:
    names: dict[str, str] = {}
    misfits: list[Misfit] = []
    for entry in own:
        found = given.get(entry.name)
        if found is not None and found.shape == entry.shape:
            names[entry.name] = found.name
        else:
            misfits.append(Misfit(entry, found))
    known = {entry.name for entry in own}
    misfits += [Misfit(None, entry) for name, entry in given.items() if name not in known]
    return Match(names, tuple(misfits))
