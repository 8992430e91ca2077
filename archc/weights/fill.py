"""Fills a module with weights, all of them or nothing."""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from archc.diagnostic import ArchError, Diagnostic, Label
from archc.errors import weights as errors
from archc.graph import Graph
from archc.source import Span
from archc.weights.entry import Entry, Match, Misfit
from archc.weights.match import match
from archc.weights.order import Disorder
from archc.weights.read import read
from archc.weights.torchvision import as_registered

if TYPE_CHECKING:
    from torch import Tensor, nn

_SHOWN = 5


def load_weights(
    module: "nn.Module",
    graph: Graph,
    source: "str | os.PathLike[str] | Mapping[str, Any]",
    partial: bool | Iterable[str] = False,
    heads: bool = False,
) -> tuple[Misfit, ...]:
    """Fills the module of a graph from a state dict or its file, and returns what stays as it
    starts.

    With `partial` the tensors that do not fit stay as they start: all of them, or those of the
    parts it names (parts of the file may be named too, if they have none in the network). With
    `heads` those of layers that differ in nothing but the number of their outputs do: such a layer
    is a last one, since the layers behind another one would differ too. Raises ArchError, and
    OSError where the file cannot be opened; the module is unchanged then.
    """
    given = as_registered(read(source), graph.name)
    file = os.path.basename(source) if isinstance(source, str | os.PathLike) else "the state dict"
    report = _Report(graph, file)
    aliases = _aliases(module)
    own = [_entry(name, t) for name, t in module.state_dict().items() if name not in aliases]
    given = _once(given, aliases)
    theirs = [_entry(name, t) for name, t in given.items()]
    try:
        found = match(own, theirs)
    except Disorder as disorder:
        report.other_network(str(disorder), given)
    if not isinstance(partial, bool):
        parts = (partial,) if isinstance(partial, str) else tuple(partial)
        found = _without(found, parts, report)
    allowed = partial is True or (heads and all(map(_is_head, found.misfits)))
    if found.misfits and not allowed:
        report.misfits(found.misfits)
    filled = {name: given[other] for name, other in found.names.items()}
    module.load_state_dict(filled, strict=False)
    return found.misfits


def _is_head(misfit: Misfit) -> bool:
    own, given = misfit
    return own is not None and given is not None and own.shape[1:] == given.shape[1:]


def _entry(name: str, tensor: "Tensor") -> Entry:
    return Entry(name, tuple(tensor.shape))


def _aliases(module: "nn.Module") -> dict[str, str]:
    """Further names of tied parameters, with the first name of each."""
    first: dict[int, str] = {}
    every = module.named_parameters(remove_duplicate=False)
    firsts = ((name, first.setdefault(id(parameter), name)) for name, parameter in every)
    return {name: other for name, other in firsts if name != other}


def _once(given: "Mapping[str, Tensor]", aliases: Mapping[str, str]) -> "dict[str, Tensor]":
    """The file's tensors without further names of one: those that are tied here too and equal, and
    those that lie in the same memory."""
    seen: set[tuple[int, ...]] = set()
    kept = {}
    for name, tensor in given.items():
        first = aliases.get(name, name)
        place = (tensor.data_ptr(), *tensor.shape)
        if first != name and first in given:
            again = tensor.equal(given[first])
        else:
            again = tensor.numel() > 0 and not tensor.is_meta and place in seen
        if not again:
            kept[name if first in given else first] = tensor
        seen.add(place)
    return kept


def _without(found: Match, parts: tuple[str, ...], report: "_Report") -> Match:
    """A match without parts of the network or of the file."""

    def left_out(entry: Entry | None) -> bool:
        return entry is not None and any(f"{entry.name}.".startswith(f"{p}.") for p in parts)

    known = [*found.names, *found.names.values()]
    known += [entry.name for misfit in found.misfits for entry in misfit if entry]
    for part in parts:
        if not any(f"{name}.".startswith(f"{part}.") for name in known):
            report.unknown_part(part, known)
    names = {n: o for n, o in found.names.items() if not left_out(Entry(n, ()))}
    misfits = (m for m in found.misfits if not left_out(m.own) and not left_out(m.given))
    return Match(names, tuple(misfits))


class _Report:
    """What is wrong, at the steps of the network's text."""

    def __init__(self, graph: Graph, file: str) -> None:
        self.graph = graph
        self.file = file

    def misfits(self, misfits: tuple[Misfit, ...]) -> NoReturn:
        sites = {item.name: item.site for item in self.graph.layers()}
        surplus = [entry for own, entry in misfits if own is None and entry]
        placed: list[Label] = []
        more: list[str] = []
        for misfit in misfits[:_SHOWN]:
            site = None if misfit.own is None else _site(misfit.own.name, sites)
            text = _told(misfit, surplus)
            if site is None or (placed and placed[0].span.source != site.source):
                more.append(text)
            else:
                placed.append(Label(site, text))
        if len(misfits) > _SHOWN:
            more.append(f"and {len(misfits) - _SHOWN} more")
        first = placed.pop(0) if placed else Label(self._start(), more.pop(0))
        parts = list(dict.fromkeys(m.own.module for m in misfits if m.own and m.own.module))
        text = first.message
        self._raise(errors.misfits(first.span, self.file, text, placed, more, parts))

    def other_network(self, reason: str, given: Mapping[str, Any]) -> NoReturn:
        names = [name if len(name) <= 60 else f"{name[:60]}..." for name in list(given)[:3]]
        self._raise(errors.other_network(self._start(), self.file, reason, names))

    def unknown_part(self, part: str, names: list[str]) -> NoReturn:
        parts = {name.rsplit(".", cut)[0] for name in names for cut in range(1, 4)}
        self._raise(errors.unknown_part(self._start(), part, sorted(parts)))

    def _start(self) -> Span:
        return self.graph.region.site._replace(end=self.graph.region.site.start)

    def _raise(self, diagnostic: Diagnostic) -> NoReturn:
        raise ArchError([diagnostic])


def _site(name: str, sites: Mapping[str, Span]) -> Span | None:
    """The step that a tensor belongs to."""
    while name and name not in sites:
        name = name.rpartition(".")[0]
    return sites.get(name)


def _told(misfit: Misfit, surplus: list[Entry]) -> str:
    own, given = misfit
    if own and given:
        called = "" if given.name == own.name else f" (`{given.name}`)"
        return f"`{own.name}` is {_size(own)} here, {_size(given)} in the file{called}"
    if own:
        alike = [entry.name for entry in surplus if entry.shape == own.shape]
        hint = f" (is it `{alike[0]}`?)" if alike else ""
        return f"`{own.name}` ({_size(own)}) is not in the file{hint}"
    assert given is not None
    return f"`{given.name}` ({_size(given)}) is in the file alone"


def _size(entry: Entry) -> str:
    return "x".join(map(str, entry.shape)) or "one number"
