"""Tree to Graph: names, arguments and shapes in one walk."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from archc.diagnostic import Diagnostic, has_errors
from archc.elaborate import calls as calls
from archc.elaborate import composition as composition
from archc.elaborate import copies as copies
from archc.elaborate.blocks import File
from archc.elaborate.declared import declared_twice, hidden_layers
from archc.elaborate.evaluate import Evaluated, evaluate
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.files import Python, open_file
from archc.elaborate.frame import Context, Frame
from archc.elaborate.images import unusual_images
from archc.elaborate.inputs import Entry, read_lines, read_option
from archc.elaborate.names import MAX_STEPS, UNKNOWN, Env, Exhausted, Later, Names, Work
from archc.elaborate.numbering import key, number
from archc.elaborate.scope import Scope
from archc.elaborate.unread import refuse_unread_inputs, warn_of_unread_values
from archc.elaborate.walk import Walker
from archc.errors import composition as composed
from archc.errors import declarations
from archc.errors import files as file_errors
from archc.graph import (
    CallItem,
    Graph,
    Input,
    OutputItem,
    Region,
    Value,
    built_steps,
    largest,
    outputs,
)
from archc.layers.values import Value as ArgumentValue
from archc.probe import Probe
from archc.shape import Shape
from archc.source import Source, Span
from archc.spec import Spec
from archc.syntax import tree as t
from archc.syntax.mentions import dotted_names, names_in, tapped_names
from archc.syntax.parse import parse
from archc.tuples import NamedTuple


class Prepared(NamedTuple):
    """What all networks of a file have in common: its declarations, what enters, the values given
    from outside, what may still be computed, who is asked for modules of others, and what is wrong
    with all that. `file` is None where
    the declarations alone compute too much."""

    tree: t.File
    file: File | None
    entries: tuple[Entry, ...]
    params: tuple[str, ...]
    given: Mapping[str, ArgumentValue]
    work: Work
    probe: Probe
    used: Mapping[str, str]
    paths: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


class Elaborated(NamedTuple):
    """The network of a file, as far as it could be made out, and what is wrong with it."""

    graph: Graph
    diagnostics: tuple[Diagnostic, ...]


def prepare(file: t.File, spec: Spec, probe: Probe, data_shape: Shape | None = None) -> Prepared:
    """Opens a file's declarations and checks its blocks. `probe` is asked for what modules of
    others give; `data_shape` is what the data set gives where nothing else says the input."""
    context = Context(Work(), probe)
    context.work.file = file
    context.report(*declared_twice(file), *hidden_layers(file))
    nothing = (Entry(None, None, _start(file)),)
    prepared = Prepared(file, None, nothing, (), {}, context.work, probe, {}, (), ())
    try:
        settings, problems = _settings(spec)
        names = tuple(item.name.name for item in file.items if isinstance(item, t.Param))
        params = {name: value for name, value in settings.items() if name in names}
        python = Python(spec.allow_python, spec.python_folder, probe)
        opened = open_file(file, spec.folder, params, context.work, python)
        context.report(*problems, *opened.diagnostics)
        entries = tuple(_entries(context, file, opened.file, spec, data_shape))
        _check_blocks(context, opened.file, entries)
        prepared = prepared._replace(
            file=opened.file,
            entries=entries,
            params=names,
            given={name: value for name, value in settings.items() if name not in names},
            used=opened.used,
            paths=opened.paths,
        )
    except Exhausted as exhausted:
        context.report(exhausted.diagnostic)
    return prepared._replace(diagnostics=tuple(context.diagnostics))


def elaborate(prepared: Prepared, spec: Spec) -> Elaborated:
    """The network of a file, or of the block that `spec` names."""
    context = Context(prepared.work, prepared.probe)
    context.work.settled = {}
    start, entries = _start(prepared.tree), prepared.entries
    entry = Value(0, entries[0].shape, start)
    region, call = Region("file", start, {}, (), entry, Value(1, None, start)), None
    if prepared.file is not None:
        try:
            region, call = _network(context, prepared, prepared.file, spec)
        except Exhausted as exhausted:
            context.report(exhausted.diagnostic)
    for item in _second_outputs(region):
        context.report(composed.second_output(item.site, item.name))
    inputs = tuple(
        Input(entry.name, Value(index, entry.shape, entry.site))
        for index, entry in enumerate(entries)
    )
    title = _title(prepared.tree)
    if spec.block is not None:
        title = f"{spec.block} ({title})" if title else spec.block
    graph = Graph(spec.name, title, inputs, region, call)
    context.report(*unusual_images(entries[0].site, graph))
    if built_steps(region) > MAX_STEPS:
        context.report(composed.too_many_steps(largest(region), MAX_STEPS))
    # The walk of what is built knows more of a mistake than the check of the text alone.
    return Elaborated(graph, (*context.diagnostics, *prepared.diagnostics))


def library_networks(file: t.File) -> tuple[str, ...]:
    """The networks of a file without steps: its blocks that are callable without arguments and that
    no other block of it uses."""
    if any(_builds(item) for item in file.items):
        return ()
    blocks = [item for item in file.items if isinstance(item, t.Block)]
    used = {name for block in blocks for name in names_in(block) if name != block.name.name}
    found = (
        block.name.name
        for block in blocks
        if block.name.name not in used
        and all(p.rest or p.default is not None for p in block.parameters)
    )
    return tuple(dict.fromkeys(found))  # a name once, even where two blocks have it


def _network(
    context: Context, prepared: Prepared, file: File, spec: Spec
) -> tuple[Region, CallItem | None]:
    """The region of the file's steps, or of the block that is meant, with its call. Raises
    Exhausted."""
    entries = prepared.entries
    entry = Value(0, entries[0].shape, entries[0].site)
    steps = [item for item in file.tree.items if _is_step(item)] if spec.block is None else []
    frame = Frame(file, number(steps), entry, inputs=len(entries))
    frame.later = tapped_names(steps)
    frame.wanted = dotted_names(steps)
    for index, put in enumerate(entries):
        if put.name is not None:
            frame.name(put.name, Value(index, put.shape, put.site))
    frame.inputs = frame.values
    walker = Walker(context, frame, Scope(file.names), entry)
    if spec.block is not None:
        made = _block_network(walker, spec.block, prepared.given)
        refuse_unread_inputs(context, prepared.entries, prepared.diagnostics, frame, walker.items)
        return made
    for word in prepared.given:
        context.report(file_errors.unknown_setting(_start(file.tree), word, prepared.params))
    if not any(map(_builds, steps)) and not _has_broken(file.tree):
        last = file.tree.items[-1].span if file.tree.items else _start(file.tree)
        context.report(declarations.no_steps(last))
    walker.steps(steps)
    if not (context.broken or _has_broken(file.tree)):
        warn_of_unread_values(context, prepared.tree, frame)
        refuse_unread_inputs(context, prepared.entries, prepared.diagnostics, frame, walker.items)
    site, names = file.tree.span, walker.scope.names
    return Region("file", site, names, tuple(walker.items), entry, walker.value), None


def _block_network(
    walker: Walker, block: str, given: Mapping[str, ArgumentValue]
) -> tuple[Region, CallItem | None]:
    """The region of a block that is called with what is given from outside, and the call."""
    file, entry = walker.frame.file, walker.value
    start = _start(file.tree)
    definition = file.find(block)
    target = walker.resolve(block)
    if definition is None or target is None:
        if file.names.get(block) is not UNKNOWN:
            walker.report(file_errors.unknown_block(start, block, file.known_names()))
        return Region("block", start, {}, (), entry, walker.flow(None, start)), None
    name = definition.block.name
    arguments = tuple(_argument(name.span, *pair) for pair in given.items())
    alias = definition.block.alias
    # The text of an alias is one step, a part as it would be in a file.
    part = number([alias]).names[key(alias)] if isinstance(alias, t.Call) else ""
    calls.build(walker, t.Call(name.span, name, arguments, None), target, part)
    last = walker.items[-1] if walker.items else None
    if isinstance(last, CallItem):
        return last.region, last
    return Region("block", name.span, {}, tuple(walker.items), entry, walker.value), None


def _start(file: t.File) -> Span:
    return file.span._replace(end=0)


def _argument(span: Span, name: str, value: ArgumentValue) -> t.Argument:
    known: t.Expr = Evaluated(span, value)  # type: ignore[assignment]
    return t.Argument(span, "key", name, known)


def _check_blocks(context: Context, file: File, entries: Sequence[Entry]) -> None:
    """Checks every block's text for names, keys and kinds, whether it is used or not."""
    later = (value for value in file.names.values() if isinstance(value, Later))
    context.work.settled = dict.fromkeys(later, UNKNOWN)
    nowhere = {e.name: Value(0, None, e.site) for e in entries if e.name is not None}
    inputs: Env[Value] = Env(nowhere)
    for block in file.blocks.values():
        site = Value(0, None, block.span)
        text = file.text(block)
        frame = Frame(file, text.numbers, site, block.name.name)
        parameters = {parameter.name.name: UNKNOWN for parameter in block.parameters}
        frame.values = inputs.bind({parameter.name.name: site for parameter in block.parameters})
        frame.later = text.tapped
        scope = Scope(file.names.bind(parameters), file.defaults_before(block.span.start))
        before = len(context.diagnostics)
        Walker(context, frame, scope, site, static=True).steps(text.steps)
        # A call of an alias may give what the alias leaves out.
        context.diagnostics[before:] = [
            found
            for found in context.diagnostics[before:]
            if found.code != "E0204" or block.alias is None or found.span != block.alias.span
        ]


