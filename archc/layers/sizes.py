"""What layers say about sizes: nothing left, other numbers, places that are not there."""

from typing import NoReturn

from archc.layers.base import Mismatch
from archc.layers.cures import Cure, Give, Put
from archc.layers.groups import largest_divisor
from archc.layers.kinds import LARGEST
from archc.shape import Shape, describe
from archc.symbolic import Open, Size, differ, number, product


def arriving(x: Shape) -> str:
    """`the 3x8x8 map arrives`, `the 16x3 tokens arrive`."""
    what = describe(x)
    return f"{what} {'arrive' if what.endswith('s') else 'arrives'}"


def refuse_nothing_left(x: Shape, out: Shape, about: str, help_: str) -> NoReturn:
    """Refuses a result without any number in it."""
    raise Mismatch(
        "E0308",
        f"expected at least one number to be left, got none: {out}",
        about=about,
        note=f"leaves nothing of {describe(x)}",
        help=help_,
        trail=True,
        shrank=True,
    )


def refuse_missing_place(place: int, count: Size, what: str, about: str, x: Shape) -> None:
    """Refuses a place outside of `count`; negative ones count from the end."""
    if -count <= place < count:
        return
    places = f"a {what} from 0 to {count - 1}" if count > 1 else f"{what} 0"
    raise Mismatch(
        "E0313",
        f"expected {places}, got {place}",
        about=about,
        note=arriving(x),
        help=f"write `{about}=-1` for the last one",
        trail=True,
        cures=(Give({about: "-1"}),),
    )


def refuse_port(about: str, wanted: str, arriving: Shape | None, help_: str = "") -> NoReturn:
    """Refuses what arrives at a port."""
    got = "nothing" if arriving is None else describe(arriving)
    message = f"`{about}` takes {wanted}, got {got}"
    raise Mismatch("E0316", message, about=about, help=help_ or None)


def filled(
    sizes: tuple[Size | None, ...], total: Size, what: str, about: str, x: Shape
) -> tuple[Size, ...]:
    """Sizes whose product is `total`, with the open one (None) worked out. Raises Mismatch where
    more than one is open, or none fits."""
    known = product(1 if size is None else size for size in sizes)
    open_ = sum(size is None for size in sizes)
    text = "x".join("?" if size is None else str(size) for size in sizes)
    if open_ > 1:
        raise Mismatch(
            "E0312",
            f"expected at most one `?`, got {open_} in {text}",
            about=about,
            help="one open size can be worked out, two cannot: write the others",
        )
    if total % known if open_ else differ(total, known):
        fitting = _fitting(sizes, total)
        holds = f"a multiple of {known:,}" if open_ else f"{known:,}"
        fits = f"`{fitting}` fits" if fitting else None
        cures: tuple[Cure, ...] = (Give({about: fitting}),) if fitting else ()
        if what == "tokens" and not open_ and not differ(total, known + 1):
            fits = "one too many is a class token: put `slice 1 axis=1` in front, which drops it"
            cures = (Put("slice 1 axis=1"),)
        raise Mismatch(
            "E0312",
            f"the shape {text} takes {holds} {what}, got {total:,}",
            about=about,
            note=f"{total:,} {what} arrive",
            help=fits,
            trail=True,
            cures=cures,
        )
    return tuple(total // known if size is None else size for size in sizes)


def _fitting(sizes: tuple[Size | None, ...], total: Size) -> str | None:
    """Sizes near to these whose product is the total."""
    if isinstance(total, Open) or total > LARGEST:
        # Of no number there are divisors; those of a large one would take too long to find.
        return None
    fitting: list[int] = []
    for size in sizes[:-1]:
        fitting.append(largest_divisor(total, number(size or 1)))
        total //= fitting[-1]
    return f"[{' '.join(map(str, (*fitting, total)))}]"
