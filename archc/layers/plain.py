"""Steps that compute nothing."""

from archc.layers.base import Code, Layer, Mismatch, arg
from archc.layers.cures import give
from archc.layers.kinds import ShapeSizes
from archc.layers.sizes import arriving
from archc.shape import Shape
from archc.symbolic import differ


class Id(Layer):
    """Passes its input on."""

    accepts = ("vector", "first", "last", "ids")
    view = True
    aliases = ("identity", "noop", "nop", "passthrough")
    examples = (("id", "8x4x4", "8x4x4"),)

    def code(self, x: Shape) -> Code:
        return Code()


class Expect(Layer):
    """States the shape that arrives here. It builds nothing and is refused where another one
    arrives."""

    sizes: ShapeSizes = arg("the shape without the batch; `?` stands for any size")

    accepts = ("vector", "first", "last", "ids")
    view = True
    aliases = ("assert", "assert_shape", "expect_shape", "check_shape")
    examples = (("expect 64x7x7", "64x7x7", "64x7x7"), ("expect 64x?x?", "64x7x7", "64x7x7"))

    def shape(self, x: Shape) -> Shape:
        pairs = zip(self.sizes, x.dims, strict=False)
        other = any(wanted is not None and differ(wanted, size) for wanted, size in pairs)
        if other or len(self.sizes) != len(x.dims):
            wanted = "x".join("?" if size is None else str(size) for size in self.sizes)
            raise Mismatch(
                "E0302",
                f"expected {wanted}, got {x}",
                about="sizes",
                note=arriving(x),
                help=f"write `expect {x}`, or mend a step before",
                trail=True,
                result=x,
                cures=(give(sizes=str(x)),),
            )
        return x

    def code(self, x: Shape) -> Code:
        return Code()