def _has_broken(file: t.File) -> bool:
    return any(isinstance(item, t.Broken) for item in file.items)


def _entries(
    context: Context, file: t.File, opened: File, spec: Spec, data_shape: Shape | None
) -> list[Entry]:
    """What enters, by `--input`, else by the file's lines, else by its data set."""
    lines = [item for item in file.items if isinstance(item, t.Input)]
    found = (
        read_option(spec.inputs)
        if spec.inputs
        else read_lines(lines, Names(opened.names, work=context.work))
    )
    context.report(*found.diagnostics)
    if not has_errors(context.diagnostics) and not _has_broken(file):
        # No mistake hides the size: nothing says it before the network is walked along.
        unknown = (entry.site for entry in found.entries if entry.shape is None)
        context.report(*(declarations.bad_input(site, f"`{site.text}`") for site in unknown))
    if found.entries:
        return list(found.entries)
    start = _start(file)
    train = next((item for item in file.items if isinstance(item, t.Train)), None)
    if data_shape is not None:
        return [Entry(None, data_shape, train.span if train else start)]
    broken = any(isinstance(item, t.Broken) and item.word == "input" for item in file.items)
    if not spec.inputs and not broken:
        first = next((item for item in file.items if _is_step(item)), None)
        context.report(declarations.no_input(first.span if first else start))
    return [Entry(None, None, start)]


