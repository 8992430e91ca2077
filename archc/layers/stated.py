"""`in=`: what a spec says must arrive."""

from archc.layers.base import Mismatch
from archc.layers.cures import give
from archc.shape import Shape, describe
from archc.symbolic import differ


def refuse_other_channels(stated: int | None, x: Shape, out: Shape) -> None:
    """Refuses an input whose channels are not the stated ones."""
    arriving = x.channels
    if stated is None or not differ(stated, arriving):
        return
    what = "features" if x.layout == "vector" else "channels"
    raise Mismatch(
        "E0302",
        f"expected {stated} {what}, got {arriving}",
        about="in",
        note=f"says {stated}, but {describe(x)} arrives",
        help=f"write `in={arriving}` or leave it out: archc works it out",
        trail=True,
        result=out,
        cures=(give(in_=str(arriving)), give(in_=None)),
    )
