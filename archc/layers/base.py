"""What a layer is: one class that declares its arguments, rules, costs and PyTorch text.

Everything else follows from the class: parsing and errors of its arguments, its page, its test
against PyTorch, completion. Subclassing `Layer` registers it under its `word`; a declaration that
lacks something is refused when the class is made.
"""

from collections.abc import Iterator
from math import isqrt
from typing import ClassVar, NoReturn, Self

from archc.layers import index
from archc.layers.code import Call as Call
from archc.layers.code import Code as Code
from archc.layers.code import Term as Term
from archc.layers.code import formula as formula
from archc.layers.cures import AsIds, Cure, Put
from archc.layers.declare import Parameter as Parameter
from archc.layers.declare import arg as arg
from archc.layers.declare import attribute as attribute
from archc.layers.declare import parameters, ports, refuse_incomplete
from archc.layers.kinds import Tied
from archc.layers.registry import LAYERS as LAYERS
from archc.layers.values import Init
from archc.shape import Layout, Shape, describe
from archc.symbolic import Open, Size, product
from archc.tuples import NamedTuple

ALIASES = {alias: word for word, aliases in index.ALIASES.items() for alias in aliases.split()}
"""Names that users of PyTorch or Keras would type, in lower case, with the word used here."""


class Mismatch(Exception):
    """A rule refuses what arrives.

    `message` says what was expected, then what was found. `about` names the argument at fault (the
    whole step otherwise); `help` is an edit that works. `trail` asks for the earlier steps that
    made the shape. `result` is the shape that flows on if the mistake leaves no doubt about it, and
    if there can be such a shape.
    `cures` are changes that would satisfy the rule. `shrank` says that the map has become too small
    for it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        about: str | None = None,
        note: str = "",
        help: str | None = None,
        trail: bool = False,
        result: Shape | None = None,
        cures: tuple[Cure, ...] = (),
        shrank: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.about = about
        self.note = note
        self.help = help
        self.trail = trail
        self.result = result if result and _can_be(result) else None
        self.cures = cures
        self.shrank = shrank


def _can_be(shape: Shape) -> bool:
    return all(size >= 1 for size in shape.dims if isinstance(size, int))


class Tensor(NamedTuple):
    """A tensor of a layer's state dict; buffers are not counted as parameters."""

    name: str
    shape: tuple[Size, ...]
    buffer: bool = False


class Window(NamedTuple):
    """How outputs see inputs, one number a dimension: kernel side, stride, dilation."""

    kernel: tuple[Size, ...]
    stride: tuple[Size, ...]
    dilation: tuple[int, ...]


class Pooled(NamedTuple):
    """What arrives at a port for the places of a pool's maxima: the pool, and the shapes before and
    behind it."""

    pool: "Layer"
    x: Shape
    out: Shape


