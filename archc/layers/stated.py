"""`in=`: what a spec says must arrive."""

from archc.layers.base import Mismatch
from archc.layers.cures import Put, give
from archc.layers.sizes import arriving
from archc.shape import Shape
from archc.symbolic import Size, differ

_COLOURS: dict[tuple[int, Size], tuple[str, str]] = {
    (3, 4): ("slice 0 3", "drops the alpha channel of an image"),
    (3, 1): ("concat(id, id, id)", "gives a grey image three channels"),
    (1, 3): ("conv 1", "mixes the colours of an image"),
}
"""What makes images of others: by the channels stated and those that arrive."""


def refuse_other_channels(stated: int | None, x: Shape, out: Shape) -> None:
    """Refuses an input whose channels are not the stated ones."""
    if stated is None or not differ(stated, x.channels):
        return
    what = "feature" if x.layout == "vector" else "channel"
    put = _COLOURS.get((stated, x.channels)) if x.layout == "first" and x.rank == 2 else None
    colours = f"; `{put[0]}` in front {put[1]}" if put else ""
    raise Mismatch(
        "E0302",
        f"expected {stated} {what}{'s' * (stated != 1)}, got {x.channels}",
        about="in",
        note=f"says {stated}, but {arriving(x)}",
        help=f"write `in={x.channels}` or leave it out: archc works it out{colours}",
        trail=True,
        result=out,
        cures=(give(in_=str(x.channels)), give(in_=None), *((Put(put[0]),) if put else ())),
    )
