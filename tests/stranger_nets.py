"""Networks in many manners of the language, written by hand from what the language says of them:
names of parts, order, shared weights, outputs in training. Their specs are in tests/strangers."""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Case(NamedTuple):
    """A network by hand, and the inputs to compare on."""

    function: Callable[..., object]
    inputs: tuple[Tensor, ...]


CASES: dict[str, Case] = {}
"""By the names of the specs."""


def case(*inputs: Tensor) -> Callable[[Callable[..., object]], Callable[..., object]]:
    def add(function: Callable[..., object]) -> Callable[..., object]:
        CASES[function.__name__] = Case(function, inputs)
        return function

    return add


def real(*sizes: int) -> Tensor:
    return torch.randn(2, *sizes, generator=torch.Generator().manual_seed(3))


def ids(length: int, count: int) -> Tensor:
    """Token ids; those at the end of the first sequence are padding."""
    made = torch.randint(1, count, (2, length), generator=torch.Generator().manual_seed(3))
    made[0, -2:] = 0
    return made


def tied(words: nn.Embedding) -> nn.Linear:
    made = nn.Linear(words.embedding_dim, words.num_embeddings, bias=False)
    made.weight = words.weight
    return made


@case(real(3, 32, 32))
def resnet_loops(net, x):
    x = net.conv("stem.conv1", x, 8, 3, 1, 1, bias=False)
    x = net.bn("stem.bn1", x).relu()
    for i, (w, n) in enumerate(zip([8, 16], [2, 1], strict=True)):
        for j in range(n):
            p = f"loop1.{i}.loop1.{j}."
            y = net.conv(p + "conv1", x, w, 3, 2 if i and not j else 1, 1, bias=False)
            y = net.bn(p + "bn1", y).relu()
            y = net.conv(p + "conv2", y, w, 3, 1, 1, bias=False)
            y = net.bn(p + "bn2", y)
            if x.shape[1] != w:
                x = net.bn(p + "bn3", net.conv(p + "conv3", x, w, 1, 2, bias=False))
            x = (x + y).relu()
    return net.fc("head", x.mean((2, 3)), 10)


@case(real(3, 64, 64))
def googlenet(net, x):
    def cb(p, x, c, k=1, s=1, pd=0):
        return net.bn(
            p + ".bn1", net.conv(p + ".conv1", x, c, k, s, pd, bias=False), eps=0.001
        ).relu()

    def inc(p, x, a, b, c, d):
        return torch.cat(
            [
                cb(p + "cb1", x, a),
                cb(p + "cb3", cb(p + "cb2", x, b), 2 * b, 3, 1, 1),
                cb(p + "cb6", cb(p + "cb5", cb(p + "cb4", x, c), c, 5, 1, 2), c, (1, 7), 1, (0, 3)),
                cb(p + "cb7", F.max_pool2d(x, 3, 1, 1), d),
            ],
            1,
        )

    def aux(p, x):
        x = cb(p + "cb1", F.adaptive_avg_pool2d(x, 4), 16).flatten(1)
        return net.fc(p + "fc2", F.dropout(net.fc(p + "fc1", x, 32).relu(), 0.7, net.training), 10)

    x = F.local_response_norm(F.max_pool2d(cb("cb1", x, 8, 7, 2, 3), 3, 2, ceil_mode=True), 5)
    x = inc("inception1.", x, 4, 4, 4, 4)
    a1 = aux("aux1.", x) if net.training else None
    x = inc("inception2.", x, 8, 4, 4, 8)
    a2 = aux("aux2.", x) if net.training else None
    x = inc("inception3.", x, 8, 4, 6, 8)
    x = net.fc("fc1", F.dropout(x.mean((2, 3)), 0.4, net.training), 10)
    return {"out": x, "aux1": a1, "aux2": a2} if net.training else x


@case(real(3, 32, 32))
def vgg(net, x):
    for i, c in enumerate([8, None, 16, 0, 16, 16, 0]):
        if c:
            x = net.bn(f"features.{i}.norm1", net.conv(f"features.{i}.conv1", x, c, 3, 1, 1)).relu()
        else:
            x = F.max_pool2d(x, 2)
    x = F.adaptive_avg_pool2d(x, 2).flatten(1)
    for j in range(2):
        x = F.dropout(net.fc(f"classifier.repeat1.{j}.fc1", x, 64).relu(), 0.5, net.training)
    return net.fc("classifier.fc1", x, 10)


