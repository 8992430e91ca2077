"""What the steps on axes, tokens and single numbers mean, in plain PyTorch."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .maps import Bare, each, exclusive, means
from .values import Flow, Make, Stricter, takes


def counted(x: Flow, axis: int) -> int:
    """An axis from 1 behind the batch; the batch itself is not to be had."""
    if axis in (0, -x.t.dim()):
        raise Stricter("batch axis")
    return axis


_FUNCTIONS: dict[str, tuple[Any, dict[str, str]]] = {
    "relu": (F.relu, {}),
    "relu6": (F.relu6, {}),
    "silu": (F.silu, {}),
    "mish": (F.mish, {}),
    "sigmoid": (F.sigmoid, {}),
    "tanh": (F.tanh, {}),
    "hswish": (F.hardswish, {}),
    "hsigmoid": (F.hardsigmoid, {}),
    "softsign": (F.softsign, {}),
    "selu": (F.selu, {}),
    "logsigmoid": (F.logsigmoid, {}),
    "leaky": (F.leaky_relu, {"p": "negative_slope"}),
    "elu": (F.elu, {"a": "alpha"}),
    "celu": (F.celu, {"a": "alpha"}),
    "gelu": (F.gelu, {"approx": "approximate"}),
    "softplus": (F.softplus, {"beta": "beta"}),
    "hardtanh": (F.hardtanh, {"lo": "min_val", "hi": "max_val"}),
    "abs": (torch.abs, {}),
    "exp": (torch.exp, {}),
    "sqrt": (torch.sqrt, {}),
    "square": (torch.square, {}),
    "neg": (torch.neg, {}),
}


def _define(word: str, function: Any, names: dict[str, str]) -> None:
    def meaning(make: Make, x: Flow, **args: Any) -> Flow:
        takes(x, "vector", "first", "last")
        given = {names[name]: value or "none" if name == "approx" else value
                 for name, value in args.items()}  # fmt: skip
        return x._replace(t=function(x.t, **given))

    means(word)(meaning)


for _word, (_function, _names) in _FUNCTIONS.items():
    _define(_word, _function, _names)


@means("prelu")
def prelu(make: Make, x: Flow) -> Flow:
    takes(x, "vector", "first", "last")
    return x._replace(t=make(nn.PReLU)(x.t))


def _over(function: Any) -> Any:
    def meaning(make: Make, x: Flow, axis: int | None = None) -> Flow:
        takes(x, "vector", "first", "last")
        dim = x.axis if axis is None else counted(x, axis)
        return x._replace(t=function(x.t, dim=dim))

    return meaning


means("softmax")(_over(F.softmax))
means("logsoftmax")(_over(F.log_softmax))
means("glu")(_over(F.glu))


@means("flatten")
def flatten(make: Make, x: Flow, from_: int = 1, to: int = -1) -> Flow:
    takes(x, "vector", "first", "last")
    return laid_out(torch.flatten(x.t, counted(x, from_), counted(x, to)), x.layout)


def laid_out(y: Tensor, layout: str) -> Flow:
    return Flow(y, "vector" if y.dim() == 2 else layout)


@means("reshape")
def reshape(make: Make, x: Flow, sizes: Any, last: bool = False) -> Flow:
    takes(x, "vector", "first", "last")
    y = x.t.reshape(len(x.t), *(-1 if size == "?" else size for size in each(sizes, 1)))
    return laid_out(y, "last" if last else "first")


@means("permute")
def permute(make: Make, x: Flow, axes: Any, last: bool = False) -> Flow:
    takes(x, "vector", "first", "last")
    y = x.t.permute(0, *(counted(x, axis) for axis in each(axes, 1)))
    return laid_out(y, "last" if last else "first")


@means("hwc")
def hwc(make: Make, x: Flow) -> Flow:
    takes(x, "first")
    return Flow(x.t.movedim(1, -1), "last")


@means("chw")
def chw(make: Make, x: Flow) -> Flow:
    takes(x, "last")
    return Flow(x.t.movedim(-1, 1), "first")


@means("tokens")
def tokens(make: Make, x: Flow) -> Flow:
    takes(x, "first", "last")
    return Flow(x.t.movedim(x.axis, -1).flatten(1, -2), "last")


@means("map")
def map_(make: Make, x: Flow, to: Any = None, like: Flow | None = None) -> Flow:
    takes(x, "last", most=1)
    exclusive((to is None) != (like is None))
    if like is not None and (like.layout not in ("first", "last") or not like.positions):
        raise Stricter("ports")
    sizes = each(to, 1) if like is None else like.positions
    rows = [-1 if size == "?" else size for size in sizes]
    return Flow(x.t.transpose(1, 2).reshape(len(x.t), x.c, *rows), "first")


@means("transpose")
def transpose(make: Make, x: Flow) -> Flow:
    takes(x, "first", "last", most=1)
    return Flow(x.t.transpose(1, 2), "last" if x.layout == "first" else "first")


@means("take")
def take(make: Make, x: Flow, i: int) -> Flow:
    takes(x, "last", most=1)
    return Flow(x.t[:, i], "vector")


def _reduction(function: Any) -> Any:
    def meaning(make: Make, x: Flow, axis: int | None = None) -> Flow:
        takes(x, "first", "last")
        if axis is None:
            return Flow(function(x.t.movedim(x.axis, -1).flatten(1, -2), 1), "vector")
        return laid_out(function(x.t, counted(x, axis)), x.layout)

    return meaning


means("mean")(_reduction(torch.mean))
means("sum")(_reduction(torch.sum))


@means("slice")
def slice_(
    make: Make, x: Flow, a: int = 0, b: int | None = None, axis: int | None = None, step: int = 1
) -> Flow:
    dim = x.axis if axis is None else counted(x, axis)
    places = torch.arange(x.t.shape[dim])[a:b:step]
    return x._replace(t=x.t.index_select(dim, places))


@means("embed")
def embed(make: Make, x: Flow, n: int, c: int, w: Any = None, pad: int | None = None) -> Flow:
    takes(x, "ids")
    return Flow(make(lambda: nn.Embedding(n, c, pad))(x.t), "last")


@means("pos")
def pos(make: Make, x: Flow, w: Any = None) -> Flow:
    takes(x, "last", most=1)
    return Flow(x.t + make(lambda: Bare(torch.zeros(1, *x.dims))).weight, "last")


@means("cls")
def cls(make: Make, x: Flow, w: Any = None) -> Flow:
    takes(x, "last", most=1)
    token = make(lambda: Bare(torch.zeros(1, 1, x.c))).weight
    return Flow(torch.cat([token.repeat(len(x.t), 1, 1), x.t], 1), "last")


@means("mha")
def mha(
    make: Make, x: Flow, heads: int, p: float = 0, kv: Flow | None = None, causal: bool = False,
    mask: Flow | None = None, bias: Any = True, w: Any = None,
) -> Flow:  # fmt: skip
    takes(x, "last", most=1)
    if kv is not None and (kv.layout != "last" or kv.rank != 1):
        raise Stricter("ports")
    keys = x if kv is None else kv
    if mask is not None and mask.layout != "ids":
        raise Stricter("ports")
    made = make(
        lambda: nn.MultiheadAttention(
            x.c, heads, p, bias is not False, kdim=keys.c, vdim=keys.c, batch_first=True
        )
    )
    later = torch.ones(x.dims[0], keys.dims[0], dtype=torch.bool).triu(1) if causal else None
    ignored = None if mask is None else mask.t == 0
    y = made(x.t, keys.t, keys.t, ignored, need_weights=False, attn_mask=later)[0]
    return Flow(y, "last")


def _recurrent(made: Any) -> Any:
    def meaning(
        make: Make, x: Flow, c: int, layers: int = 1, bi: bool = False, p: float = 0,
        out: str = "seq",
    ) -> Flow:  # fmt: skip
        takes(x, "last", most=1)
        options = {"batch_first": True, "dropout": p, "bidirectional": bi}
        y, state = make(lambda: made(x.c, c, layers, **options))(x.t)
        if out == "seq":
            return Flow(y, "last")
        hidden = state[0] if isinstance(state, tuple) else state
        return Flow(torch.cat([*hidden[-2:]], 1) if bi else hidden[-1], "vector")

    return meaning


means("lstm")(_recurrent(nn.LSTM))
means("gru")(_recurrent(nn.GRU))
means("rnn")(_recurrent(nn.RNN))
