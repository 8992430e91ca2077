"""Shuffles: positions into channels, back, and among each other."""

from archc.layers.base import Call, Code, Layer, Mismatch, Window, arg
from archc.layers.cures import Put, give
from archc.layers.groups import largest_divisor
from archc.layers.kinds import Count
from archc.shape import Shape


class Shuffle(Layer):
    """Mixes the channels of groups: the first of each group, then the second of each, and so on."""

    g: Count = arg("groups")

    accepts = ("first",)
    aliases = ("channelshuffle", "channel_shuffle")
    examples = (("shuffle 2", "116x28x28", "116x28x28"),)

    def shape(self, x: Shape) -> Shape:
        if x.channels % self.g:
            fitting = largest_divisor(x.channels, self.g)
            raise Mismatch(
                "E0307",
                f"{self.g} groups need a multiple of {self.g} channels, got {x.channels}",
                about="g",
                help=f"write `shuffle {fitting}`, which divides {x.channels}",
                trail=True,
                result=x,
                cures=(give(g=fitting),),
            )
        return x

    def code(self, x: Shape) -> Code:
        return Code(call=Call("torch.channel_shuffle", (self.term("g"),)))


class PixelShuffle(Layer):
    """Lays `r*r` channels out as `r` by `r` positions: `C*r*r x H x W` becomes `C x H*r x W*r`."""

    r: Count = arg("how many times larger the sides become")

    accepts = ("first",)
    min_rank = 2
    max_rank = 2
    aliases = ("pixel_shuffle", "depth_to_space")
    examples = (("pixelshuffle 2", "64x14x14", "16x28x28"),)

    def shape(self, x: Shape) -> Shape:
        channels, height, width = x.dims
        area = self.r * self.r
        if channels % area:
            more = -(-channels // area) * area
            raise Mismatch(
                "E0309",
                f"`pixelshuffle {self.r}` needs a multiple of {area} channels, got {channels}",
                about="r",
                help=f"put `conv {more} k1` in front of it",
                trail=True,
                result=Shape((more // area, height * self.r, width * self.r), "first"),
                cures=(Put(f"conv {more} k1"),),
            )
        return Shape((channels // area, height * self.r, width * self.r), "first")

    def window(self, x: Shape) -> Window:
        return Window((1, 1), (1, 1), (1, 1))

    def growth(self, x: Shape) -> tuple[float, ...]:
        return (self.r, self.r)

    def code(self, x: Shape) -> Code:
        return Code(call=Call("F.pixel_shuffle", (self.term("r"),)))


class PixelUnshuffle(Layer):
    """Lays `r` by `r` positions out as `r*r` channels: `C x H*r x W*r` becomes `C*r*r x H x W`."""

    r: Count = arg("how many times smaller the sides become")

    accepts = ("first",)
    min_rank = 2
    max_rank = 2
    aliases = ("pixel_unshuffle", "space_to_depth")
    examples = (("pixelunshuffle 2", "16x28x28", "64x14x14"),)

    def shape(self, x: Shape) -> Shape:
        channels, height, width = x.dims
        if height % self.r or width % self.r:
            right, bottom = -width % self.r, -height % self.r
            raise Mismatch(
                "E0309",
                f"`pixelunshuffle {self.r}` needs sides that are multiples of {self.r},"
                f" got {height}x{width}",
                about="r",
                help=f"put `pad [0 {right} 0 {bottom}]` in front of it",
                trail=True,
                cures=(Put(f"pad [0 {right} 0 {bottom}]"),),
            )
        return Shape((channels * self.r * self.r, height // self.r, width // self.r), "first")

    def window(self, x: Shape) -> Window:
        return Window((self.r, self.r), (self.r, self.r), (1, 1))

    def code(self, x: Shape) -> Code:
        return Code(call=Call("F.pixel_unshuffle", (self.term("r"),)))


class S2D(Layer):
    """Lays 2 by 2 neighbours out as channels, those at (0,0), (1,0), (0,1) and (1,1): `HxWxC`
    becomes `H/2 x W/2 x 4C`, odd sides padded with zeros at the end. Swin merges patches so."""

    accepts = ("last",)
    min_rank = 2
    max_rank = 2
    aliases = ("patch_merging", "patchmerging", "merge_patches")
    examples = (("hwc | s2d", "96x7x9", "4x5x384"),)

    def shape(self, x: Shape) -> Shape:
        height, width, channels = x.dims
        return Shape((-(-height // 2), -(-width // 2), 4 * channels), "last")

    def window(self, x: Shape) -> Window:
        return Window((2, 2), (2, 2), (1, 1))

    def code(self, x: Shape) -> Code:
        helper = ("join_neighbors", _JOIN_NEIGHBORS)
        return Code(call=Call("join_neighbors"), helpers=(helper,))


_JOIN_NEIGHBORS = '''\
def join_neighbors(x: torch.Tensor) -> torch.Tensor:
    """Joins the channels of 2x2 neighbors of a channels-last map, zero-padded at the end."""
    x = F.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
    top, bottom = x[:, ::2], x[:, 1::2]
    corners = (top[:, :, ::2], bottom[:, :, ::2], top[:, :, 1::2], bottom[:, :, 1::2])
    return torch.cat(corners, dim=-1)
'''
