"""How a layer's class declares its arguments, and what an incomplete declaration is told."""

from collections.abc import Iterator
from typing import Any, ClassVar, get_origin

from archc.layers.kinds import Kind, Named, Optional, Unfit
from archc.layers.values import Value
from archc.tuples import NamedTuple

_REQUIRED: Any = object()


class Parameter(NamedTuple):
    """An argument of a layer as its class declares it."""

    name: str
    kind: Kind
    doc: str
    default: Value
    required: bool
    default_from: str | None

    @property
    def decides_sizes(self) -> bool:
        """Whether the shape behind the layer depends on it: no factor or start of a weight does."""
        kind = self.kind.kind if isinstance(self.kind, Optional) else self.kind
        return self.required or getattr(kind, "decides_sizes", True)


class _Arg(NamedTuple):
    doc: str
    default: Any
    default_from: str | None


def arg(doc: str, default: Any = _REQUIRED, *, default_from: str | None = None) -> Any:
    """Declares an argument; without a default it must be given. `default_from` names another
    argument, declared before, whose value is taken."""
    return _Arg(doc, default, default_from)


def attribute(parameter: str) -> str:
    """The attribute that holds an argument: `in` cannot be one in Python."""
    return parameter + "_" if parameter in ("in", "from") else parameter


def parameters(cls: type) -> tuple[Parameter, ...]:
    """The arguments that a class and those it inherits from declare, in order."""
    return tuple(_parameters(cls))


def ports(cls: type) -> tuple[str, ...]:
    """The names of the arguments that are other values of the network."""
    plain = {
        p.name: p.kind.kind if isinstance(p.kind, Optional) else p.kind for p in parameters(cls)
    }
    return tuple(name for name, kind in plain.items() if isinstance(kind, Named))


def refuse_incomplete(cls: Any, base: type, taken: set[str]) -> None:
    """Raises TypeError where a layer's declaration lacks something or cannot be meant."""
    problem = _bad_arguments(cls) or _unknown_names(cls)
    if problem:
        pass
    elif not cls.__doc__:
        problem = "has no docstring"
    elif cls.code is base.code:  # type: ignore[attr-defined]
        problem = "has no `code`"
    elif not cls.examples:
        problem = "has no examples"
    elif any(step.split("|")[-1].split()[0] != cls.word for step, _, _ in cls.examples):
        problem = f"has an example whose last step does not begin with `{cls.word}`"
    elif double := {cls.word, *cls.aliases} & taken:
        problem = f"takes names that are taken: {sorted(double)}"
    elif cls.word in cls.aliases or len(set(cls.aliases)) < len(cls.aliases):
        problem = "names an alias twice"
    elif any(name != name.lower() for name in cls.aliases):
        problem = "has an alias that is not in lower case"
    if problem:
        raise TypeError(f"layer {cls.__name__} {problem}")


def _annotations(cls: type) -> Iterator[tuple[type, str, Any]]:
    for owner in reversed(cls.__mro__[:-1]):
        for name, annotation in owner.__annotations__.items():
            origin: Any = get_origin(annotation)
            if origin is not ClassVar:
                yield owner, name, annotation


def _parameters(cls: type) -> Iterator[Parameter]:
    for owner, name, annotation in _annotations(cls):
        declared = vars(owner).get(name)
        if isinstance(declared, _Arg) and hasattr(annotation, "__metadata__"):
            required = declared.default is _REQUIRED and declared.default_from is None
            default = None if declared.default is _REQUIRED else declared.default
            kind: Kind = annotation.__metadata__[0]
            yield Parameter(
                name.rstrip("_"), kind, declared.doc, default, required, declared.default_from
            )


def _unknown_names(cls: type) -> str | None:
    """A misspelt method or class attribute would never be read."""
    arguments = {name for _, name, _ in _annotations(cls)}
    inherited = {name for owner in cls.__mro__[1:-1] for name in vars(owner)}
    announced = {name for owner in cls.__mro__[1:-1] for name in owner.__annotations__}
    public = {name for name in vars(cls) if not name.startswith("_")}
    if unknown := public - arguments - inherited - announced:
        return f"has unknown names {sorted(unknown)}"
    if hidden := public & arguments & inherited:
        return f"has arguments that hide what it inherits: {sorted(hidden)}"
    return None


def _bad_arguments(cls: type) -> str | None:
    for _, name, annotation in _annotations(cls):
        declared_somewhere = any(isinstance(vars(c).get(name), _Arg) for c in cls.__mro__)
        if not declared_somewhere or not hasattr(annotation, "__metadata__"):
            return f"declares `{name}` without `arg(...)` or without a kind"
    declared = parameters(cls)
    before: set[str] = set()
    for parameter in declared:
        if parameter.default_from is not None and parameter.default_from not in before:
            return f"takes `{parameter.name}` from `{parameter.default_from}`, not declared before"
        before.add(parameter.name)
        if parameter.required or parameter.default_from is not None:
            continue
        try:
            parameter.kind.read(parameter.default, 1)
        except Unfit as unfit:
            return f"has a default for `{parameter.name}` that is not {unfit.expected}"
    return None
