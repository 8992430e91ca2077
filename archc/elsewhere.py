"""How PyTorch, Keras and Darknet write what a spec says: their names of arguments and classes, so
that an error can show the same step in a spec's own words."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from archc.tuples import NamedTuple

_KEYS = {
    "c": "out out_channels out_features filters units channels output_channels out_planes "
    "n_filters num_filters features hidden_size embedding_dim embed_dim dim n_out",
    "in": "in_channels in_features in_planes input_size n_in",
    "k": "kernel kernel_size kernel_shape ksize filter_size pool_size size window window_size "
    "scale_factor",
    "s": "stride strides subsample",
    "p": "padding pad pads rate drop prob probability negative_slope",
    "d": "dilation dilations dilation_rate",
    "g": "group groups num_groups",
    "groups": "num_groups g",
    "mode": "padding_mode interpolation",
    "ceil": "ceil_mode",
    "pad_count": "count_include_pad",
    "to": "output_size size end_dim target_shape",
    "from": "start_dim",
    "bias": "use_bias",
    "affine": "elementwise_affine",
    "eps": "epsilon",
    "a": "alpha",
    "axis": "dim axes",
    "approx": "approximate",
    "outpad": "output_padding",
    "heads": "num_heads n_heads nhead n_head num_head",
    "layers": "num_layers n_layers",
    "bi": "bidirectional",
    "n": "num_embeddings vocab_size input_dim vocab",
    "pad": "padding_idx",
    "corners": "align_corners",
    "w": "kernel_initializer init weight_init",
}

_CANDIDATES: dict[str, list[str]] = {}
for _ours, _theirs in _KEYS.items():
    for _name in _theirs.split():
        _CANDIDATES.setdefault(_name, []).append(_ours)


def key_here(name: str, known: Sequence[str]) -> str | None:
    """What a step with the arguments `known` calls an argument that others call `name`."""
    return next((key for key in _CANDIDATES.get(name.lower(), ()) if key in known), None)


def keys_elsewhere(known: Sequence[str]) -> tuple[str, ...]:
    """The names that others have for arguments."""
    return tuple(name for name, ours in _CANDIDATES.items() if any(key in known for key in ours))


ACTIVATIONS = ("activation", "act", "nonlinearity", "activation_fn", "act_layer")
"""What others call an activation that a layer is given."""

_FLAGS = {
    **{word: ("p", word) for word in ("same", "valid", "half")},
    **dict.fromkeys(("nobias", "no_bias", "bias_free", "unbiased"), ("bias", "no")),
    **{
        word: ("mode", word) for word in ("reflect", "replicate", "circular", "bilinear", "bicubic")
    },
    **dict.fromkeys(("depthwise", "dw"), ("g", "C")),
    "causal": ("causal", "yes"),
    **dict.fromkeys(("bidirectional", "bidir"), ("bi", "yes")),
    "ceil": ("ceil", "yes"),
}


def flag_here(word: str) -> tuple[str, str] | None:
    """The argument and its value that a word alone means."""
    return _FLAGS.get(word.lower())


_UNSAID = frozenset({
    *ACTIVATIONS, "in", "in_channels", "in_features", "input_size", "num_features",
    "normalized_shape", "num_channels", "input_shape", "inplace", "device", "dtype", "name",
    "data_format", "return_indices", "track_running_stats", "batch_first",
})  # fmt: skip
"""What a class is told there and nobody says here: sizes follow from the value that arrives, and an
activation is a step of its own."""

# Of each class its word here, the argument that is written by place here, and its own order; `-` is
# what nobody says here. Classes are in lower case, without `1d`, `2d`, `3d` at the end.
_CLASSES = {
    "conv": ("conv", "c", "- c k s p d g bias mode"),
    "convtranspose": ("deconv", "c", "- c k s p outpad g bias d"),
    "linear": ("fc", "c", "- c bias"),
    "dense": ("fc", "c", "c -"),
    "maxpool": ("pool", "k", "k s p d - ceil"),
    "maxpooling": ("pool", "k", "k s p"),
    "avgpool": ("avgpool", "k", "k s p ceil pad_count"),
    "averagepooling": ("avgpool", "k", "k s p"),
    "adaptivemaxpool": ("pool", "", "to"),
    "adaptiveavgpool": ("avgpool", "", "to"),
    "globalmaxpooling": ("gmp", "", ""),
    "globalaveragepooling": ("gap", "", ""),
    "batchnorm": ("bn", "", "- eps momentum affine"),
    "batchnormalization": ("bn", "", ""),
    "instancenorm": ("instnorm", "", "- eps momentum affine"),
    "groupnorm": ("gn", "groups", "groups - eps affine"),
    "layernorm": ("ln", "", "- eps affine"),
    "layernormalization": ("ln", "", ""),
    "rmsnorm": ("rms", "", "- eps affine"),
    "dropout": ("dropout", "p", "p -"),
    "flatten": ("flatten", "", "from to"),
    "embedding": ("embed", "n", "n c pad"),
    "multiheadattention": ("mha", "heads", "- heads p bias"),
    "leakyrelu": ("leaky", "p", "p -"),
    "elu": ("elu", "a", "a -"),
    "softmax": ("softmax", "", "axis"),
    "logsoftmax": ("logsoftmax", "", "axis"),
    "pixelshuffle": ("pixelshuffle", "r", "r"),
    "identity": ("id", "", ""),
} | {
    name: (name, "", "-")
    for name in ("relu", "relu6", "silu", "mish", "sigmoid", "tanh", "selu", "gelu", "softplus")
}
_PREFIX = r"(?i)(torch\.|tf\.|keras\.|nn\.|layers\.|functional\.|F\.)*"


class Here(NamedTuple):
    """A step as it is written here: its word, the values by place, those by key, the activation
    that follows. `sure` says that the class's own order of values leaves no doubt."""

    word: str
    placed: tuple[Any, ...]
    keyed: tuple[tuple[str, Any], ...]
    activation: Any | None
    sure: bool

    def map(self, change: "Callable[[Any], Any]") -> "Here":
        """The same step of changed values."""
        keyed = tuple((key, change(value)) for key, value in self.keyed)
        activation = None if self.activation is None else change(self.activation)
        return Here(self.word, tuple(map(change, self.placed)), keyed, activation, self.sure)


