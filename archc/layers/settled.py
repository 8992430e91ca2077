"""What rules say once it is settled: where sizes are open, refused is what is wrong whatever they
turn out to be, and what needs a number in their place; anywhere, what no tensor can hold."""

from collections.abc import Callable, Iterable, Iterator
from math import prod

from archc.layers.base import Layer, Mismatch
from archc.layers.cures import Ahead
from archc.shape import Shape, describe
from archc.symbolic import Open, Size, Undecided, by_cases, explore

LIMIT = 2**63
"""PyTorch counts a tensor's numbers in 64 bits: it can make none that has so many."""


def settled(word: str, x: Shape, rule: Callable[[], Shape]) -> Shape:
    """The shape behind a rule, which is asked for each way that the open sizes of `x` may turn out.
    Raises Mismatch where it refuses all of them, and where no tensor has that shape."""
    found = list(explore(lambda: _outcome(rule)))
    shapes = [(facts, shape) for facts, shape in found if isinstance(shape, Shape)]
    if shapes:
        shape = shapes[0][1]
        if len(shapes) > 1:
            columns = range(len(shape.dims))
            dims = (by_cases([(facts, s.dims[i]) for facts, s in shapes]) for i in columns)
            shape = Shape(tuple(dims), shape.layout)
        refuse_large(f"the value behind `{word}`", shape.dims)
        return shape
    for _, mismatch in found:
        if isinstance(mismatch, Mismatch):
            raise mismatch
    raise needs_number(f"`{word}`", x)


def refuse_open(layer: Layer, x: Shape) -> None:
    """Refuses a layer whose weights or text would hold a size that is open. Raises Mismatch."""
    try:
        baked = any(isinstance(size, Open) for size in _baked(layer, x))
    except Undecided:
        baked = True
    if baked:
        raise needs_number(f"`{layer.word}`", x)


def refuse_large(what: str, sizes: Iterable[Size]) -> None:
    """Refuses sizes that no tensor has, whatever the open ones turn out to be. Raises Mismatch."""
    numbers = prod(size for size in sizes if isinstance(size, int))
    if numbers < LIMIT:
        return
    power = numbers.bit_length() - 1
    over = "over " if numbers > 1 << power else ""
    raise Mismatch(
        "E0321",
        f"expected less than 2^63 numbers in a tensor, got {over}2^{power} in {what}",
        help="write smaller sizes, or fewer steps that enlarge",
    )


def refuse_large_weights(layer: Layer, x: Shape) -> None:
    """Refuses a layer with a tensor that cannot be. Raises Mismatch."""
    for tensor in layer.tensors(x):
        refuse_large(f"`{tensor.name}` of `{layer.word}`", tensor.shape)


def needs_number(what: str, x: Shape) -> Mismatch:
    """The refusal of a step that is built from a number where `?` arrives."""
    written = "write the sizes in the `input` line in place of `?`"
    before = "put `gap` in front of `flatten`: it leaves one position of any size"
    return Mismatch(
        "E0320",
        f"{what} is built from sizes that are known before the network runs, got {describe(x)}",
        help=f"{before}; or {written}" if x.layout == "vector" else written,
        trail=True,
        cures=(Ahead("flatten", "gap"),),
    )


def _outcome(rule: Callable[[], Shape]) -> Shape | Mismatch:
    try:
        return rule()
    except Mismatch as mismatch:
        return mismatch


def _baked(layer: Layer, x: Shape) -> Iterator[object]:
    for tensor in layer.tensors(x):
        yield from tensor.shape
    code = layer.code(x)
    for call in (code.init, code.call):
        if call is not None:
            for term in (*call.terms, *(term for _, term in call.keywords)):
                yield from term.value if isinstance(term.value, tuple) else (term.value,)
