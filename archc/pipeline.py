"""The pipeline on one screen: text to Tree to Graph, and what is wrong on the way.

Cost, emission and drawing take the Graph from here; each is asked for where its result is wanted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from math import prod

from archc import recipe
from archc.collection import without_collection
from archc.diagnostic import ArchError, Diagnostic, has_errors, in_order
from archc.elaborate import elaborate, library_networks, prepare
from archc.errors import foreign as errors
from archc.graph import Graph
from archc.probe import Probe
from archc.recipe import Recipe
from archc.shape import Shape
from archc.source import Source, Span
from archc.spec import Spec
from archc.symbolic import Open
from archc.syntax import tree
from archc.syntax.parse import parse
from archc.tuples import NamedTuple

Dims = tuple[int | None, ...]


class Report(NamedTuple):
    """What a check finds. `input` and `output` are shapes without the batch, by name where there
    are several, an open size as None; None behind a mistake or where a shape is not known, as are
    `parameters`. `train_outputs` are returned in training besides."""

    ok: bool
    input: Dims | dict[str, Dims | None] | None
    output: Dims | dict[str, Dims] | None
    train_outputs: dict[str, Dims]
    parameters: int | None
    diagnostics: tuple[Diagnostic, ...]


class Analysis(NamedTuple):
    """What a spec means. The graph's shapes behind a mistake are unknown."""

    source: Source
    block: str | None
    file: tree.File
    graph: Graph
    recipe: Recipe
    diagnostics: tuple[Diagnostic, ...]
    used: Mapping[str, str]
    files: tuple[str, ...]
    """The paths of the files that it uses."""

    def report(self) -> "Report":
        """What the check says, for programs."""
        inputs = {put.name or "x": _dims(put.value.shape) for put in self.graph.inputs}
        several = len(inputs) > 1
        outputs = (
            {name: _sizes(shape) for name, shape in self.graph.outputs.items()}
            if self.known
            else {}
        )
        train = self.graph.train_outputs if self.known else {}
        return Report(
            self.ok,
            inputs if several else next(iter(inputs.values())),
            outputs if len(outputs) > 1 else next(iter(outputs.values()), None),
            {name: _sizes(shape) for name, shape in train.items()},
            self.graph.parameters if self.known else None,
            self.diagnostics,
        )

    @property
    def outcome(self) -> str:
        """`3x32x32 -> 10, 62,006 parameters`, with names where there are several inputs or
        outputs."""
        graph = self.graph
        inputs = [f"{put.name} {put.value.shape}" for put in graph.inputs if put.name]
        before = ", ".join(inputs) if len(graph.inputs) > 1 else str(graph.input)
        if not self.known:
            return f"{before} -> an unknown shape"
        outputs = [f"{name} {shape}" for name, shape in graph.outputs.items()]
        behind = ", ".join(outputs) if len(outputs) > 1 else str(graph.output)
        return f"{before} -> {behind}, {graph.parameters:,} parameters"

    @property
    def ok(self) -> bool:
        """Whether there is no mistake (warnings do not count)."""
        return not has_errors(self.diagnostics)

    @property
    def known(self) -> bool:
        """Whether there is a network to build: there is no mistake, and no module whose shape
        nobody could tell."""
        return self.ok and not any(map(errors.is_unknown, self.diagnostics))

    def network(self) -> Graph:
        """The network to build. Raises ArchError."""
        if not self.known:
            raise ArchError(map(errors.needed, self.diagnostics))
        return self.graph


def analyse(spec: Spec, options: Sequence[tree.Call] = (), probe: Probe | None = None) -> Analysis:
    """Checks a spec. `options` are lines of `train` given from outside; a `probe` is given where
    several specs are to share one."""
    with without_collection(), _asking(probe) as asked:
        return _Reading(spec, asked, options).analysis(spec)


def analyse_each(spec: Spec, probe: Probe | None = None) -> tuple[Analysis, ...]:
    """Checks each network of a spec: a file without steps may have several."""
    with without_collection(), _asking(probe) as asked:
        reading = _Reading(spec, asked)
        blocks = library_networks(reading.parsed.file) if spec.block is None else ()
        if not blocks:
            return (reading.analysis(spec),)
        return tuple(reading.analysis(spec._replace(block=name, name=name)) for name in blocks)


def unreadable(error: ArchError) -> Analysis:
    """What to say of a file that is not a text."""
    source = error.diagnostics[0].span.source
    empty = analyse(Spec(source._replace(text=""), source.name))
    return empty._replace(source=source, diagnostics=error.diagnostics)


