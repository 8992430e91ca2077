"""Modules of others: any of `torch.nn`, and Python layers."""

from collections.abc import Callable, Mapping

from archc.layers.base import ALIASES, LAYERS, Call, Code, Layer, Mismatch, Tensor, Term
from archc.probe import Construction, Ran, Refused, Silent
from archc.shape import Layout, Shape
from archc.symbolic import Size

Ask = Callable[[Construction, tuple[int, ...], bool], Ran | Refused | Silent]
"""What runs a module: its construction, the sizes that it gets, and whether they are of ids."""


class UnknownShape(Mismatch):
    """Nobody could tell what a module gives; the message says why."""

    def __init__(self, reason: str) -> None:
        super().__init__("W0105", reason)


class Foreign(Layer, word="nn.NAME", abstract=True):
    """Any module of `torch.nn` by its name there. It takes the arguments of its class in their
    order: numbers, `yes` and `no`, `none`, texts and bare words, and lists, which become tuples.

    Its shape and its tensors are found by running it: a child process makes the module and calls
    it, forward and backward, with a batch of 2 in training mode, within 4 GiB of memory and 20
    seconds. The child needs torch; `ARCHC_PYTHON` names a Python that has it if the running one has
    not. Where there is none, or no answer, the shape is unknown from there on: `check` warns and
    checks all else, other commands stop. Where sizes are open it is run for two of each: a size
    behind it that stays, or equals one of them, is known.

    A value with as many dimensions as the one that arrived keeps its layout. With more or fewer of
    them, one dimension is a vector, and several are channels last if they were so before, or made
    of token ids; else the channels come first. MACs count as none, and what a result sees of the
    input is not known. Refused are modules that take several values, give none or several tensors,
    or make their tensors at the first call, and with them containers and losses.

    A Python layer is such a class from elsewhere: `use python "pkg.module:Class" as gate` makes
    `gate` a step. Its module is imported with `--allow-python` alone (in Python
    `allow_python=True`), and found as Python finds it, in the project's folder before all others. A
    run has no copy of it: its `config.json` says in which folder it lies.
    """

    accepts = ("vector", "first", "last", "ids")
    traceable = False
    examples = (
        ("nn.Hardshrink lambd=.3", "8x4x4", "8x4x4"),
        ("nn.Unfold 3 padding=1", "3x8x8", "27x64"),
        ("nn.Unflatten 1 [8 4 4]", "128", "8x4x4"),
        ("nn.TransformerEncoderLayer C 4 batch_first=yes", "16x64", "16x64"),
    )

    called: str
    """The step's word."""
    made: Construction
    origins: tuple[str, ...]
    """The parameters that `made.values` are for, as far as they are known."""
    ask: Ask

    def shape(self, x: Shape) -> Shape:
        """Raises Mismatch, and UnknownShape where there is no answer. Where sizes are open it asks
        for two of each: what stays is a number, and what follows one of them is that one."""
        asked = _samples(x)
        ran: list[Ran] = []
        for sizes in asked:
            answer = self._answer(x, sizes)
            if isinstance(answer, Silent):
                raise UnknownShape(answer.reason)
            if isinstance(answer, Refused):
                if x.open:
                    raise UnknownShape(f"`{self.called}` refuses {sizes} for {x}")
                raise self._refusal(answer, x)
            ran.append(answer)
        given = dict(zip(zip(*asked, strict=True), x.dims, strict=True))
        behind = zip(*(one.sizes for one in ran), strict=False)
        return Shape(tuple(_followed(size, given) for size in behind), _layout(x, ran[0]))

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        answer = self._answer(x, _samples(x)[0])
        held = answer.tensors if isinstance(answer, Ran) else ()
        return tuple(Tensor(t.name, t.shape, buffer=not t.counted) for t in held)

    def code(self, x: Shape) -> Code:
        cls = self.made.cls
        origins = (*self.origins, *[""] * len(self.made.values))
        terms = tuple(map(Term, self.made.values, origins))
        keywords = tuple((key, Term(value, key)) for key, value in self.made.keys)
        target = f"nn.{cls.name}" if cls.of_torch else f"{cls.module}:{cls.name}"
        return Code(init=Call(target, terms, keywords))

    def kinds(self, x: Shape) -> frozenset[str]:
        """The classes of `torch.nn` in the module, which a loop over all modules reaches too."""
        answer = self._answer(x, _samples(x)[0])
        return answer.kinds if isinstance(answer, Ran) else frozenset()

    def _answer(self, x: Shape, sizes: tuple[int, ...]) -> Ran | Refused | Silent:
        return self.ask(self.made, sizes, x.layout == "ids")

    def _refusal(self, answer: Refused, x: Shape) -> Mismatch:
        own = instead(self.made.cls.name) if self.made.cls.of_torch else None
        if answer.stage == "result":
            wanted = "expected a module that makes one tensor of one"
            return Mismatch(
                "E0250", f"{wanted}, got `{self.called}`, which {answer.reason}", help=own
            )
        ran = answer.stage == "call"
        note = f"called with a batch of 2, {(2, *x.dims)}" if ran else ""
        message = f"`{self.called}` fails: {answer.reason}"
        return Mismatch("E0251", message, note=note, help=own, trail=ran)


def instead(name: str) -> str | None:
    """What to write for a module of `torch.nn` that is a layer here."""
    word = name.lower().removeprefix("nn.").removeprefix("lazy").removesuffix("cell")
    word = ALIASES.get(word, word)
    if word in LAYERS:
        return f"`{word}` does this here: `archc layers {word}` shows it"
    return None


def _samples(x: Shape) -> tuple[tuple[int, ...], ...]:
    """The sizes that a module is asked for: those that arrive, or two of each open one."""
    if not x.open:
        return (tuple(size for size in x.dims if isinstance(size, int)),)
    return tuple(
        tuple(size if isinstance(size, int) else first + 8 * i for i, size in enumerate(x.dims))
        for first in (64, 136)
    )


def _followed(sizes: tuple[int, ...], given: Mapping[tuple[int, ...], Size]) -> Size:
    """The size that came out as these numbers. Raises UnknownShape."""
    if all(size == sizes[0] for size in sizes):
        return sizes[0]
    if sizes not in given:
        raise UnknownShape("it follows an open size in a way that two calls do not tell")
    return given[sizes]


def _layout(x: Shape, answer: Ran) -> Layout:
    """The layout of what a module gives."""
    if answer.whole:
        return "ids"
    if len(answer.sizes) == 1:
        return "vector"
    return "last" if x.layout in ("ids", "last") else "first"
