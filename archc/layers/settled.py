"""What rules say where sizes are open: refused is what is wrong whatever they turn out to be, and
what needs a number in their place."""

from collections.abc import Callable, Iterator

from archc.layers.base import Layer, Mismatch
from archc.shape import Shape, describe
from archc.symbolic import Open, Undecided, by_cases, explore


def settled(word: str, x: Shape, rule: Callable[[], Shape]) -> Shape:
    """The shape behind a rule, which is asked for each way that the open sizes of `x` may turn out.
    Raises Mismatch where it refuses all of them."""
    found = list(explore(lambda: _outcome(rule)))
    shapes = [(facts, shape) for facts, shape in found if isinstance(shape, Shape)]
    if shapes:
        columns = range(len(shapes[0][1].dims))
        dims = (by_cases([(facts, shape.dims[i]) for facts, shape in shapes]) for i in columns)
        return Shape(tuple(dims), shapes[0][1].layout)
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


def needs_number(what: str, x: Shape) -> Mismatch:
    """The refusal of a step that is built from a number where `?` arrives."""
    written = "write the sizes in the `input` line in place of `?`"
    before = "put `gap` in front of `flatten`: it leaves one position of any size"
    return Mismatch(
        "E0320",
        f"{what} is built from sizes that are known before the network runs, got {describe(x)}",
        help=f"{before}; or {written}" if x.layout == "vector" else written,
        trail=True,
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
