"""Reads the lines of `train`, those of the file and those of the command line alike."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from archc import datasets
from archc.diagnostic import Diagnostic
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.names import Exhausted, Names
from archc.errors import training as errors
from archc.layers.kinds import Kind, Number, OneOf, Whole
from archc.layers.values import Value
from archc.recipe import metrics
from archc.recipe.choice import Choice
from archc.recipe.kinds import Below1, Either, NameKind, Several, Statistics, Text
from archc.recipe.line import Line, choice, entry_of, spelling, with_options
from archc.recipe.losses import LOSSES
from archc.recipe.model import Recipe
from archc.recipe.optimizers import OPTIMIZERS
from archc.recipe.schedules import SCHEDULES
from archc.recipe.table import FUNCTION, PYTHON, Entry, Option, Table
from archc.recipe.transforms import AUGMENTS, PREPARES
from archc.syntax import tree

TABLES = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES, "loss": LOSSES}
PIPES = {"prepare": PREPARES, "augment": AUGMENTS}

NUMBERS: Mapping[str, Kind] = {
    "epochs": Whole(1),
    "batch": Whole(1),
    "seed": Whole(0),
    "val": Number(0, 0.9),
    "accumulate": Whole(1),
    "clip": Number(0),
    "ema": Below1(),
    "mixup": Number(0),
    "cutmix": Number(0),
    "stop": Whole(0),
}

KEYS = ("data", "normalize", *PIPES, *TABLES, *NUMBERS, "weights", "freeze", "lr", "metrics")

_FILE = Text("a path")
SOURCES: Mapping[str, Text] = {"folder": _FILE, "npz": _FILE, "python": FUNCTION}
"""What stands behind the words of `data` that say where the data is."""

_METRICS = Either((NameKind("metric"), Several(NameKind("metric"))))
_PART = Either((NameKind("part"), Text("its name")))


def read(
    train: tree.Train | None,
    names: Mapping[str, Value] | None = None,
    options: Sequence[tree.Call] = (),
) -> tuple[Recipe, tuple[Diagnostic, ...]]:
    """The recipe of a file and its mistakes; a line that is wrong counts as not said.

    `options` are lines of the command line: each replaces the file's line of its key, but
    `optimizer` without a name only changes the options of the file's optimizer.
    """
    problems: list[Diagnostic] = []
    lines = _lines(train.body.steps if train else (), problems)
    for option in options:
        key = _key(option)
        lines[key] = _merged(lines[key], option) if key in lines else option
    said: dict[str, Any] = {}
    fields: dict[str, Any] = {"further": (), "rates": ()}
    place = Names(names or {})
    for key, line in lines.items():
        try:
            for field, value in _read_line(line, place).items():
                fields[field] = fields[field] + value if field in ("further", "rates") else value
            said[key] = line.span
        except Fault as fault:
            problems += fault.diagnostics
        except Exhausted as exhausted:
            problems.append(exhausted.diagnostic)
        except Unknown:
            pass  # The mistake behind it is reported at its own place.
    recipe = Recipe(spans=tuple(said.items()))._replace(**fields)
    if "normalize" not in said and recipe.reconstructs:
        recipe = recipe._replace(normalize="")
    return recipe, tuple(problems)


def _lines(steps: Iterable[tree.Step], problems: list[Diagnostic]) -> dict[str, tree.Call]:
    """The lines by their keys."""
    lines: dict[str, tree.Call] = {}
    waiting = deque(steps)
    while waiting:
        step = waiting.popleft()
        if isinstance(step, tree.Broken):
            continue  # it is said already
        if isinstance(step, tree.Labelled) and isinstance(step.step, tree.Call):
            problems.append(errors.colon_behind_key(step.label.span, step.step.span))
            step = _without_colon(step.label, step.step)
        if (place := _second_key(step)) is not None:
            assert isinstance(step, tree.Call)
            second = step.arguments[place].value
            assert isinstance(second, tree.Name)
            problems.append(errors.second_key(second.span))
            whole = second.span.to(step.span)
            rest = tree.Call(whole, second, step.arguments[place + 1 :], step.body)
            waiting.appendleft(rest)
            line = step.name.span.to(step.arguments[place - 1].span)
            step = tree.Call(line, step.name, step.arguments[:place], None)
        if not isinstance(step, tree.Call) or (step.body and step.name.name in (*TABLES, *NUMBERS)):
            inner = step.body.span if isinstance(step, tree.Call) and step.body else None
            problems.append(errors.not_a_line(step.span, inner))
        elif (first := lines.get(key := _key(step))) is not None:
            problems.append(errors.given_twice(step.name.span, key, first.name.span))
        else:
            lines[key] = step
    return lines


_OF_NAMES = ("freeze", "lr", "metrics", "loss")


def _second_key(step: tree.Step) -> int | None:
    """Where a second line begins in `epochs 3 batch 32`; names may be those of parts or metrics."""
    if not isinstance(step, tree.Call) or step.name.name in _OF_NAMES:
        return None
    for place, argument in enumerate(step.arguments):
        word = argument.value.name if isinstance(argument.value, tree.Name) else ""
        # `sgd lr .1` misses a sign instead.
        if place and argument.form == "place" and word in KEYS and word != "lr":
            return place
    return None


def _without_colon(key: tree.Name, rest: tree.Call) -> tree.Call:
    """`optimizer: adam lr=.1` as the line that was meant."""
    first = tree.Argument(rest.name.span, "place", None, rest.name)
    return tree.Call(key.span.to(rest.span), key, (first, *rest.arguments), rest.body)


def _key(line: tree.Call) -> str:
    """What only one line may say: `epochs`, `loss aux`, `lr stem`."""
    key = line.name.name
    first = next((a.value.span.text for a in line.arguments if a.form == "place"), "")
    if _further_loss(line) or (key == "lr" and first):
        return f"{key} {first.strip(chr(34))}"
    return key


def _further_loss(line: tree.Call) -> bool:
    """`loss aux cross_entropy`, beside the loss of the final output."""
    places = [a.value.span.text for a in line.arguments if a.form == "place"]
    return line.name.name == "loss" and len(places) > 1 and places[0] != PYTHON.name


def _merged(line: tree.Call, option: tree.Call) -> tree.Call:
    if option.name.name != "optimizer" or any(a.form == "place" for a in option.arguments):
        return option
    given = {argument.name for argument in option.arguments}
    kept = (a for a in line.arguments if a.form == "place" or a.name not in given)
    return line._replace(arguments=(*kept, *option.arguments))


def _read_line(call: tree.Call, names: Names) -> dict[str, Any]:
    """The fields of a recipe that a line says."""
    key = call.name.name
    option = _option_of_a_line(call)
    if option is not None:
        raise Fault(errors.option_of_a_line(call.span, *option, call.arguments[-1].span))
    if key not in KEYS:
        raise Fault(errors.unknown_key(call.name.span, key, KEYS))
    line = Line(call, names)
    if key in NUMBERS:
        return {key: line.only(NUMBERS[key])}
    if _further_loss(call):
        return {"further": (_further(line),)}
    if key in TABLES:
        return {key: choice(line, TABLES[key])}
    if key in PIPES:
        return {key: _pipe(line)}
    return _READERS[key](line)


def _option_of_a_line(call: tree.Call) -> tuple[str, str] | None:
    """The option of another line that has one of its own, `momentum .9` or `weight decay 1e-4`,
    and the line's key."""
    words = [call.name, *(a.value for a in call.arguments[:-1])]
    name = "_".join(word.name for word in words if isinstance(word, tree.Name))
    line = next((line for line, options in _OPTIONS.items() if name in options), None)
    valued = bool(call.arguments) and call.arguments[-1].form == "place"
    return (name, line) if line and valued else None


