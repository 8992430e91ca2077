"""Layouts: where the channels stand, and how positions lie."""

from typing import ClassVar

from archc.layers.base import Call, Code, Layer, Mismatch, Term, arg
from archc.layers.cures import LeaveOut
from archc.layers.kinds import MaybePort, MaybeShapeSizes
from archc.layers.sizes import filled, refuse_port
from archc.shape import Layout, Shape, describe
from archc.symbolic import product


class _Moved(Layer, abstract=True):
    """The channels from one end of the positions to the other."""

    to: ClassVar[Layout]
    idioms: ClassVar[tuple[str, str, str]]
    """For sequences, for maps, and for all others."""
    view = True

    @classmethod
    def accept(cls, x: Shape) -> None:
        if x.layout != cls.to:
            return super().accept(x)
        raise Mismatch(
            "E0301",
            f"`{cls.word}` brings the channels {cls.to}, got {describe(x)}",
            help=f"leave it out: its channels are {cls.to} already",
            trail=True,
            result=x,
            cures=(LeaveOut(),),
        )

    def shape(self, x: Shape) -> Shape:
        dims = (*x.positions, x.channels) if self.to == "last" else (x.channels, *x.positions)
        return Shape(dims, self.to)

    def code(self, x: Shape) -> Code:
        return Code(call=Call("{0}." + self.idioms[min(x.rank, 3) - 1]))


class HWC(_Moved):
    """Brings the channels last: `CxHxW` becomes `HxWxC`, also for sequences and volumes."""

    accepts = ("first",)
    to = "last"
    idioms = ("transpose(1, 2)", "permute(0, 2, 3, 1)", "movedim(1, -1)")
    aliases = ("channels_last", "nhwc")
    examples = (("hwc", "96x7x9", "7x9x96"),)


class CHW(_Moved):
    """Brings the channels first: `HxWxC` becomes `CxHxW`, also for sequences and volumes."""

    accepts = ("last",)
    to = "first"
    idioms = ("transpose(1, 2)", "permute(0, 3, 1, 2)", "movedim(-1, 1)")
    aliases = ("channels_first", "nchw")
    examples = (("hwc | chw", "96x7x9", "96x7x9"),)


class Tokens(Layer):
    """Makes a token of each position of a map, row by row: `[B, C, H, W]` becomes `[B, H*W, C]`."""

    accepts = ("first", "last")
    view = True
    aliases = ("to_tokens", "flatten_spatial")
    examples = (("tokens", "96x7x9", "63x96"), ("hwc | tokens", "96x7x9", "63x96"))

    def shape(self, x: Shape) -> Shape:
        return Shape((product(x.positions), x.channels), "last")

    def code(self, x: Shape) -> Code:
        if x.layout == "last":
            return Code() if x.rank == 1 else Code(call=Call("{0}.flatten(1, -2)"))
        joined = ".flatten(2)" if x.rank > 1 else ""
        return Code(call=Call("{0}" + joined + ".transpose(1, 2)"))


class Map(Layer):
    """Makes a channels-first map of tokens, row by row: `[B, H*W, C]` becomes `[B, C, H, W]`."""

    to: MaybeShapeSizes = arg("the positions, `8x8` or `[h w]`; one `?` is worked out", None)
    like: MaybePort = arg("a value with these positions, instead of `to`", None)

    accepts = ("last",)
    max_rank = 1
    view = True
    aliases = ("to_map", "unflatten_spatial", "tokens_to_map")
    examples = (
        ("tokens | map 7x9", "96x7x9", "96x7x9"),
        ("tokens | map [7 ?]", "96x7x9", "96x7x9"),
    )

    def shape(self, x: Shape) -> Shape:
        if (self.to is None) == (self.like is None):
            given = "neither" if self.to is None else "both"
            raise Mismatch(
                "E0211",
                f"`map` needs the sizes of the map or `like`, got {given}",
                help="write `map 8x8` or `map like=@x`",
            )
        about = "to" if self.like is None else "like"
        sizes = self.like.positions if self.like is not None else self.to
        if not sizes:
            refuse_port("like", "a value with positions", self.like)
        return Shape((x.channels, *filled(sizes, x.dims[0], "tokens", about, x)), "first")

    def code(self, x: Shape) -> Code:
        if self.like is not None:
            sizes = "{like}.shape" + ("[2:]" if self.like.layout == "first" else "[1:-1]")
            return Code(call=Call("{0}.transpose(1, 2).unflatten(2, " + sizes + ")"))
        written = Term(tuple(-1 if size is None else size for size in self.to or ()), "to")
        return Code(call=Call("{0}.transpose(1, 2).unflatten(2, {1})", (written,)))


class Transpose(Layer):
    """Swaps the two axes of `[B, C, L]` or `[B, L, C]`: tokens become a sequence, whose channels
    come first, and a sequence becomes tokens."""

    accepts = ("first", "last")
    max_rank = 1
    view = True
    aliases = ("swapaxes", "swap_axes")
    examples = (("transpose", "64x100", "100x64"), ("transpose | transpose", "64x100", "64x100"))

    def shape(self, x: Shape) -> Shape:
        return Shape(x.dims[::-1], "last" if x.layout == "first" else "first")

    def code(self, x: Shape) -> Code:
        return Code(call=Call("{0}.transpose(1, 2)"))
