"""How weights start: the initialisations, each with its arguments and its `torch.nn.init` call."""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from archc.layers.base import Call, Term
from archc.layers.kinds import Kind, Number, OneOf, Unfit
from archc.layers.values import Init, Value, Word
from archc.tuples import NamedTuple

_REQUIRED: Any = object()


class _Argument(NamedTuple):
    name: str
    kind: Kind
    default: Value = _REQUIRED


class Initialisation(NamedTuple):
    """`call` makes the `torch.nn.init` call from the arguments in order; its first argument, the
    tensor, is left to whoever writes the call. `fans` tells those that count a weight's inputs and
    outputs, which a vector has not."""

    call: Callable[..., Call]
    arguments: tuple[_Argument, ...] = ()
    fans: bool = False


def _call(name: str, **keywords: object) -> Call:
    terms = tuple((key, Term(value)) for key, value in keywords.items())
    return Call(f"nn.init.{name}_", (), terms)


def _he(name: str) -> Callable[[str], Call]:
    # torch's own default is fan_in with the gain of a leaky relu of slope 0, which is relu's.
    return lambda fan: _call(name, mode=fan, nonlinearity="relu")


def _normal(std: float, mean: float) -> Call:
    return _call("normal", **({"mean": mean} if mean else {}), std=std)


_FAN = _Argument("fan", OneOf(("fan_in", "fan_out")), Word("fan_in"))

INITIALISATIONS: dict[str, Initialisation] = {
    "he": Initialisation(_he("kaiming_normal"), (_FAN,), fans=True),
    "he_u": Initialisation(_he("kaiming_uniform"), (_FAN,), fans=True),
    "xavier": Initialisation(lambda: _call("xavier_normal"), fans=True),
    "xavier_u": Initialisation(lambda: _call("xavier_uniform"), fans=True),
    "normal": Initialisation(
        _normal,
        (_Argument("std", Number(minimum=0)), _Argument("mean", Number(), 0)),
    ),
    "trunc": Initialisation(
        lambda std: _call("trunc_normal", std=std),
        (_Argument("std", Number(minimum=0, zero=False)),),
    ),
    "uniform": Initialisation(
        lambda a: _call("uniform", a=-a, b=a),
        (_Argument("a", Number(minimum=0)),),
    ),
    "zeros": Initialisation(lambda: _call("zeros")),
    "ones": Initialisation(lambda: _call("ones")),
}


def init_call(init: Init) -> Call:
    """The `torch.nn.init` call of an initialisation that a kind has read, the tensor left out."""
    return INITIALISATIONS[init.name].call(*init.values)


class Initial(NamedTuple):
    """How a tensor starts, `none` for torch's own way; reads as Init with all its arguments by
    place. `switch` is for a bias, which can also be left out, `fans` for what is no vector."""

    switch: bool = False
    fans: bool = False

    @property
    def decides_sizes(self) -> bool:
        return False

    def read(self, value: Value, rank: int | None) -> bool | Init | None:
        if self.switch and isinstance(value, bool):
            return value
        if value is None and not self.switch:
            return None
        init = Init(str(value)) if isinstance(value, Word) else value
        if not isinstance(init, Init) or init.name not in self.names:
            raise Unfit(self._expected(init))
        return Init(init.name, tuple(_read(init, rank)))

    def describe(self) -> str:
        switch = "`yes`, `no` or " if self.switch else ""
        return f"{switch}an initialisation such as `{'he(fan_out)' if self.fans else 'zeros'}`"

    @property
    def names(self) -> tuple[str, ...]:
        """The initialisations that fit."""
        return tuple(name for name, way in INITIALISATIONS.items() if self.fans or not way.fans)

    def _expected(self, value: Value) -> str:
        if not isinstance(value, Init):
            return self.describe()
        if value.name in INITIALISATIONS:
            return f"an initialisation for a vector ({', '.join(self.names)})"
        names = ", ".join(f"`{name}`" for name in self.names)
        return f"`yes`, `no` or one of {names}" if self.switch else f"one of {names}"


def _read(init: Init, rank: int | None) -> list[Any]:
    """All arguments of an initialisation in order. Raises Unfit."""
    arguments = INITIALISATIONS[init.name].arguments
    by_name = dict(zip((a.name for a in arguments), init.values, strict=False))
    unknown = {name for name, _ in init.keywords} - {a.name for a in arguments}
    twice = by_name.keys() & {name for name, _ in init.keywords}
    if unknown or twice or len(init.values) > len(arguments):
        raise Unfit(_written(init.name))
    by_name.update(init.keywords)
    read = []
    for name, kind, default in arguments:
        value = by_name.get(name, default)
        if value is _REQUIRED:
            raise Unfit(_written(init.name))
        try:
            read.append(kind.read(value, rank))
        except Unfit as unfit:
            expected = f"{unfit.expected} as the {name} of `{init.name}`"
            raise Unfit(expected, unfit.out_of_range) from None
    return read


def _written(name: str) -> str:
    arguments = [
        a.name if a.default is _REQUIRED else f"{a.name}={a.default}"
        for a in INITIALISATIONS[name].arguments
    ]
    return f"`{name}({', '.join(arguments)})`" if arguments else f"`{name}` without arguments"


Weight: TypeAlias = Annotated[Init | None, Initial(fans=True)]
VectorWeight: TypeAlias = Annotated[Init | None, Initial()]
Bias: TypeAlias = Annotated[bool | Init, Initial(switch=True)]