_OPTIONS = {
    "optimizer": ("learning_rate", "momentum", "weight_decay", "betas", "nesterov", "amsgrad"),
    "schedule": ("warmup", "gamma", "step_size", "milestones"),
    "loss": ("label_smoothing", "target", "ignore_index"),
}
"""Options that are written as lines elsewhere, by the lines that take them here."""


def _normalize(line: Line) -> dict[str, Any]:
    first = line.call.arguments[0] if line.call.arguments else None
    if first is not None and isinstance(first.value, tree.ListOf):
        statistics = Statistics().describe()
        raise line.unfit(first.span, line.key, statistics, f"`{first.span.text}`", "auto")
    return {"normalize": str(line.only(Statistics()))}


def _weights(line: Line) -> dict[str, Any]:
    return {"weights": line.only(_FILE)}


def _data(line: Line) -> dict[str, Any]:
    arguments = line.call.arguments
    place = arguments[0].value.span if arguments else line.call.span
    if (source := SOURCES.get(place.text)) is not None:
        rest = line._replace(call=line.call._replace(arguments=arguments[1:]))
        return {"data": place.text, "source": rest.only(source)}
    if (reason := datasets.REFUSED.get(place.text.lower())) is not None:
        what = f"data set `{place.text}`"
        raise Fault(errors.refused_name(place, what, reason, datasets.COMMON))
    if place.text.startswith('"'):
        raise Fault(errors.bare_path(place, place.text.strip('"')))
    found = datasets.find(place.text)
    if found is not None:
        choices = with_options(line, _entry(found), arguments[1:], found.name)
        return {"data": found.name, "source": None, "choices": choices.options}
    spelled = spelling(arguments[0].value) if arguments else None
    text = place.text.strip('"')
    quoted = datasets.known_as(text) if text != place.text else None
    if quoted is not None:
        found_text = f"the text {place.text}"
        raise line.unfit(place, line.key, NameKind("data set").describe(), found_text, quoted)
    name = spelled or str(line.only(NameKind("data set")))
    known = (*datasets.DATASETS, *SOURCES)
    meant = datasets.known_as(name) or ""
    raise Fault(errors.unknown_name(place, "data set", name, known, meant, datasets.COMMON))


