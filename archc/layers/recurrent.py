"""Recurrent layers."""

from typing import Annotated, ClassVar, TypeAlias

from archc.layers.base import Call, Code, Layer, Tensor, Term, Window, arg
from archc.layers.kinds import Count, Flag, OneOf, Probability, Whole
from archc.layers.values import Word
from archc.layers.windows import everywhere
from archc.shape import Shape, vector
from archc.symbolic import Size

Depth: TypeAlias = Annotated[int, Whole(1, 1000)]
Out: TypeAlias = Annotated[str, OneOf(("seq", "last"))]


class _Recurrent(Layer, abstract=True):
    """What carries a state from token to token."""

    c: Count = arg("channels of the state")
    layers: Depth = arg("layers, each on top of the one before", 1)
    bi: Flag = arg("whether a second one goes backwards, beside each layer", False)
    p: Probability = arg("probability of 0 between layers, in training", 0)
    out: Out = arg(
        "`seq` for the last layer's state at each token, `last` for its final one", Word("seq")
    )

    accepts = ("last",)
    max_rank = 1
    module: ClassVar[str]
    gates: ClassVar[int]
    hidden: ClassVar[str] = "[1]"
    """Behind a call, the final states of all layers."""

    def shape(self, x: Shape) -> Shape:
        width = self.c * self._directions()
        return vector(width) if self.out == "last" else x.replace_channels(width)

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        tensors: list[Tensor] = []
        width = self.gates * self.c
        for layer in range(self.layers):
            arriving = x.channels if layer == 0 else self.c * self._directions()
            for suffix in (f"l{layer}", f"l{layer}_reverse")[: self._directions()]:
                tensors += [
                    Tensor(f"weight_ih_{suffix}", (width, arriving)),
                    Tensor(f"weight_hh_{suffix}", (width, self.c)),
                    Tensor(f"bias_ih_{suffix}", (width,)),
                    Tensor(f"bias_hh_{suffix}", (width,)),
                ]
        return tuple(tensors)

    def macs(self, x: Shape, out: Shape) -> Size:
        """The gates, at each token: all weights meet what arrives or the state once."""
        first = x.channels + self.c
        others = (self.layers - 1) * (self.c * self._directions() + self.c)
        return x.dims[0] * self._directions() * self.gates * self.c * (first + others)

    def window(self, x: Shape) -> Window:
        return everywhere(x)

    def code(self, x: Shape) -> Code:
        options = self.options(
            num_layers=("layers", 1), dropout=("p", 0), bidirectional=("bi", False)
        )
        sizes = (Term(x.channels, "C"), self.term("c"))
        made = Call(f"nn.{self.module}", sizes, (*options, ("batch_first", Term(True))))
        if self.out == "seq":
            return Code(made, Call("{self}({0})[0]"))
        last = "[-2:].transpose(0, 1).flatten(1)" if self.bi else "[-1]"
        return Code(made, Call(f"{{self}}({{0}}){self.hidden}{last}"))

    def _directions(self) -> int:
        return 2 if self.bi else 1


class LSTM(_Recurrent):
    """Long short-term memory over tokens."""

    module = "LSTM"
    gates = 4
    hidden = "[1][0]"
    aliases = ("longshorttermmemory",)
    examples = (
        ("transpose | lstm 32", "8x100", "100x32"),
        ("transpose | lstm 32 layers=2 bi=yes out=last", "8x100", "64"),
    )


class GRU(_Recurrent):
    """Gated recurrent units over tokens."""

    module = "GRU"
    gates = 3
    examples = (
        ("transpose | gru 32", "8x100", "100x32"),
        ("transpose | gru 32 out=last", "8x100", "32"),
    )


class RNN(_Recurrent):
    """A plain recurrent layer with tanh over tokens."""

    module = "RNN"
    gates = 1
    aliases = ("simplernn", "simple_rnn")
    examples = (("transpose | rnn 32 bi=yes", "8x100", "100x64"),)
