"""Text along the grammar: nested, long and wide."""

from collections.abc import Callable
from random import Random

LAYERS = (
    "conv 8 k3 p1", "conv C k1", "conv 2*C s2", "relu", "bn", "pool 2", "avgpool 3 s1 p1", "gap",
    "id", "flatten", "fc 10", "fc C", "hwc", "chw", "tokens", "ln", "mha 2", "dropout .1", "up 2",
    "scale", "deconv 8 k2 s2", "glu", "softmax", "pos", "cls", "take 0", "mean", "lstm 8", "s2d",
    "gn 2", "pad 1", "f", "f 4", "f n=2", "unit 8 { relu }", "residual { ln | mha 2 }", "cbr 8",
    "se", "mlp", "h", "@a", "@lost", "body", "expect 8x4x4", "reshape [C ?]", "permute 2 1",
    "windows 2 { attn 2 }", "shuffle 2",
)  # fmt: skip
VALUES = (
    "0", "1", "2", "3", "8", "-1", "2.5", "C", "n", "i", "yes", "no", "none", '"a"', "relu",
    "[1 2; 3 4]", "3x3", "?", "0..3", "C//2", "@a.C", "10**9", "len([1 2])", "max(1, n)", "x", "[]",
    "[1 2]",
)  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "==", "<", ">=", "and", "or", "..")
MERGES = ("add", "concat", "mul", "split", "stack", "join", "sub", "matmul")
INPUTS = ("8x8x8", "3x32x32", "3x?x?", "16", "8x16", "4x4x8x8", "64 int", "[n 8 8]", "a 8x8x8")

# What holds itself, by its text in front and behind.
DEEP = (
    ("{ ", " }"), ("add(", ")"), ("add(id, ", ")"), ("2 * { ", " }"), ("2 * ", ""), ("a: ", ""),
    ("if 1 { ", " }"), ("if n { id } else { ", " }"), ("for i in 0..1 { ", " }"), ("conv (", ")"),
    ("conv ", "+1"), ("fc [", "]"), ("fc -", "1"), ("let a = (", "1)"), ("let a = not ", "1"),
    ("let a = max(", ")"), ("let a = [1 for i in ", "]"), ("let a = 1 if 2 else ", "3"),
    ("let a = b[", "]"), ("let a = 2**", "2"), ("windows 2 { ", " }"), ("residual { ", " }"),
    ("with conv bias=no { ", " }"), ("block a { ", " }"), ("share a = { ", " }"),
    ("default conv bias=no | ", ""),
)  # fmt: skip
LONG = (
    "relu | ", "relu\n", "| ", "\n", ";", "# a\n", "a", "9", " ", "\t", "\r\n", "conv 8 ", "@a ",
    "add(id, id) | ", "k3 ", "x1", "-", "(", ")", "[", "]", "{", "}", "..", "-> a | @a | ", '"',
    "let a = 1\n", "block f { relu }\n", "input 3x8x8\n", "use std\n", "rleu | ", "conv 8 $ | ",
    "a:", "\x00", "=", "\u202e", "2 * ", "output a | ", "param a = 1\n", "if 1 { id } ", "C*",
    "fc 8 + 1 | ", "conv k 3 | ", "1,", "'",
)  # fmt: skip


def network(draw: Random) -> str:
    """A file with declarations and steps that may fit together."""
    lines = [f"input {draw.choice(INPUTS)}"]
    if draw.random() < 0.4:
        lines.append("use std")
    if draw.random() < 0.5:
        lines.append(f"param n = {value(draw, 1)}")
    if draw.random() < 0.6:
        lines.append(f"block f(n=2, x=1, ..r) {{ {steps(draw, 1)} }}")
    if draw.random() < 0.3:
        lines.append(f"block unit(c) {{ {steps(draw, 1)} | body }}")
    if draw.random() < 0.3:
        lines.append(f"share h = {{ {steps(draw, 1)} }}")
    lines += [steps(draw, draw.choice((0, 1, 1, 2, 3))) for _ in range(draw.randrange(1, 4))]
    return "\n".join(lines) + "\n"


