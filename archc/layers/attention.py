"""Attention."""

from archc.layers.base import Call, Code, Layer, Mismatch, Tensor, Term, Window, arg
from archc.layers.cures import give
from archc.layers.groups import largest_divisor
from archc.layers.initial import Bias, Weight
from archc.layers.kinds import Count, Flag, MaybePort, Probability
from archc.layers.sizes import refuse_port
from archc.layers.windows import everywhere
from archc.shape import Shape
from archc.symbolic import Size, differ


class MHA(Layer):
    """Multi-head attention of tokens to themselves, or to those of another value `kv`:
    `nn.MultiheadAttention`, of which only the output flows on."""

    heads: Count = arg("heads, which share the channels evenly")
    p: Probability = arg("probability of 0 for each weight of the attention, in training", 0)
    kv: MaybePort = arg("other tokens to attend to; they may have other channels", None)
    causal: Flag = arg("whether each token sees only itself and those before it", False)
    mask: MaybePort = arg("token ids as many as there are keys: keys of id 0 are ignored", None)
    bias: Bias = arg("whether biases are added, or how they start", True)
    w: Weight = arg("how the weights start", None)

    accepts = ("last",)
    max_rank = 1
    aliases = ("multiheadattention", "multi_head_attention", "attention", "self_attention")
    examples = (
        ("tokens | mha 8", "64x4x4", "16x64"),
        ("tokens | mha 4 p=.1 causal=yes", "64x4x4", "16x64"),
    )

    def shape(self, x: Shape) -> Shape:
        if self.kv is not None and (self.kv.layout != "last" or self.kv.rank != 1):
            refuse_port("kv", "tokens LxC", self.kv, "put `tokens` in front of the name")
        keys = (self.kv or x).dims[0]
        if self.mask is not None and differ(self.mask, Shape((keys,), "ids")):
            refuse_port("mask", f"{keys} token ids, one a key", self.mask)
        refuse_heads(self.heads, x)
        return x

    def tensors(self, x: Shape) -> tuple[Tensor, ...]:
        c = x.channels
        others = (self.kv or x).channels
        arriving = zip("qkv", (c, others, others), strict=True)
        projections = [Tensor(f"{name}_proj_weight", (c, n)) for name, n in arriving]
        if others == c:
            projections = [Tensor("in_proj_weight", (3 * c, c))]
        biases = self.bias is not False
        return (
            *projections,
            *((Tensor("in_proj_bias", (3 * c,)),) if biases else ()),
            Tensor("out_proj.weight", (c, c)),
            *((Tensor("out_proj.bias", (c,)),) if biases else ()),
        )

    def macs(self, x: Shape, out: Shape) -> Size:
        """Four projections and the two products of all queries with all keys."""
        (queries, c), (keys, others) = x.dims, (self.kv or x).dims
        return 2 * queries * c * c + 2 * keys * others * c + 2 * queries * keys * c

    def window(self, x: Shape) -> Window:
        return everywhere(x)

    def code(self, x: Shape) -> Code:
        sizes = (Term(x.channels, "C"), self.term("heads"))
        options = self.options(dropout=("p", 0), bias=("bias", True))
        if self.kv is not None and self.kv.channels != x.channels:
            others = Term(self.kv.channels, "kv.C")
            options = (*options, ("kdim", others), ("vdim", others))
        keys = "{kv}" if self.kv is not None else "{0}"
        if not self.causal and self.mask is None:
            made = Call("nn.MultiheadAttention", sizes, (*options, ("batch_first", Term(True))))
            target = f"{{self}}({{0}}, {keys}, {keys}, need_weights=False)[0]"
            return Code(made, Call(target))
        options = (*options, *self.options(causal=("causal", False)))
        others_ = ", {kv}" if self.kv is not None else ""
        padding = ", padding={mask} == 0" if self.mask is not None else ""
        made = Call("MaskedAttention", sizes, options)
        call = Call(f"{{self}}({{0}}{others_}{padding})")
        return Code(made, call, (("MaskedAttention", _MASKED_ATTENTION),))


def refuse_heads(heads: int, x: Shape) -> None:
    """Refuses heads that do not divide the channels."""
    if x.channels % heads:
        fitting = largest_divisor(x.channels, heads)
        raise Mismatch(
            "E0306",
            f"{heads} heads need a multiple of {heads} channels, got {x.channels}",
            about="heads",
            help=f"write `heads={fitting}`, which divides {x.channels}",
            trail=True,
            result=x,
            cures=(give(heads=fitting),),
        )


_MASKED_ATTENTION = '''\
class MaskedAttention(nn.MultiheadAttention):
    """Attention that ignores padded keys and, where causal, keys behind their query."""

    def __init__(self, channels, heads, causal=False, **options) -> None:
        super().__init__(channels, heads, batch_first=True, **options)
        self.causal = causal

    def forward(self, x, kv=None, padding=None) -> torch.Tensor:
        kv = x if kv is None else kv
        mask = None
        if self.causal:
            shape = (x.shape[1], kv.shape[1])
            mask = torch.ones(shape, dtype=torch.bool, device=x.device).triu(1)
        out, _ = super().forward(x, kv, kv, padding, need_weights=False, attn_mask=mask)
        return out
'''
