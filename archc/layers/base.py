"""What a layer is: one class that declares its arguments, rules, costs and PyTorch text.

Everything else follows from the class: parsing and errors of its arguments, its page, its test
against PyTorch, completion. Subclassing `Layer` registers it under its `word`; a declaration that
lacks something is refused when the class is made.
"""

from collections.abc import Mapping
from math import isqrt
from typing import ClassVar, NamedTuple, NoReturn

from archc.layers.declare import Parameter as Parameter
from archc.layers.declare import arg as arg
from archc.layers.declare import attribute as attribute
from archc.layers.declare import parameters, refuse_incomplete
from archc.layers.values import Init
from archc.shape import Layout, Shape, describe

LAYERS: dict[str, type["Layer"]] = {}
"""Every layer by its word."""

ALIASES: dict[str, str] = {}
"""Names that users of PyTorch or Keras would type, in lower case, with the word used here."""


_NO_DEFAULT = object()


class Mismatch(Exception):
    """A rule refuses what arrives.

    `message` says what was expected, then what was found. `about` names the argument at fault (the
    whole step otherwise); `help` is an edit that works. `trail` asks for the earlier steps that
    made the shape. `result` is the shape that flows on if the mistake leaves no doubt about it.
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
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.about = about
        self.note = note
        self.help = help
        self.trail = trail
        self.result = result


class Tensor(NamedTuple):
    """A tensor of a layer's state dict; buffers are not counted as parameters."""

    name: str
    shape: tuple[int, ...]
    buffer: bool = False


class Window(NamedTuple):
    """How outputs see inputs, one number a dimension: kernel side, stride, dilation."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]


class Term(NamedTuple):
    """An argument in PyTorch text: its value, and where it comes from: the layer's argument of
    that name, a size of the input (`C`), or nothing (a constant of the layer). One that equals
    torch's `default` is not written."""

    value: object
    origin: str = ""
    default: object = _NO_DEFAULT

    @property
    def is_default(self) -> bool:
        """Whether it can be left out; an initialisation follows in a line of its own."""
        return self.value == self.default or isinstance(self.value, Init)


class Call(NamedTuple):
    """`target(terms..., key=term...)` in PyTorch text.

    A target with `{}` in it is a formula instead: its first field is the value, the others are the
    terms in order, as in `"{1} * {0} + {2}"`.
    """

    target: str
    terms: tuple[Term, ...] = ()
    keywords: tuple[tuple[str, Term], ...] = ()


class Code(NamedTuple):
    """A layer in PyTorch.

    With `init` it is a module made in `__init__` and called in `forward`; else `call` is a function
    of the value, its first argument; with neither, the value passes unchanged. `helpers` are
    classes that the text needs, by name.
    """

    init: Call | None = None
    call: Call | None = None
    helpers: tuple[tuple[str, str], ...] = ()


class Layer:
    """Base of all layers. Instances are immutable: one bound set of arguments.

    A subclass's docstring is its page; its annotated attributes are its arguments, in order. A
    class made with `abstract=True` is no layer: it holds what several have in common.
    """

    word: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    accepts: ClassVar[tuple[Layout, ...]] = ("vector", "first", "last")
    max_rank: ClassVar[int | None] = None
    """The most dimensions that positions may have; None for any number."""
    aliases: ClassVar[tuple[str, ...]] = ()
    examples: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    """(step, input, output), e.g. ("pool 2", "64x30x30", "64x15x15")."""
    initials: ClassVar[Mapping[str, tuple[str, ...]]] = {"w": ("weight",), "bias": ("bias",)}
    """The tensors that each argument of an initialisation starts."""
    view: ClassVar[bool] = False
    """Whether the result shares its input's memory."""

    def __init_subclass__(cls, word: str | None = None, abstract: bool = False) -> None:
        cls.word = word or cls.__name__.lower()
        cls.parameters = parameters(cls)
        if not abstract:
            refuse_incomplete(cls, Layer, LAYERS.keys() | ALIASES.keys())
            LAYERS[cls.word] = cls
            ALIASES.update(dict.fromkeys(cls.aliases, cls.word))

    def __init__(self, **values: object) -> None:
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable")

    @classmethod
    def accept(cls, x: Shape) -> None:
        """Refuses layouts and numbers of dimensions that the layer cannot take, before its
        arguments are read. Raises Mismatch."""
        too_many = cls.max_rank is not None and x.layout != "vector" and x.rank > cls.max_rank
        if x.layout not in cls.accepts or too_many:
            raise Mismatch(
                "E0301",
                f"`{cls.word}` takes {_wanted(cls, too_many)}, got {describe(x)}",
                help=_layout_help(cls, x),
                trail=True,
            )

    def shape(self, x: Shape) -> Shape:
        """The shape behind the layer. Raises Mismatch."""
        return x

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        """Weights and buffers in torch's order."""
        return ()

    def macs(self, x: Shape, out: Shape) -> int:
        """Multiply-accumulates at batch 1, borders dense."""
        return 0

    def window(self, x: Shape) -> Window | None:
        """The receptive field's step; None where each output sees only its own position."""
        return None

    def code(self, x: Shape) -> Code:
        """The layer in PyTorch."""
        raise NotImplementedError

    def term(self, name: str) -> Term:
        """An argument of this layer as PyTorch text takes it: one number where all dimensions
        agree."""
        return Term(_collapsed(getattr(self, attribute(name))), name)

    def options(self, **names: tuple[str, object]) -> tuple[tuple[str, Term], ...]:
        """Keywords of a PyTorch call, `torch_name=(argument, torch's default)`."""
        return tuple(
            (key, self.term(name)._replace(default=_collapsed(default)))
            for key, (name, default) in names.items()
        )


def spellings(*names: str) -> tuple[str, ...]:
    """Aliases of a layer that PyTorch has in three: `maxpool`, `maxpool1d`, ..."""
    return tuple(name + rank for name in names for rank in ("", "1d", "2d", "3d"))


def _collapsed(value: object) -> object:
    if type(value) is tuple and value and all(v == value[0] for v in value):
        return value[0]
    return value


def _wanted(cls: type[Layer], too_many: bool) -> str:
    if too_many:
        return f"at most {cls.max_rank} dimensions behind the channels"
    if cls.accepts == ("first",):
        return "a channels-first map or sequence such as 3x32x32"
    names = {
        "vector": "a vector",
        "first": "a channels-first map",
        "last": "a channels-last value",
        "ids": "token ids",
    }
    *most, last = (names[layout] for layout in cls.accepts)
    return f"{', '.join(most)} or {last}" if most else last


def _layout_help(cls: type[Layer], x: Shape) -> str | None:
    if x.layout == "ids":
        return "put `embed` in front: it turns token ids into vectors"
    if x.layout == "last" and "first" in cls.accepts:
        return "put `chw` in front: it brings the channels first"
    if x.layout == "vector":
        side = isqrt(x.numel)
        map_ = f"1x{side}x{side}" if side * side == x.numel else f"1x{x.numel}"
        return (
            f"put `{cls.word}` in front of the step that made a vector,"
            f" or give the input as a map such as {map_}"
        )
    return f"put `flatten from={cls.max_rank + 1}` in front" if cls.max_rank else None
