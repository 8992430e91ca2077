"""Unpooling."""

from typing import Annotated, TypeAlias

from archc.layers.base import Code, Layer, Mismatch, Pooled, Term, Window, arg, formula
from archc.layers.kinds import Amounts, Named, Sides
from archc.layers.sizes import refuse_port
from archc.layers.windows import by, extent
from archc.shape import Shape
from archc.symbolic import Size, differ, number

PoolPort: TypeAlias = Annotated[Pooled | Shape, Named(indices=True)]


class Unpool(Layer):
    """Undoes a `pool`: puts each number where that pool found its maximum, 0 elsewhere, on a map of
    the size that the pool had before it: `MaxUnpool1d`, `MaxUnpool2d` or `MaxUnpool3d`."""

    k: Sides = arg("side of the window, as the pool has it")
    at: PoolPort = arg("the value behind the pool whose maxima tell the places")
    s: Sides = arg("stride", default_from="k")
    p: Amounts = arg("padding on each side", 0)

    accepts = ("first",)
    max_rank = 3
    aliases = ("maxunpool", "maxunpool1d", "maxunpool2d", "maxunpool3d", "max_unpool")
    examples = (("pool 2 -> p | conv 64 k3 p1 | unpool 2 at=@p", "64x14x14", "64x14x14"),)

    def shape(self, x: Shape) -> Shape:
        at = self._pooled()
        if differ(at.out, x):
            refuse_port("at", f"the value behind a pool that gave {x}", at.out)
        spans = zip(at.x.positions, self._plain(x), self.s, strict=True)
        if not all(size - s < n < size + s for n, size, s in spans):
            raise Mismatch(
                "E0303",
                f"windows of {by(self.k)} bring {by(x.positions)} back to about"
                f" {by(self._plain(x))}, the pool had {by(at.x.positions)}",
                about="k",
                help="give `unpool` the window, stride and padding of its pool",
                trail=True,
                result=x.replace_positions(at.x.positions),
            )
        return x.replace_positions(at.x.positions)

    def window(self, x: Shape) -> Window:
        at = self._pooled()
        ones = (1,) * x.rank
        k, s, d = at.pool.window(at.x) or (ones, ones, ones)
        sides = zip(k, d, s, strict=True)
        return Window(tuple((extent(number(a), b) - 1) // c + 1 for a, b, c in sides), ones, ones)

    def growth(self, x: Shape) -> tuple[float, ...]:
        sizes = zip(self._pooled().x.positions, x.positions, strict=True)
        return tuple(number(m) / number(n) for m, n in sizes)

    def code(self, x: Shape) -> Code:
        options = self.options(stride=("s", self.k), padding=("p", 0))
        before = self._pooled().x.positions
        if before != self._plain(x):
            options = (*options, ("output_size", Term(before)))
        start = f"F.max_unpool{x.rank}d({{0}}, {{at}}"
        return Code(call=formula(start, (self.term("k"),), options))

    def _pooled(self) -> Pooled:
        if not isinstance(self.at, Pooled):
            help_ = "name the value right behind a pool: `pool 2 -> p`, then `at=@p`"
            refuse_port("at", "the value behind a `pool`", self.at, help_)
        return self.at

    def _plain(self, x: Shape) -> tuple[Size, ...]:
        """The sizes that torch gives where none are asked for."""
        sides = zip(x.positions, self.k, self.s, self.p, strict=True)
        return tuple((n - 1) * s - 2 * p + k for n, k, s, p in sides)
