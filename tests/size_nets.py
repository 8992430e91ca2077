"""Networks for the tests of `archc sizes`, and what is said of them."""

UNET = """input 2x8x8
conv 3 k3 p1 -> a
pool 2 | conv 3 k3 p1 -> b
pool 2 | up 2
concat(id, @b) | up 2 | concat(id, @a)"""

BLOCKS = """use std
block f(c) { add(conv c k3 p1 | bn | conv c k3 p1, if C != c { conv c }) | relu }
block dec(memory) { mha 2 kv=memory }
share h = { conv 8 k3 p1 | relu }
input 3x8x8
f 4 | pool 2 | f 4 | 3 * f 4 | f 8 | add(h, h) | se 2 -> m
tokens -> keys
2 * { residual { ln | dec memory=@keys } | residual { mlp 2 } }
map like=@m | for c in [8 6] { conv c k2 } | gap"""

AUX = """input 3x12x12
conv 4 k3 -> m
avgpool 5 s3 | flatten | fc 3 | output aux train
@m | conv 4 k3 | gap"""

SIAMESE = "input a 3x8x8\ninput b 3x8x8\nsub(conv 4 k3, @b | conv 4 k3) | gap | flatten | fc 1"
SCALED = "input a 3x8x8\ninput b 3x16x16\nconcat(conv 4 k3 p1, @b | pool 2) | conv 2 k3"
MASKED = "input a 9 int\ninput m 9 int\nembed 5 4 | mha 2 mask=@m | mean"
ONE_INPUT_TOKENS = "input 12 int\nembed 10 4 | pos | mha 2 causal=yes | fc 3"

# A text, and the first lines of what is said.
SAID = {
    "flatten": (
        "input 3x9x9\nconv 4 k3 | relu | pool 2 | flatten | fc 5",
        (
            "H, W: from 8 to 9\n"
            "  7: `fc` is built for the vector 36, got the vector 24 (line 2)\n"
            "  10: `fc` is built for the vector 36, got the vector 48 (line 2)\n"
            "other combinations fit as well, such as H = 4, W = 20\n"
            "C: exactly 3\n"
            "tried from 1 to 1,024"
        ),
    ),
    "gap": (
        "input 3x30x40\nconv 4 k5 s2 | bn | relu | conv 3 k9 | gap | flatten | fc 5",
        (
            "H, W: any size from 21 on\n"
            "  20: `conv` needs an input of at least 9x9, got 8x18 (line 2)\n"
        ),
    ),
    "unet": (
        UNET,
        (
            "H, W: 4 and every larger multiple of 4\n"
            "  5: `concat` needs branches that differ in channels alone, got 6x4x8 and 3x5x8"
            " (line 5)\n"
            "C: exactly 2\n"
        ),
    ),
    "larger multiples": (
        "input 2x16x16\nid -> a\npool 2 | conv 2 k5 p1 | pad 1 | up 2 | add(id, @a)",
        (
            "H, W: 6 and every larger multiple of 2\n"
            "  4: `conv` needs an input of at least 5x5, got 2x8 (4x10 with its padding) (line 3)\n"
            "  7: `add` needs branches of one shape, got 2x6x16 and 2x7x16 (line 3)\n"
        ),
    ),
    "odd": (
        "input 3x9x9\nid -> a\nconv 3 k2 s2 | deconv 3 k3 s2 | concat(id, @a)",
        "H, W: odd sizes from 3 on\n",
    ),
    "one": ("input 3x8x8\ntokens | pos | mean", "H, W: exactly 8\n"),
    "unlike": ("input 3x6x9\npermute [2 1 3] | conv 2 k3", "H: exactly 6\n  5: `conv` is built"),
    "equal": ("input 3x6x6\nadd(id, permute [1 3 2]) | conv 2 k3", "H = W: any size from 3 on\n"),
    "not each pair": (
        "input 3x14x14\ntokens | take 100",
        (
            "H, W: any size from 8 on\n"
            "  7: `take`: expected a token from 0 to 97, got 100 (line 2)\n"
            "other combinations fit as well, such as H = 516, W = 7\n"
            "not all combinations fit: H = 8, W = 8\n"
            "  `take`: expected a token from 0 to 63, got 100 (line 2)\n"
        ),
    ),
    "length": ("input 3x10\ntranspose | lstm 4 | take 3", "L: any size from 4 on\n"),
    "ids": (
        ONE_INPUT_TOKENS,
        (
            "L: exactly 12\n"
            "  11: `pos` is built for the 12x4 tokens, got the 11x4 tokens (line 2)\n"
            "  13: `pos` is built for the 12x4 tokens, got the 13x4 tokens (line 2)\n"
            "tried from 1 to 1,024"
        ),
    ),
    "volume": ("input 2x6x8x8\nconv 3 k3 p1 | avgpool 2 | gap", "D, H, W: any size from 2 on\n"),
    "vector": ("input 12\nfc 3", "C: exactly 12"),
    "siamese": (SIAMESE, "a.H = b.H, a.W = b.W: any size from 3 on\n"),
    "scaled": (
        SCALED,
        "a.H, a.W: exactly 8\n",
    ),
    "mask": (MASKED, "a.L = m.L: any size from 1 on\n"),
    "training": (
        AUX,
        (
            "H, W: from 10 to 12\n"
            "  9: `fc` is built for the vector 16, got the vector 8 (line 3)\n"
            "  13: `fc` is built for the vector 16, got the vector 24 (line 3)\n"
            "other combinations fit as well, such as H = 7, W = 16\n"
            "C: exactly 3\n"
            "in evaluation, without the outputs of training:\n"
            "  H, W: any size from 5 on\n"
            "    4: `conv` needs an input of at least 3x3, got 2x10 (line 4)\n"
            "tried from 1 to 1,024"
        ),
    ),
    "frozen": (
        "input 3x8x8\nconv 4 k=H//4 | if H > 4 { pool 2 } | gap",
        "H, W: any size from 3 on",
    ),
    "expect": ("input 3x8x8\npool 2 | expect 3x4x4 | gap", "H, W: any size from 2 on"),
    "unpool": (
        "input 3x8x8\npool 2 -> p\nconv 3 k3 p1 | unpool 2 at=@p | relu",
        "H, W: 2 and every larger multiple of 2\n",
    ),
}