def _entry(dataset: datasets.DataSet) -> Entry:
    """A data set with the options that it has; the first may stand without its name."""
    options = tuple(Option(name, OneOf(words)) for name, words in dataset.choices)
    return Entry(dataset.name, dataset.torchvision, options, options[0].name if options else None)


def _pipe(line: Line) -> tuple[Choice, ...]:
    call = line.call
    table = PIPES[line.key]
    if call.body is None or call.arguments:
        expected = "transforms in braces, `{ crop 32 pad=4 | flip }`"
        inside = call.span._replace(start=call.arguments[0].span.start) if call.arguments else None
        instead = f"{line.key} {{ {inside.text} }}" if inside and call.body is None else None
        raise line.unfit(call.span, line.key, expected, "none", instead)
    transforms: list[Choice] = []
    problems: list[Diagnostic] = []
    for step in call.body.steps:
        if isinstance(step, tree.Broken):
            continue  # it is said already
        try:
            transforms.append(_transform(step, line.names, table))
        except Fault as fault:
            problems += fault.diagnostics
    if problems:
        raise Fault(*problems)
    if len(transforms) < len(call.body.steps):
        raise Unknown
    return tuple(transforms)


def _transform(step: tree.Step, names: Names, table: Table) -> Choice:
    if not isinstance(step, tree.Call) or step.body:
        raise Fault(errors.not_a_line(step.span))
    entry = entry_of(table, step.name.name, step.name.span)
    return with_options(Line(step, names), entry, step.arguments, entry.name)


def _further(line: Line) -> tuple[str, Choice]:
    """The loss of a further output, with the output's name."""
    output, *rest = line.call.arguments
    name = str(line.fit("loss", NameKind("further output"), output))
    found = choice(line._replace(call=line.call._replace(arguments=tuple(rest))), LOSSES)
    assert found is not None
    return name, found


def _freeze(line: Line) -> dict[str, Any]:
    arguments = line.call.arguments
    if not arguments or any(argument.form != "place" for argument in arguments):
        raise line.unfit(line.call.span, "freeze", "the names of parts", "none")
    return {"freeze": tuple(str(line.fit("freeze", _PART, each)) for each in arguments)}


def _metrics(line: Line) -> dict[str, Any]:
    """Names, one behind the other or as a list."""
    arguments = line.call.arguments
    if not arguments or any(argument.form != "place" for argument in arguments):
        raise line.unfit(line.call.span, "metrics", "the names of metrics", "none")
    found: list[str] = []
    for argument in arguments:
        read = line.fit("metrics", _METRICS, argument)
        for name in read if isinstance(read, tuple) else (read,):
            if str(name) in metrics.ALWAYS:
                reason = "accuracy and loss are always scored"
                what = f"metric `{name}`"
                raise Fault(errors.refused_name(argument.value.span, what, reason, metrics.NAMES))
            if not metrics.known(str(name)):
                span = argument.value.span
                raise Fault(errors.unknown_name(span, "metric", str(name), metrics.NAMES))
            found.append(str(name))
    return {"metrics": tuple(dict.fromkeys(found))}


def _rate(line: Line) -> dict[str, Any]:
    arguments = line.call.arguments
    if len(arguments) != 2 or any(argument.form != "place" for argument in arguments):
        if len(arguments) == 1 and isinstance(arguments[0].value, tree.Literal):
            raise Fault(
                errors.option_of_a_line(line.call.span, "lr", "optimizer", arguments[0].span)
            )
        expected = "a part and the factor of its learning rate, `lr stem .1`"
        raise line.unfit(line.call.span, "lr", expected, f"`{line.call.span.text}`")
    part = str(line.fit("lr", _PART, arguments[0]))
    return {"rates": ((part, line.fit("lr", Number(0), arguments[1])),)}


_READERS: Mapping[str, Callable[[Line], dict[str, Any]]] = {
    "data": _data,
    "normalize": _normalize,
    "weights": _weights,
    "freeze": _freeze,
    "lr": _rate,
    "metrics": _metrics,
}