def _asking(probe: Probe | None) -> AbstractContextManager[Probe]:
    """The probe that is given, or else one of one's own, which ends."""
    return Probe() if probe is None else nullcontext(probe)


class _Reading:
    """A spec's text, read once for all its networks."""

    def __init__(self, spec: Spec, probe: Probe, options: Sequence[tree.Call] = ()) -> None:
        self.parsed = parse(spec.source)
        items = self.parsed.file.items
        train = next((item for item in items if isinstance(item, tree.Train)), None)
        self.settings, self.problems = recipe.read(train, options=options)
        images = recipe.image_shape(self.settings)
        self.prepared = prepare(self.parsed.file, spec, probe, images)

    def analysis(self, spec: Spec) -> Analysis:
        """What the text means as the network that `spec` names."""
        made = elaborate(self.prepared, spec)
        region = made.graph.region
        wrong = (*self.parsed.diagnostics, *made.diagnostics)
        problems = (
            *wrong,
            *self.problems,
            *recipe.check(
                self.settings,
                region.entry.shape,
                region.exit.shape,
                input_span=region.entry.site,
                output_span=region.exit.site if region.items else None,
                single_value_norm=single_value_norm(made.graph),
                graph=None if has_errors(wrong) else made.graph,
            ),
        )
        return Analysis(
            spec.source,
            spec.block,
            self.parsed.file,
            made.graph,
            self.settings,
            _said(problems),
            self.prepared.used,
            self.prepared.paths,
        )


def _said(problems: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """What is wrong, in order, each mistake once."""
    if len(problems) < 2:
        return problems
    from archc.overlaps import untangled  # where something is wrong: a check starts sooner

    return tuple(in_order(untangled(problems)))


def network(spec: Spec, probe: Probe | None = None) -> Graph:
    """The network of a spec without mistakes. Raises ArchError."""
    return analyse(spec, probe=probe).network()


def _dims(shape: Shape | None) -> Dims | None:
    return None if shape is None else _sizes(shape)


def _sizes(shape: Shape) -> Dims:
    return tuple(None if isinstance(size, Open) else size for size in shape.dims)


def single_value_norm(graph: Graph) -> Span | None:
    """The first batch norm that sees one value a channel and example."""
    for item in graph.distinct_layers():
        if item.word == "bn" and prod(item.input_shape.positions) == 1:
            return item.site
    return None


def variants(spec: Spec, found: Analysis, probe: Probe) -> dict[str, Iterator[Graph]]:
    """The network at other values of each number or yes-no parameter that is left open, made when
    they are asked for."""
    parameters = _open_parameters(spec, found)
    return {name: _at_others(spec, name, value, probe) for name, value in parameters}


def _open_parameters(spec: Spec, found: Analysis) -> list[tuple[str, int | float | bool]]:
    """The parameters of the network's block, or a file's, with their values here: as many as the
    network is small enough for."""
    graph = found.graph
    given = {setting.partition("=")[0].strip() for setting in spec.settings}
    if graph.call is not None:
        args = graph.call.args.items()
        named = [(name, a.value) for name, a in args if a.source == "layer" or name in given]
    else:
        params = [item.name.name for item in found.file.items if isinstance(item, tree.Param)]
        bindings = graph.region.bindings
        named = [(name, bindings[name]) for name in params if name in bindings]
    layers = sum(1 for _ in graph.distinct_layers())
    most = min(_MOST, _LAYERS // max(1, layers))
    return [(name, value) for name, value in named if isinstance(value, int | float)][:most]


_MOST = 8
"""Parameters that a class may take: each costs a few elaborations and drafts."""

_LAYERS = 4_000
"""Layers that those elaborations may have: a network of so many that differ takes one parameter."""


def _at_others(spec: Spec, name: str, value: float, probe: Probe) -> Iterator[Graph]:
    """The network at a few other values of a parameter, those that are accepted."""
    others: tuple[object, ...]
    if isinstance(value, bool):
        others = ("no" if value else "yes",)
    elif isinstance(value, int):
        others = (value + 1, 1, 10 * value + 3, 2 * value, value // 2)
    else:
        others = (value / 2, 1.0, 2 * value, value + 0.125, 0.0)
    for other in dict.fromkeys(others):
        if other == value:
            continue
        settings = (*spec.settings, f"{name}={other}")
        found = analyse(spec._replace(settings=settings), probe=probe)
        if found.known:
            yield found.graph