@case(real(1, 48, 48))
def unet_rec(net, x):
    def two(p, x, c):
        for i in range(2):
            x = net.bn(
                p + f"repeat1.{i}.bn1",
                net.conv(p + f"repeat1.{i}.conv1", x, c, 3, 1, 1, bias=False),
            ).relu()
        return x

    def unet(p, x, c, d):
        x = two(p + "two1.", x, c)
        if d:
            y = unet(p + "unet1.", F.max_pool2d(x, 2), 2 * c, d - 1)
            y = net.deconv(p + "deconv1", y, c, 2, 2)
            x = two(p + "two2.", torch.cat([x, y], 1), c)
        return x

    return net.conv("conv1", unet("unet1.", x, 4, 3), 2)


@case(
    real(3, 16, 16),
    real(
        5,
    ),
    ids(7, 30),
)
def three_inputs(net, x, meta, w):
    a = net.conv("conv1", x, 8, 3).relu().mean((2, 3))
    b = net.fc("fc1", meta, 6).relu()
    c = net.embed("embed1", w, 30, 9).mean(1)
    x = net.fc("fc2", torch.cat([a, b, c], 1), 12).relu()
    x = torch.stack([x, x.relu(), net.fc("fc3", x, 12)], 1)
    return net.fc("fc4", net.mha("mha1", x, 3).mean(1), 2)


@case(ids(12, 100))
def rnns(net, x):
    x = net.embed("words", x, 100, 16, padding_idx=0)
    return net.fc(
        "fc1",
        torch.cat(
            [
                net.recurrent("lstm1", nn.LSTM, x, 10, True, num_layers=2, bidirectional=True),
                net.recurrent("gru1", nn.GRU, x, 7, True),
                net.recurrent("rnn1", nn.RNN, x, 5, bidirectional=True)[:, -1],
                x.mean(1),
            ],
            1,
        ),
        4,
    )


@case(real(1, 64))
def wavenet(net, x):
    x = net.conv("conv1", x, 8)
    skip = None
    for i in range(3):
        p = f"loop1.{i}."
        d = 2**i
        y = F.pad(x, (d, 0))
        z = (
            net.conv(p + "gated1.conv1", y, 8, 2, dilation=d).tanh()
            * net.conv(p + "gated1.conv2", y, 8, 2, dilation=d).sigmoid()
        )
        s = net.conv(p + "conv1", z, 12)
        skip = s if skip is None else s + skip
        x = net.conv(p + "conv2", z, 8) + x
    return net.conv("conv2", skip.relu(), 4)


@case(ids(9, 40), ids(7, 40))
def transformer(net, s, t):
    src, tgt = s, t
    x = net.pos("pos1", net.embed("words", s, 40, 16))
    for i in range(2):
        p = f"encl1.{i}."
        x = x + net.mha(p + "mha1", net.ln(p + "ln1", x), 4, mask=src)
        x = x + net.fc(p + "mlp1.fc2", net.fc(p + "mlp1.fc1", net.ln(p + "ln2", x), 32).relu(), 16)
    e = net.ln("ln1", x)
    x = net.pos("pos2", net.embed("words", t, 40, 16))
    for i in range(2):
        p = f"decl1.{i}."
        x = x + net.mha(p + "mha1", net.ln(p + "ln1", x), 4, mask=tgt, causal=True)
        x = x + net.mha(p + "mha2", net.ln(p + "ln2", x), 4, kv=e, mask=src)
        x = x + net.fc(p + "fc2", net.fc(p + "fc1", net.ln(p + "ln3", x), 32).relu(), 16)
    x = net.ln("ln2", x)
    return net.part("fc1", lambda: tied(net.words))(x)


@case(real(3, 16, 16), real(10, 6))
def perceiver(net, im, latents):
    d = net.conv("conv1", im, 8, 4, 4).flatten(2).transpose(1, 2)
    d = net.pos("pos1", d)
    x = latents.transpose(1, 2)
    for i in range(2):
        p = f"repeat1.{i}.cross1."
        x = x + net.mha(p + "mha1", net.ln(p + "ln1", x), 2, kv=d)
        x = x + net.fc(p + "fc2", F.gelu(net.fc(p + "fc1", net.ln(p + "ln2", x), 20)), 10)
        p = f"repeat1.{i}.self_1."
        x = x + net.mha(p + "mha1", net.ln(p + "ln1", x), 5)
    return net.fc("fc1", x.mean(1), 3)


@case(real(1, 20, 20))
def capsule(net, x):
    x = net.conv("conv2", net.conv("conv1", x, 16, 5).relu(), 32, 5, 2)
    x = x.reshape(2, -1, 8)
    x = x * net.fc("fc1", x**2, 1, False).sigmoid()
    x = net.fc("fc2", x, 16).softmax(1).mean(1)
    return x - x.softmax(-1)