def steps(draw: Random, depth: int) -> str:
    return " | ".join(step(draw, depth) for _ in range(draw.choice((1, 1, 1, 2, 3))))


def step(draw: Random, depth: int) -> str:
    if depth <= 0 or draw.random() < 0.3:
        return draw.choice(LAYERS)
    return draw.choice(_FORMS)(draw, depth - 1)


def value(draw: Random, depth: int) -> str:
    if depth <= 0 or draw.random() < 0.4:
        return draw.choice(VALUES)
    one, other = value(draw, depth - 1), value(draw, depth - 1)
    return draw.choice((
        f"({one} {draw.choice(OPERATORS)} {other})",
        f"({one} if {other} else 2)",
        f"[{one} {other}]",
        f"[{one} for i in {other}]",
        f"min({one}, {other})",
        f"({one})[{other}]",
        f"({one})[1:{other}]",
        f"-{one}",
        f"(not {one})",
    ))  # fmt: skip


def _merge(draw: Random, depth: int) -> str:
    branches = [steps(draw, depth) for _ in range(draw.choice((1, 2, 2, 3, 9)))]
    if draw.random() < 0.2:
        branches[-1] += f" if {value(draw, 1)}"
    return f"{draw.choice(MERGES)}({', '.join(branches)})"


_FORMS: tuple[Callable[[Random, int], str], ...] = (
    _merge,
    lambda draw, depth: f"{{ {steps(draw, depth)} }}",
    lambda draw, depth: f"{draw.choice((0, 1, 2, 3, 1000))} * {{ {steps(draw, depth)} }}",
    lambda draw, depth: f"({value(draw, 2)}) * {step(draw, depth)}",
    lambda draw, depth: f"for i in {value(draw, 2)} {{ {steps(draw, depth)} }}",
    lambda draw, depth: f"for i in 0..3 {{ conv 4+i k1 | {steps(draw, depth)} }}",
    lambda draw, depth: f"if {value(draw, 2)} {{ {steps(draw, depth)} }}",
    lambda draw, depth: f"if {value(draw, 2)} {{ {step(draw, depth)} }} else {{ {step(draw, 0)} }}",
    lambda draw, depth: f"{draw.choice('abc')}: {{ {steps(draw, depth)} }}",
    lambda draw, depth: f"{step(draw, depth)} -> {draw.choice('abc')}",
    lambda draw, depth: (
        f"with {draw.choice(('bn eps', 'conv k', 'f n'))}=2 {{ {steps(draw, depth)} }}"
    ),
    lambda draw, depth: (
        f"{step(draw, 0)} | output {draw.choice('abc')}{draw.choice(('', ' train'))}"
    ),
    lambda draw, depth: f"let n = {value(draw, 3)}",
    lambda draw, depth: f"conv {value(draw, 2)} k={value(draw, 2)}",
    lambda draw, depth: f"{draw.choice(LAYERS)} {draw.choice('kspdxwc')}={value(draw, 1)}",
    lambda draw, depth: (
        f"default {draw.choice(('conv', 'bn', 'f'))} {draw.choice('xkw')}={value(draw, 1)}"
    ),
)


def deep(draw: Random) -> str:
    """One form in itself, or several in turn, as deep as is drawn."""
    forms = draw.sample(DEEP, draw.choice((1, 1, 2, 3)))
    times = _many(draw) // len(forms)
    front = "".join(before for before, _ in forms) * times
    behind = "".join(after for _, after in reversed(forms)) * draw.choice(
        (times, times, times - 1, 1)
    )
    return f"input 8x8x8\nparam n = 2\n{front}{draw.choice(LAYERS)}{behind}\n"


def long(draw: Random) -> str:
    """The same again and again."""
    head = draw.choice(("", "input 8x8x8\n", "input 8x8x8\nconv 8", "input 8x8x8\nfc ", "input "))
    return head + draw.choice(LONG) * (2 * _many(draw)) + draw.choice(("", "id", "\nrelu\n", ")"))


def _many(draw: Random) -> int:
    """Mostly few, sometimes thousands."""
    return int(2 ** draw.uniform(1, 7 if draw.random() < 0.97 else 14))
