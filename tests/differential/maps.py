"""What the steps on maps and vectors mean, in plain PyTorch."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models.swin_transformer import _patch_merging_pad
from torchvision.ops import StochasticDepth

from .values import Flow, Make, OtherWeights, Stricter, along_channels, fixed, takes

Meaning = Callable[..., Flow]
MEANINGS: dict[str, Meaning] = {}


def means(*words: str) -> Callable[[Meaning], Meaning]:
    def register(meaning: Meaning) -> Meaning:
        MEANINGS.update(dict.fromkeys(words, meaning))
        return meaning

    return register


def by_rank(name: str, rank: int) -> Any:
    """nn.Conv2d, F.max_pool2d, ..."""
    return getattr(nn if name[0].isupper() else F, f"{name}{rank}d")


def each(value: Any, rank: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple) else (value,) * rank


def refuse_short_lists(x: Flow, *values: Any) -> None:
    """Pools take a list of one number for all dimensions."""
    if x.rank > 1 and any(isinstance(v, tuple) and len(v) == 1 for v in values):
        raise Stricter("lists")


def half(k: Any, d: Any, rank: int) -> tuple[int, ...]:
    return tuple((a - 1) // 2 * b for a, b in zip(each(k, rank), each(d, rank), strict=True))


def stated(said: int | None, x: Flow) -> None:
    if said is not None and said != x.c:
        raise Stricter("stated")


@means("conv")
def conv(
    make: Make, x: Flow, c: int, k: Any = 1, s: Any = 1, p: Any = 0, d: Any = 1, g: int = 1,
    bias: Any = True, mode: str = "zeros", w: Any = None, in_: Any = None,
) -> Flow:  # fmt: skip
    takes(x, "first", most=3)
    p = half(k, d, x.rank) if p == "half" else p
    made = by_rank("Conv", x.rank)
    options = {"bias": bias is not False, "padding_mode": mode}
    y = make(lambda: made(x.c, c, k, s, p, d, g, **options))(x.t)
    stated(in_, x)
    return Flow(y, "first")


@means("deconv")
def deconv(
    make: Make, x: Flow, c: int, k: Any = 1, s: Any = 1, p: Any = 0, d: Any = 1, g: int = 1,
    outpad: Any = 0, bias: Any = True, w: Any = None, in_: Any = None,
) -> Flow:  # fmt: skip
    takes(x, "first", most=3)
    made = by_rank("ConvTranspose", x.rank)
    y = make(lambda: made(x.c, c, k, s, p, outpad, g, bias is not False, d))(x.t)
    stated(in_, x)
    return Flow(y, "first")


@means("fc")
def fc(
    make: Make, x: Flow, c: int, bias: Any = True, w: Any = None, in_: Any = None, tie: None = None
) -> Flow:
    takes(x, "vector", "last")
    y = make(lambda: nn.Linear(x.c, c, bias is not False))(x.t)
    stated(in_, x)
    return x._replace(t=y)


def refuse_padding_windows(
    sizes: tuple[int, ...], k: Any, s: Any, p: Any, d: Any, up: bool
) -> None:
    """In 1d torch gives -inf for a window that holds no number; in 3d it writes elsewhere."""
    rank = len(sizes)
    sides = zip(sizes, *(each(v, rank) for v in (k, s, p, d)), strict=True)
    for n, *side in sides:
        try:
            pooled = F.max_pool1d(torch.zeros(1, 1, n), *side, up)
        except RuntimeError:
            continue  # the whole pool is refused as well
        if torch.isinf(pooled).any():
            raise Stricter("undefined")


@means("pool")
def pool(
    make: Make, x: Flow, k: Any = None, s: Any = None, p: Any = 0, d: Any = 1, ceil: bool = False,
    to: Any = None,
) -> Flow:  # fmt: skip
    takes(x, "first", most=3)
    if to is not None:
        alone = k is None and s is None and not ceil
        exclusive(alone and set(each(p, 1)) == {0} and set(each(d, 1)) == {1})
        call = by_rank("adaptive_max_pool", x.rank)
        options: dict[str, Any] = {"output_size": to}
    else:
        exclusive(k is not None)
        p = half(k, d, x.rank) if p == "half" else p
        s = k if s is None else s
        refuse_short_lists(x, k, s, p, d)
        refuse_padding_windows(x.positions, k, s, p, d, ceil)
        call = by_rank("max_pool", x.rank)
        options = {"kernel_size": k, "stride": s, "padding": p, "dilation": d, "ceil_mode": ceil}
    y = call(x.t, **options)
    return Flow(y, "first", (lambda: call(x.t, **options, return_indices=True)[1], x.positions))


@means("avgpool")
def avgpool(
    make: Make, x: Flow, k: Any = None, s: Any = None, p: Any = 0, ceil: bool = False,
    pad_count: bool = True, to: Any = None,
) -> Flow:  # fmt: skip
    takes(x, "first", most=3)
    if to is not None:
        alone = k is None and s is None and not ceil and pad_count
        exclusive(alone and set(each(p, 1)) == {0})
        return Flow(by_rank("adaptive_avg_pool", x.rank)(x.t, to), "first")
    exclusive(k is not None)
    p = half(k, 1, x.rank) if p == "half" else p
    s = k if s is None else s
    refuse_short_lists(x, k, s, p)
    y = by_rank("avg_pool", x.rank)(x.t, k, s, p, ceil_mode=ceil, count_include_pad=pad_count)
    return Flow(y, "first")


def exclusive(fitting: bool) -> None:
    if not fitting:
        raise Stricter("exclusive")


@means("gap")
def gap(make: Make, x: Flow) -> Flow:
    takes(x, "first", most=3)
    return Flow(x.t.mean(dim=tuple(range(2, x.t.dim())), keepdim=True), "first")


@means("gmp")
def gmp(make: Make, x: Flow) -> Flow:
    takes(x, "first", most=3)
    return Flow(x.t.amax(dim=tuple(range(2, x.t.dim())), keepdim=True), "first")


@means("unpool")
def unpool(make: Make, x: Flow, k: Any, at: Flow, s: Any = None, p: Any = 0) -> Flow:
    takes(x, "first", most=3)
    if at.pool is None:
        raise Stricter("ports")
    indices, sizes = at.pool
    call = by_rank("max_unpool", x.rank)
    return Flow(call(x.t, indices(), k, k if s is None else s, p, output_size=sizes), "first")


@means("bn")
def bn(
    make: Make, x: Flow, eps: float = 1e-5, momentum: Any = 0.1, affine: bool = True,
    w: Any = None, bias: Any = True,
) -> Flow:  # fmt: skip
    takes(x, "first", "vector", most=3)
    started(affine, w, bias)
    made = by_rank("BatchNorm", max(x.rank, 1))
    return x._replace(t=make(lambda: made(x.c, eps, momentum, affine, bias=bias is not False))(x.t))


def started(affine: bool, *starts: Any) -> None:
    if not affine and any(start is not None and not isinstance(start, bool) for start in starts):
        raise Stricter("exclusive")


@means("instnorm")
def instnorm(
    make: Make, x: Flow, eps: float = 1e-5, momentum: Any = 0.1, affine: bool = False,
    w: Any = None, bias: Any = True,
) -> Flow:  # fmt: skip
    takes(x, "first", most=3)
    made = by_rank("InstanceNorm", x.rank)
    y = make(lambda: made(x.c, eps, momentum or 0.1, affine, bias=bias is not False))(x.t)
    started(affine, w, bias)
    return Flow(y, "first")


@means("gn")
def gn(
    make: Make, x: Flow, groups: int, eps: float = 1e-5, affine: bool = True, w: Any = None,
    bias: Any = True,
) -> Flow:  # fmt: skip
    takes(x, "first")
    y = make(lambda: nn.GroupNorm(groups, x.c, eps, affine, bias=bias is not False))(x.t)
    started(affine, w, bias)
    return Flow(y, "first")


def over_channels(x: Flow, module: nn.Module) -> Flow:
    """A shared norm works on channels first or on channels last, as vectors have them."""
    first = x.layout == "first"
    if getattr(module, "channels_first", first) != first:
        raise OtherWeights
    module.channels_first = first
    return x._replace(t=module(x.t.movedim(x.axis, -1)).movedim(-1, x.axis))


@means("ln")
def ln(
    make: Make, x: Flow, eps: float = 1e-5, affine: bool = True, w: Any = None, bias: Any = True
) -> Flow:
    takes(x, "vector", "first", "last")
    started(affine, w, bias)
    return over_channels(x, make(lambda: nn.LayerNorm(x.c, eps, affine, bias=bias is not False)))


@means("rms")
def rms(make: Make, x: Flow, eps: Any = None, affine: bool = True, w: Any = None) -> Flow:
    takes(x, "vector", "first", "last")
    started(affine, w)
    return over_channels(x, make(lambda: nn.RMSNorm(x.c, eps, affine)))


@means("lrn")
def lrn(make: Make, x: Flow, n: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> Flow:
    takes(x, "first")
    # Torch views volumes as maps.
    return Flow(nn.LocalResponseNorm(n, alpha, beta, k)(x.t.contiguous()), "first")


@means("dropout")
def dropout(make: Make, x: Flow, p: float = 0.5) -> Flow:
    takes(x, "vector", "first", "last")
    return x._replace(t=nn.Dropout(p)(x.t))


@means("dropout2d")
def dropout2d(make: Make, x: Flow, p: float = 0.5) -> Flow:
    takes(x, "first", most=3)
    return Flow(by_rank("Dropout", x.rank)(p)(x.t), "first")


@means("droppath")
def droppath(make: Make, x: Flow, p: float = 0.5) -> Flow:
    takes(x, "vector", "first", "last")
    return x._replace(t=StochasticDepth(p, "row")(x.t))


@means("pad")
def pad(make: Make, x: Flow, sides: Any, v: float = 0, mode: str = "constant") -> Flow:
    takes(x, "first", most=3)
    pairs = sides if isinstance(sides, tuple) and len(sides) > 1 else each(sides, 1) * 2 * x.rank
    # `F.pad` would go on with the channels and the batch.
    if len(pairs) > 2 * x.rank:
        raise Stricter("lists")
    if mode != "constant":
        # These modes pad all positions or none.
        pairs = (*pairs, *[0] * (2 * x.rank - len(pairs)))
    y = F.pad(x.t, pairs, mode, v)
    if mode == "circular" and min(pairs) < 0:
        raise_if_beyond(x, pairs)
    return Flow(y, "first")


def raise_if_beyond(x: Flow, pairs: tuple[int, ...]) -> None:
    """A circle of what is left takes no more than is left."""
    for i, n in enumerate(reversed(x.positions)):
        a, b = pairs[2 * i : 2 * i + 2]
        if max(a, b) > n - max(-a, 0) - max(-b, 0):
            raise Stricter("undefined")


@means("up")
def up(
    make: Make, x: Flow, k: Any = None, to: Any = None, like: Flow | None = None,
    mode: str = "nearest", corners: bool = False,
) -> Flow:  # fmt: skip
    takes(x, "first", most=3)
    exclusive(sum(v is not None for v in (k, to, like)) == 1)
    if like is not None:
        if like.layout not in ("first", "last"):
            raise Stricter("ports")
        to = like.positions
    options: dict[str, Any] = {"align_corners": True} if corners else {}
    mode = mode.replace("_", "-")
    return Flow(F.interpolate(x.t, to, k, mode, **options), "first")


@means("shuffle")
def shuffle(make: Make, x: Flow, g: int) -> Flow:
    takes(x, "first")
    return Flow(nn.ChannelShuffle(g)(x.t), "first")


@means("pixelshuffle")
def pixelshuffle(make: Make, x: Flow, r: int) -> Flow:
    takes(x, "first", least=2, most=2)
    return Flow(nn.PixelShuffle(r)(x.t), "first")


@means("pixelunshuffle")
def pixelunshuffle(make: Make, x: Flow, r: int) -> Flow:
    takes(x, "first", least=2, most=2)
    return Flow(nn.PixelUnshuffle(r)(x.t), "first")


@means("s2d")
def s2d(make: Make, x: Flow) -> Flow:
    takes(x, "last", least=2, most=2)
    return Flow(_patch_merging_pad(x.t), "last")


@means("scale")
def scale(make: Make, x: Flow, v: float = 1) -> Flow:
    takes(x, "vector", "first", "last")
    shape = along_channels(x, torch.zeros(x.c)).shape
    weight = make(lambda: Bare(torch.full(shape, float(v)))).weight
    if weight.shape != shape:
        raise Stricter("layout")  # a shared factor of other channels or another layout
    return x._replace(t=x.t * weight)


class Bare(nn.Module):
    """A parameter of its own."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)


@means("affine")
def affine(make: Make, x: Flow, a: Any, b: Any) -> Flow:
    takes(x, "vector", "first", "last")
    lists = [v for v in (a, b) if isinstance(v, tuple)]
    if any(len(v) != x.c for v in lists):
        raise Stricter("lists")
    factor, shift = (along_channels(x, fixed(v)) if isinstance(v, tuple) else v for v in (a, b))
    return x._replace(t=x.t * factor + shift)


@means("sample")
def sample(make: Make, x: Flow) -> Flow:
    takes(x, "vector", "first", "last")
    if x.c % 2:
        raise Stricter("uneven halves")
    mean, log_variance = x.t.chunk(2, x.axis)
    return x._replace(t=mean + (log_variance / 2).exp() * torch.randn_like(mean))


@means("id")
def id_(make: Make, x: Flow) -> Flow:
    return x


@means("expect")
def expect(make: Make, x: Flow, sizes: Any) -> Flow:
    sizes = each(sizes, 1)
    fits = len(sizes) == len(x.dims)
    if not fits or any(a not in ("?", b) for a, b in zip(sizes, x.dims, strict=True)):
        raise Stricter("stated")
    return x