@case(
    real(3, 32, 32),
    real(
        4,
    ),
)
def film(net, x, h):
    def fl(p, x, c):
        s = net.fc(p + "fc1", h, 2 * c)[:, :, None, None]
        return x * s[:, :c] + s[:, c:]

    x = fl("film1.", net.conv("conv1", x, 8, 3), 8).relu()
    x = net.conv("conv2", x, 12, 3, 2)
    x = net.part("gn1", lambda: nn.GroupNorm(4, 12))(x)
    x = F.leaky_relu(fl("film2.", x, 12), 0.2)
    a, b = x.chunk(2, 1)
    x = torch.cat([a, net.conv("conv3", b, 6).sigmoid()], 1)
    x = net.part("rms1", lambda: nn.RMSNorm(12))(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    x = F.local_response_norm(x, 3)
    x = F.softplus(F.instance_norm(net.deconv("deconv1", x, 6, 3, 2, 1, output_padding=1)), beta=2)
    return net.fc("fc1", x.amax((2, 3)), 3)


@case(real(3, 32, 32))
def labels(net, x):
    x = net.conv("stage1.down1.main", x, 8, 1, 2).relu()
    x = net.conv("stage1.down2.main", x, 12, 2, 2).relu()
    for i in range(2):
        x = net.bn(
            f"stage2.{i}.main.bn1", net.conv(f"stage2.{i}.main.conv1", x, 16, 3, 2, 1)
        ).relu()
    return net.fc("extra", net.fc("head.out", x.mean((2, 3)), 4), 4)


@case(real(3, 32, 32))
def layouts(net, x):
    def unit(p, x, c, s, act):
        y = act(net.bn(p + "bn1", net.conv(p + "conv1", x, c, 3, s, 1)))
        y = net.bn(p + "bn2", net.conv(p + "conv2", y, c, 3, 1, 1))
        if s > 1 or x.shape[1] != c:
            x = net.bn(p + "bn3", net.conv(p + "conv3", x, c, 1, s))
        return act(x + y)

    for i, (c, s) in enumerate([(8, 1), (16, 2), (16, 1)]):
        x = unit(f"loop1.{i}.unit1.", x, c, s, F.relu)
        x = unit(f"loop1.{i}.unit2.", x, c, 1, F.silu)
    return net.fc("fc1", x.mean((2, 3)), 10)


@case(real(3, 48, 48))
def hourglass(net, x):
    def res(p, x, c):
        y = net.conv(p + "conv1", net.bn(p + "bn1", x).relu(), c // 2)
        y = net.conv(p + "conv2", net.bn(p + "bn2", y).relu(), c // 2, 3, 1, 1)
        y = net.conv(p + "conv3", net.bn(p + "bn3", y).relu(), c)
        return y + (x if x.shape[1] == c else net.conv(p + "conv4", x, c))

    def hg(p, x, n, c):
        u = res(p + "up1.", x, c)
        y = res(p + "low1.", F.max_pool2d(x, 2), c)
        y = hg(p + "inner.", y, n - 1, c) if n > 1 else res(p + "inner.", y, c)
        y = res(p + "low3.", y, c)
        return u + F.interpolate(y, scale_factor=2)

    x = net.conv("conv1", x, 8, 7, 2, 3)
    x = hg("hourglass1.", x, 3, 8)
    for i in range(2):
        x = hg(f"repeat1.{i}.hourglass1.", x, 1, 8).relu()
    h = net.conv("conv2", x, 5)
    return {"out": h.mean((2, 3)), "heat": h}


@case(real(3, 32, 32))
def albert(net, x):
    def rcl(n, x, c):
        x = net.conv(n + ".conv1", x, c)
        for i in range(2):
            p = f"{n}.repeat1.{i}.step."

            def st(v, p=p):
                return net.bn(p + "bn1", net.conv(p + "conv1", v, c, 3, 1, 1)).relu()

            y = x
            v = st(x)
            for _ in range(2):
                v = st(v + y)
            x = v
        return x

    x = rcl("rcl2", F.max_pool2d(rcl("rcl1", x, 8), 2), 12).flatten(2).transpose(1, 2)
    for _ in range(4):
        x = x + net.mha("layer.mha1", net.ln("layer.ln1", x), 3)
        x = x + net.fc("layer.fc2", F.gelu(net.fc("layer.fc1", net.ln("layer.ln2", x), 24)), 12)
    return net.fc("fc1", x.mean(1), 2)
