"""Why the weights of a share do not serve another use of it."""

from collections.abc import Iterator

from archc.diagnostic import Diagnostic, Label
from archc.elaborate.frame import SharedUse
from archc.errors import shares as errors
from archc.graph import LayerItem, Region, inner_regions
from archc.layers.values import written
from archc.source import Span
from archc.symbolic import Size
from archc.syntax import tree as t


def misfit(
    share: t.Share, declared_at_top: bool, site: Span, made: SharedUse, here: Region
) -> Diagnostic:
    """What to say of a use that would need other weights than those of the first one."""
    name, made_here = share.name.name, Label(made.site, "its weights are made here")
    keyword = share.span._replace(end=share.span.start + len("share")) if declared_at_top else None
    pair = next(_other_layers(made.region, here), None)
    first, second = made.region.entry.shape, here.entry.shape
    if pair is not None and _channels(pair[0]) == _channels(pair[1]):
        for key in pair[0].args:
            before, now = (item.args[key] for item in pair)
            if before.value == now.value:
                continue
            labels = [made_here]
            if now.expr is not None and first != second:
                text = f"{written(before.value)} at {first}, {written(now.value)} at {second}"
                labels.append(Label(now.expr.span, text))
            was, is_ = f"{key}={written(before.value)}", f"{key}={written(now.value)}"
            return errors.other_setting(site, name, pair[0].word, was, is_, labels, keyword)
    return errors.other_weights(site, name, first, second, made_here, keyword)


def _other_layers(made: Region, here: Region) -> Iterator[tuple[LayerItem, LayerItem]]:
    """The layers in the same places that are not the same modules."""
    for before, now in zip(made.items, here.items, strict=False):
        if isinstance(before, LayerItem) and isinstance(now, LayerItem):
            if _module(before) != _module(now):
                yield before, now
        elif type(before) is type(now):
            for inner in zip(inner_regions(before), inner_regions(now), strict=False):
                yield from _other_layers(*inner)


def _module(item: LayerItem) -> object:
    return item.layer.code(item.input_shape).init


def _channels(item: LayerItem) -> Size | None:
    shape = item.input_shape
    return None if shape.layout == "ids" else shape.channels
