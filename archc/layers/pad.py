"""Padding."""

from typing import Annotated, TypeAlias

from archc.layers.base import Call, Code, Layer, Mismatch, Term, arg
from archc.layers.cures import give
from archc.layers.kinds import OneOf, Real, Wholes
from archc.layers.sizes import arriving, refuse_nothing_left
from archc.layers.values import Word
from archc.layers.windows import by
from archc.shape import Shape, describe

Sides: TypeAlias = Annotated[
    tuple[int, ...], Wholes("a whole number for all sides, or a list `[left right top bottom]`")
]
Mode: TypeAlias = Annotated[str, OneOf(("constant", "reflect", "replicate", "circular"))]


class Pad(Layer):
    """Adds positions around a channels-first map; negative numbers cut positions off. The list
    begins with the last dimension, as `F.pad` has it: `[left right top bottom front back]`."""

    sides: Sides = arg("positions added a side; what the list leaves out is not padded")
    v: Real = arg("the number that the new positions hold", 0)
    mode: Mode = arg("what the new positions hold", Word("constant"))

    accepts = ("first",)
    max_rank = 3
    aliases = (
        *("zeropad", "zeropad1d", "zeropad2d", "zeropad3d", "zero_pad"),
        *("zeropadding1d", "zeropadding2d", "zeropadding3d"),
        *("reflectionpad1d", "reflectionpad2d", "reflectionpad3d", "constantpad1d"),
        *("constantpad2d", "constantpad3d", "replicationpad1d", "replicationpad2d"),
        *("replicationpad3d", "circularpad1d", "circularpad2d", "circularpad3d"),
    )
    examples = (
        ("pad [0 1 0 1]", "3x8x8", "3x9x9"),
        ("pad 2 mode=reflect", "3x8x8", "3x12x12"),
        ("pad [2 0] v=-1", "4x10", "4x12"),
    )

    def shape(self, x: Shape) -> Shape:
        self._refuse_list(x)
        sides = self._pairs(x)
        sizes = tuple(n + a + b for n, (a, b) in zip(x.positions, sides, strict=True))
        out = x.replace_positions(sizes)
        if any(size < 1 for size in sizes):
            refuse_nothing_left(x, out, "sides", "cut less off")
        self._refuse_deep_cut(x, sides, out)
        self._refuse_mode(x, sides, out)
        return out

    def code(self, x: Shape) -> Code:
        amounts = tuple(side for pair in reversed(self._pairs(x)) for side in pair)
        if self.mode == "constant":
            # Trailing dimensions that are not padded can be left out.
            while len(amounts) > 2 and amounts[-2:] == (0, 0):
                amounts = amounts[:-2]
        options = self.options(mode=("mode", "constant"), value=("v", 0))
        return Code(call=Call("F.pad", (Term(amounts),), options))

    def _pairs(self, x: Shape) -> tuple[tuple[int, int], ...]:
        """(before, behind) of each dimension in the order of the shape."""
        if len(self.sides) == 1:
            return ((self.sides[0],) * 2,) * x.rank
        pairs = list(zip(self.sides[::2], self.sides[1::2], strict=True))
        pairs += [(0, 0)] * (x.rank - len(pairs))
        return tuple(reversed(pairs))

    def _refuse_list(self, x: Shape) -> None:
        count = len(self.sides)
        if count > 2 * x.rank or (count > 1 and count % 2):
            names = ("left", "right", "top", "bottom", "front", "back")[: 2 * x.rank]
            raise Mismatch(
                "E0311",
                f"expected one number or pairs for up to {2 * x.rank} sides, got {count} numbers",
                about="sides",
                note=f"{describe(x)} has {2 * x.rank} sides",
                help=f"write `[{' '.join(names)}]` with numbers for these",
                trail=True,
            )

    def _refuse_deep_cut(self, x: Shape, sides: tuple[tuple[int, int], ...], out: Shape) -> None:
        """What is added on one side cannot be cut off on the other, but for copies."""
        for size, (a, b) in zip(x.positions, sides, strict=True):
            cut = max(-a, 0) + max(-b, 0)
            if cut > size and self.mode != "replicate":
                raise Mismatch(
                    "E0308",
                    f"expected at most {size} positions to be cut off, got {cut}",
                    about="sides",
                    note=arriving(x),
                    help="cut less off",
                    trail=True,
                    result=out,
                )

    def _refuse_mode(self, x: Shape, sides: tuple[tuple[int, int], ...], out: Shape) -> None:
        if self.mode != "constant" and self.v != 0:
            raise Mismatch(
                "E0211",
                f"`v` is what `mode=constant` holds, got `mode={self.mode}`",
                about="v",
                help="leave out either `v` or `mode`",
                result=out,
                cures=(give(v=None), give(mode=None)),
            )
        if self.mode not in ("reflect", "circular"):
            return
        # A reflection cannot reach the border itself; a circle takes what is not cut off.
        cuts = (max(-a, 0) + max(-b, 0) if self.mode == "circular" else 1 for a, b in sides)
        limits = tuple(n - less for n, less in zip(x.positions, cuts, strict=True))
        if any(max(pair) > limit for pair, limit in zip(sides, limits, strict=True)):
            raise Mismatch(
                "E0304",
                f"`mode={self.mode}` can pad {by(x.positions)} positions by at most {by(limits)} a"
                f" side, got {' '.join(map(str, self.sides))}",
                about="sides",
                help="pad less, or leave `mode` out",
                trail=True,
                result=out,
                cures=(give(mode=None),),
            )