class Layer:
    """Base of all layers. Instances are immutable: one bound set of arguments.

    A subclass's docstring is its page; its annotated attributes are its arguments, in order. A
    class made with `abstract=True` is no layer: it holds what several have in common.

    An argument of the kind `Port` is another value of the network. It reads as a `Ref`; once it is
    known what arrives there, `with_ports` gives the layer whose rules can be asked: in them a port
    is the arriving Shape, or None where it is not given.
    """

    word: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    ports: ClassVar[tuple[str, ...]]
    """The arguments that name other values of the network."""
    accepts: ClassVar[tuple[Layout, ...]] = ("vector", "first", "last")
    min_rank: ClassVar[int] = 1
    max_rank: ClassVar[int | None] = None
    """The fewest and the most dimensions that positions may have; None for any number."""
    aliases: ClassVar[tuple[str, ...]] = ()
    examples: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    """(step, input, output), e.g. ("pool 2", "64x30x30", "64x15x15")."""
    follows: ClassVar[bool] = False
    """Whether it usually stands behind each of several layers: activations, norms, dropout."""
    gathers: ClassVar[bool] = False
    """Whether several values by place are the list that is the first argument: `permute 2 1`."""
    view: ClassVar[bool] = False
    """Whether the result shares its input's memory."""
    traceable: ClassVar[bool] = True
    """Whether `window` and `growth` say how results see inputs; else nobody knows."""

    def __init_subclass__(cls, word: str | None = None, abstract: bool = False) -> None:
        cls.word = word or cls.__name__.lower()
        cls.parameters = parameters(cls)
        cls.ports = ports(cls)
        if not abstract:
            others = LAYERS.declared.values()
            refuse_incomplete(
                cls, Layer, {n for made in others for n in (made.word, *made.aliases)}
            )
            LAYERS.add(cls)

    def __init__(self, **values: object) -> None:
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    @classmethod
    def accept(cls, x: Shape) -> None:
        """Refuses layouts and numbers of dimensions that the layer cannot take, before its
        arguments are read. Raises Mismatch."""
        other = x.layout not in cls.accepts
        too_many = not other and cls.max_rank is not None and x.rank > cls.max_rank
        too_few = not other and x.layout != "vector" and x.rank < cls.min_rank
        if other or too_many or too_few:
            advice = _advice(cls, x)
            raise Mismatch(
                "E0301",
                f"`{cls.word}` takes {_wanted(cls, too_many)}, got {describe(x)}",
                help=advice.help,
                trail=True,
                cures=advice.cures,
            )

    def with_ports(self, **arriving: Shape | Pooled | Tied | None) -> Self:
        """The same layer with what arrives at its ports, or the weight that it takes."""
        return type(self)(**{**vars(self), **arriving})

    def shape(self, x: Shape) -> Shape:
        """The shape behind the layer. Raises Mismatch."""
        return x

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        """Weights and buffers in torch's order."""
        return ()

    def macs(self, x: Shape, out: Shape) -> Size:
        """Multiply-accumulates at batch 1, borders dense."""
        return 0

    def macs_once(self, x: Shape) -> Size:
        """Multiply-accumulates of a call that do not grow with the number of its examples."""
        return 0

    def window(self, x: Shape) -> Window | None:
        """The receptive field's step; None where each output sees only its own position."""
        return None

    def growth(self, x: Shape) -> tuple[float, ...] | None:
        """Outputs a position, one number a dimension, of what resamples a map: 2 behind `up 2`;
        None for all others."""
        return None

    def code(self, x: Shape) -> Code:
        """The layer in PyTorch."""
        raise NotImplementedError

    def indices(self, x: Shape) -> Call | None:
        """The call that gives the result and, second, the places that a port for indices reads;
        None for layers that have none."""
        return None

    def initialisations(self, x: Shape) -> Iterator[tuple[str, Init]]:
        """How tensors start, by name and in torch's order, where not the module's own way: `w`
        says it for all weights, `bias` for all biases."""
        starts: dict[str, Init] = {}
        for parameter in self.parameters:
            kind = _STARTED.get(parameter.name)
            start = getattr(self, parameter.name) if kind else None
            if kind is None or not isinstance(start, Init):
                continue
            if start != parameter.kind.read(parameter.default, None):
                starts[kind] = start
        for tensor in self.tensors(x) if starts else ():
            found = (start for kind, start in starts.items() if _is_a(kind, tensor))
            yield from ((tensor.name, start) for start in found)

    def term(self, name: str) -> Term:
        """An argument of this layer as PyTorch text takes it: one number where all dimensions
        agree."""
        return Term(_collapsed(getattr(self, attribute(name))), name)

    def options(self, **names: tuple[str, object]) -> tuple[tuple[str, Term], ...]:
        """Keywords of a PyTorch call, `torch_name=(argument, torch's default)`."""
        return tuple(
            (key, Term(_collapsed(getattr(self, attribute(name))), name, _collapsed(default)))
            for key, (name, default) in names.items()
        )


_STARTED = {"w": "weight", "bias": "bias"}
"""The arguments that say how tensors start, and what the names of these begin or end with."""


def spellings(*names: str) -> tuple[str, ...]:
    """Aliases of a layer that PyTorch has in three: `maxpool`, `maxpool1d`, ..."""
    return tuple(name + rank for name in names for rank in ("", "1d", "2d", "3d"))


