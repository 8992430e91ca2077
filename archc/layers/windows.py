"""What convolutions and pools share: padding amounts and windows that must fit."""

from archc.layers.base import Mismatch, Window
from archc.layers.cures import Give
from archc.shape import Shape, describe
from archc.symbolic import Open, Size, number


def half_padding(values: dict[str, object]) -> dict[str, object]:
    """The arguments with `p=half` worked out: (k-1)//2*d a dimension."""
    k, d = values.get("k"), values.get("d")
    if values.get("p") != "half" or not isinstance(k, tuple):
        return values
    spacing = d if isinstance(d, tuple) else (1,) * len(k)
    if len(spacing) != len(k):
        # The number of dimensions is not known, and lists of one a dimension are not checked yet.
        return values
    return {**values, "p": tuple((a - 1) // 2 * b for a, b in zip(k, spacing, strict=True))}


def everywhere(x: Shape) -> Window:
    """Where each output depends on all positions."""
    ones = (1,) * x.rank
    return Window(x.positions, ones, ones)


def extent(kernel: int, dilation: int) -> int:
    """Input positions that a dilated kernel spans."""
    return dilation * (kernel - 1) + 1


def pooled(n: Size, k: int, s: int, p: int, d: int, ceil: bool) -> Size:
    """Windows of a pool along n positions; with `ceil` also a last one that stands out behind the
    border, unless it would begin in the padding there.

    Source: torch's `pooling_output_shape`.
    """
    room = n + 2 * p - extent(k, d)
    return (min(-(-room // s), (n + p - 1) // s) if ceil else room // s) + 1


def sees_only_padding(n: Size, k: int, s: int, p: int, d: int, ceil: bool) -> bool:
    """Whether a pool has a window whose taps all miss its n positions."""
    if d <= n:
        # Taps closer than the input is long cannot jump over it.
        return False
    starts = (i * s - p for i in range(number(pooled(n, k, s, p, d, ceil))))
    # The first tap at or behind position 0 must come before n and before the window's end.
    skipped = ((start, max(0, -(start // d))) for start in starts)
    return any(tap >= k or start + tap * d >= n for start, tap in skipped)


def refuse_larger_window(
    word: str,
    x: Shape,
    k: tuple[int, ...],
    padding: tuple[int, ...],
    d: tuple[int, ...],
    overhang: tuple[int, ...] | None = None,
) -> None:
    """Refuses a window larger than its padded input.

    `padding` is the sum of both sides; `overhang` is what a window may stand out behind that.
    """
    spare = overhang or (0,) * len(k)
    spans = tuple(extent(a, b) - c for a, b, c in zip(k, d, spare, strict=True))
    padded = tuple(a + b for a, b in zip(x.positions, padding, strict=True))
    if all(a <= b for a, b in zip(spans, padded, strict=True)):
        return
    spaced = f" with dilation {by(d)}" if any(b > 1 for b in d) else ""
    around = f" ({by(padded)} with its padding)" if padded != x.positions else ""
    room = tuple(a + b for a, b in zip(padded, spare, strict=True))
    texts = _smaller_window(k, d, room)
    smaller = " ".join(f"{name}{text}" for name, text in texts.items())
    raise Mismatch(
        "E0303",
        f"`{word}` needs an input of at least {by(spans)}, got {by(x.positions)}{around}",
        about="k",
        note=f"a {by(k)} window{spaced} does not fit {describe(x)}{around}",
        help=f"use `{smaller}`, or shrink the map less in the steps before" if smaller else None,
        trail=True,
        cures=(Give(texts),) if smaller else (),
        shrank=True,
    )


def by(sizes: tuple[Size, ...]) -> str:
    """Sizes as a spec writes them: `5x5`."""
    return "x".join(map(str, sizes))


def short(sizes: tuple[Size, ...]) -> str:
    """Sizes as a spec writes them behind `k` or `p`: one number where all agree."""
    return str(sizes[0]) if len(set(sizes)) == 1 else by(sizes)


def _smaller_window(
    k: tuple[int, ...], d: tuple[int, ...], room: tuple[Size, ...]
) -> dict[str, str]:
    """The arguments of a window that fits; none where the input is too small for any."""
    largest = tuple(map(min, k, room))
    if any(isinstance(side, Open) or side < 1 for side in largest):
        return {}
    if len(set(k)) == 1:
        largest = (min(largest),) * len(k)
    side = {} if largest == k else {"k": short(largest)}
    return {**side, **({"d": "1"} if any(b > 1 for b in d) else {})}