def written_here(name: str, arguments: Sequence[tuple[str | None, Any]]) -> Here | None:
    """A class of others with its arguments (name or None, value) as a step; None for one that is
    not known, or is given more than it takes."""
    bare = re.sub(_PREFIX, "", name, count=1)
    found = _CLASSES.get(re.sub(r"[123]d$", "", bare.replace("_", "").lower()))
    if found is None:
        return None
    word, first, text = found
    order = text.split()
    places = sum(key is None for key, _ in arguments)
    sure = True
    if order[:2] == ["-", "c"] and _without_input(word, places, arguments):
        # Keras infers what arrives, PyTorch wants it first.
        order, sure = order[1:], places == 1
    if places > len(order):
        return None
    free = iter(order)
    given = [(key or next(free), value) for key, value in arguments]
    known = (*(key for key in (first, *order) if key not in ("", "-")), "c", "k", "s", "p", "bias")
    named = [(key_here(key, known) or key, value) for key, value in given]
    said = [(key, value) for key, value in named if key not in _UNSAID and key != "-"]
    activation = next((value for key, value in given if key in ACTIVATIONS), None)
    placed = tuple(value for key, value in said if key == first)
    return Here(word, placed, tuple(pair for pair in said if pair[0] != first), activation, sure)


def is_step(name: str) -> bool:
    """Whether a word is one of a layer here or a class of others."""
    return name in _OURS or written_here(name, ()) is not None


_OURS = frozenset(word for word, _, _ in _CLASSES.values())


def _without_input(word: str, places: int, arguments: Sequence[tuple[str | None, object]]) -> bool:
    """Whether the values by place begin with the output's channels."""
    keys = {key for key, _ in arguments}
    if keys & {"out_channels", "out_features"}:
        return False
    return places == 1 or (places == 2 and word != "fc" and "kernel_size" not in keys)


def value_here(text: str) -> str:
    """A value of Python as a spec writes it: `(3, 3)` is `[3 3]`, `True` is `yes`."""
    text = text.strip()
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if re.fullmatch(r"""(['"])\w+\1""", text):
        return text[1:-1]
    if re.fullmatch(r"[(\[].*,.*[)\]]", text, re.DOTALL):
        parts = text[1:-1].replace(",", " ").split()
        return parts[0] if len(set(parts)) == 1 else f"[{' '.join(parts)}]"
    return f"({text})" if re.search(r"\s", text) else text


_CONSTANTS = {"True": "yes", "False": "no", "None": "none", "true": "yes", "false": "no"}


def step_here(here: Here) -> str:
    """The step as text: `conv 32 k3 p=same | relu`."""
    words = [here.word, *map(value_here, here.placed)]
    for key, value in here.keyed:
        text = value_here(value)
        short = key in tuple("kspdg") and text.isdigit()
        words.append(f"{key}{text}" if short else f"{key}={text}")
    step = " ".join(words)
    if here.activation is None or value_here(here.activation) in ("none", "linear"):
        return step
    return f"{step} | {value_here(here.activation).rpartition('.')[2].lower()}"