def _collapsed(value: object) -> object:
    if type(value) is tuple and value and value.count(value[0]) == len(value):
        return value[0]
    return value


def _is_a(kind: str, tensor: Tensor) -> bool:
    """Whether a tensor is a weight or a bias, by its name: `in_proj_weight`, `weight_ih_l0`."""
    last = tensor.name.rpartition(".")[2]
    return not tensor.buffer and (last.startswith(kind) or last.endswith(kind))


_LAST: dict[tuple[int, int | None], str] = {
    (1, 1): "tokens LxC, as `embed` and `tokens` give them",
    (2, 2): "a channels-last map HxWxC, as `hwc` gives it",
}


def _wanted(cls: type[Layer], too_many: bool) -> str:
    ranks = (cls.min_rank, cls.max_rank)
    if too_many and ranks[0] == 1 != ranks[1]:
        return f"at most {cls.max_rank} dimensions behind the channels"
    if cls.accepts == ("first",):
        kind = "map" if cls.min_rank > 1 else "map or sequence"
        return f"a channels-first {kind} such as 3x32x32"
    names = {
        "vector": "a vector",
        "first": "a channels-first sequence CxL" if ranks == (1, 1) else "a channels-first map",
        "last": _LAST.get(ranks, "a channels-last value"),
        "ids": "token ids",
    }
    *most, last = (names[layout] for layout in cls.accepts)
    return f"{', '.join(most)} or {last}" if most else last


class _Advice(NamedTuple):
    """What to do where a layer cannot take what arrives."""

    help: str | None = None
    cures: tuple[Cure, ...] = ()


def _advice(cls: type[Layer], x: Shape) -> _Advice:
    if cls.accepts == ("ids",):
        cures = (AsIds(),) if x.layout == "vector" else ()
        return _Advice("token ids come from an input such as `input 256 int`", cures)
    if x.layout == "ids":
        return _Advice("put `embed` in front: it turns token ids into vectors")
    if cls.max_rank == 1 and x.rank and (x.layout == "last" or "first" not in cls.accepts):
        tokens = Shape((product(x.positions), x.channels), "last")
        return _put("tokens", "it makes a token of each position", tokens)
    if x.layout == "vector" and cls.accepts == ("last",) and cls.max_rank == 1:
        token = Shape((1, x.channels), "last")
        return _put(f"reshape 1x{x} last=yes", "it makes a token of the vector", token)
    if x.layout == "last" and x.rank == 1 and cls.min_rank == cls.max_rank == 2:
        return _put(f"map {_sides(x.dims[0])} | hwc", "it makes a map of the tokens")
    if x.layout == "last" and "first" in cls.accepts:
        first = Shape((x.channels, *x.positions), "first")
        return _put("chw", "it brings the channels first", first)
    if x.layout == "first" and "first" not in cls.accepts and "last" in cls.accepts:
        last = Shape((*x.positions, x.channels), "last")
        return _put("hwc", "it brings the channels last", last)
    if x.layout == "vector" and "first" in cls.accepts:
        return _Advice(
            f"put `{cls.word}` in front of the step that made a vector,"
            f" or make a map of it such as `reshape 1x{_sides(x.numel)}`",
            (Put(f"reshape 1x{_sides(x.numel)}"),) if _is_square(x.numel) else (),
        )
    if x.layout in cls.accepts and cls.max_rank and x.rank > cls.max_rank:
        return _put(f"flatten from={cls.max_rank + 1}", "it joins the last axes")
    return _Advice()


def _put(steps: str, why: str, gives: Shape | None = None) -> _Advice:
    return _Advice(f"put `{steps}` in front: {why}", (Put(steps, gives),))


def _is_square(count: Size) -> bool:
    return isinstance(count, int) and count > 1 and isqrt(count) ** 2 == count


def _sides(count: Size) -> str:
    """A map of so many positions, a square if there is one: `8x8`."""
    if isinstance(count, Open):
        return "[h w]"
    side = isqrt(count)
    rows = side if side * side == count else 1
    return f"{rows}x{count // rows}"