def _settings(spec: Spec) -> tuple[dict[str, ArgumentValue], list[Diagnostic]]:
    """The values of `--set name=value`, as the language writes them."""
    values: dict[str, ArgumentValue] = {}
    problems: list[Diagnostic] = []
    for text in spec.settings:
        parsed = parse(Source("--set", f"let {text}"))
        problems += parsed.diagnostics
        for item in parsed.file.items:
            if isinstance(item, t.Let):
                try:
                    values[item.name.name] = evaluate(item.value, Names({}))
                except Fault as fault:
                    problems += fault.diagnostics
                except Unknown:
                    pass
    return values, problems


def _is_step(item: t.Item) -> TypeGuard[t.Step]:
    if isinstance(item, t.Broken):
        return item.word not in ("input", "param", "use", "block", "train")
    return not isinstance(item, t.Input | t.Param | t.Use | t.Block | t.Train)


def _builds(item: t.Item) -> bool:
    return _is_step(item) and not isinstance(item, t.Let | t.Default | t.Share)


def _second_outputs(region: Region) -> Iterator[OutputItem]:
    """Outputs whose name there is already, each place once."""
    names: set[str] = set()
    places: set[Span] = set()
    for item in outputs(region.items):
        if item.name in names and item.site not in places:
            places.add(item.site)
            yield item
        names.add(item.name)


def _title(file: t.File) -> str:
    """The comment that opens the text."""
    first = file.span.source.text.split("\n", 1)[0].strip()
    return first.lstrip("# ").rstrip() if first.startswith("#") else ""
