"""Layers with arguments, drawn to meet a value; and how their arguments stand in a spec."""

import random
from collections.abc import Mapping
from typing import Any

from draws import draw_values

from archc.layers import LAYERS
from archc.layers.values import Ref, Value, Word, written
from archc.shape import Shape

from .structure import Arg, Expr, Use
from .values import Flow

ACTIVATIONS = ("relu", "gelu", "tanh", "silu", "sigmoid", "hswish", "elu", "leaky")
_OFTEN = {
    "first": ("conv", "conv", "conv", "pool", "bn", "relu", "deconv", "avgpool", "tokens"),
    "last": ("fc", "fc", "ln", "mha", "gelu", "mean", "take", "conv"),
    "vector": ("fc", "fc", "fc", "relu", "ln", "bn", "reshape"),
    "ids": ("embed",) * 60,
}

_FIXED = ("eps", "momentum", "alpha", "beta")
"""Arguments with bounds that are no matter of shapes."""


def layer(x: Flow, taps: Mapping[str, str], numbers: Mapping[str, int], rng: random.Random) -> Use:
    """Any layer, most often one that takes such a value. `taps` are how values may be named,
    `numbers` the names of numbers and their values here."""
    taking = [word for word, declared in LAYERS.items() if x.layout in declared.accepts]
    word = rng.choice(taking if rng.random() < 0.95 else list(LAYERS))
    if rng.random() < 0.5:
        word = rng.choice(_OFTEN[x.layout])
    declared = LAYERS[word]
    values = draw_values(declared, Shape(x.dims, x.layout), rng)  # type: ignore[arg-type]
    if word == "embed":
        # The ids of the examples are 0 and 1.
        values["n"] = rng.choice([2, 3, 9])
        values["pad"] = rng.choice([None, 0, 1, -1])
    for port in declared.ports:
        if values.pop(port, None) is not None and taps:
            values[port] = Ref(rng.choice(sorted(taps)))
    if word == "unpool" and "at" not in values:
        word, values = "relu", {}
    return use(word, values, taps, numbers, rng)


def keeping(x: Flow, numbers: Mapping[str, int], rng: random.Random) -> Use:
    """A layer that leaves the sizes alone."""
    plain = [*ACTIVATIONS, "id", "scale", "dropout", "ln"]
    if x.layout == "vector":
        word = rng.choice([*plain, "fc", "fc", "bn"])
    elif x.layout == "last":
        word = rng.choice([*plain, "fc", "fc", *(["mha", "pos"] if x.rank == 1 else [])])
    elif x.layout == "first":
        word = rng.choice([*plain, *["conv"] * 6 * (x.rank < 4), "bn", "gn"])
    else:
        word = "id"
    values: dict[str, Value] = {}
    if word in ("fc", "conv"):
        values["c"] = x.c
    if word == "conv" and rng.random() < 0.7:
        k = rng.choice([1, 3, 3, 5])
        values |= {"k": k, "p": rng.choice([k // 2, Word("same"), Word("half")])}
        if rng.random() < 0.2:
            values["g"] = x.c
    if word in ("mha", "gn"):
        values["heads" if word == "mha" else "groups"] = rng.choice([1, x.c])
    if word == "dropout":
        values["p"] = 0.25
    return use(word, values, {}, numbers, rng)


def use(
    word: str,
    values: Mapping[str, Value],
    taps: Mapping[str, str],
    numbers: Mapping[str, int],
    rng: random.Random,
) -> Use:
    """A layer's step: some arguments by place, the others by key, numbers by their names here."""
    return Use(word, spelled([p.name for p in LAYERS[word].parameters], values, taps, numbers, rng))


def spelled(
    order: list[str],
    values: Mapping[str, Value],
    taps: Mapping[str, str],
    numbers: Mapping[str, int],
    rng: random.Random,
    short: bool = True,
) -> tuple[Arg, ...]:
    """Arguments as a spec could write them."""
    leading = 0
    # A layer's name in such a place would read as the next step.
    while leading < len(order) and values.get(order[leading], "relu") not in LAYERS:
        leading += 1
    placed = order[: rng.choice([leading, rng.randint(0, leading)])]
    keyed = [name for name in values if name not in placed]
    rng.shuffle(keyed)
    args = []
    for name in (*placed, *keyed):
        fixed = name in _FIXED
        value, text = _spell(values[name], taps, {} if fixed else numbers, rng)
        if name in placed:
            shown = text
        elif short and name in "kspdg" and _is_short(value) and rng.random() < 0.7:
            shown = name + written(value).strip("[]").replace(" ", "x")  # type: ignore[arg-type]
        else:
            shown = f"{name}={text}"
        args.append(Arg(name, value, shown))
    return tuple(args)


def _is_short(value: Any) -> bool:
    whole = value if isinstance(value, tuple) and value else (value,)
    return all(type(v) is int and v >= 0 for v in whole) and not isinstance(value, Expr)


def _spell(
    value: Value, taps: Mapping[str, str], numbers: Mapping[str, int], rng: random.Random
) -> tuple[object, str]:
    if isinstance(value, Ref):
        return value, taps[value.name]
    if type(value) is int and numbers and rng.random() < 0.3:
        text = expression(value, numbers, rng)
        return Expr(text), text
    if isinstance(value, tuple) and len(value) > 1 and rng.random() < 0.5:
        whole = all(type(v) is int and v > 0 for v in value)
        return value, "x".join(map(str, value)) if whole else written(value)
    return value, written(value)


def expression(value: int, numbers: Mapping[str, int], rng: random.Random) -> str:
    """A number by way of the names there are."""
    name = rng.choice(sorted(numbers))
    known = numbers[name]
    # Where it is not built it may come to less, but a count must stay one.
    least = min(value, 1)
    ways = [f"{name}+{value - known}" if value > known else f"max({least},{name}-{known - value})"]
    if value == known:
        ways = [name] * 3
    elif known and value % known == 0:
        ways += [f"{value // known}*{name}"] * 3
    elif value and known % value == 0:
        ways += [f"max({least},{name}//{known // value})"] * 3
    if value >= known:
        ways.append(f"max({value},{name})")
    if value > 0:
        ways.append(f"({value} if {name} == {known} else {rng.choice([1, 2, value])})")
    return rng.choice(ways)


def condition(numbers: Mapping[str, int], rng: random.Random) -> str:
    """A condition on the names there are."""
    if not numbers:
        return rng.choice(["1 == 1", "2 < 1"])
    name = rng.choice(sorted(numbers))
    near = numbers[name] + rng.choice([-1, 0, 0, 1])
    test = f"{name} {rng.choice(['==', '!=', '<', '>', '<=', '>='])} {near}"
    other = rng.choice(sorted(numbers))
    return rng.choice([test, test, f"{name} == {other}", f"{name} % 2 == 0", f"not {test}"])
