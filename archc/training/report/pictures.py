"""Samples of data as HTML: images, maps of classes, sequences, ids."""

import base64
import colorsys
import io
from html import escape

import torch
from PIL import Image
from torch import Tensor

from archc.training.data import Split

_SIDE = 192
"""Larger images are made smaller: a page holds dozens."""

_SMALL = 64
"""Images up to this side are shown with their pixels as squares."""

_IDS = 48
_POINTS = 400


def sample(split: Split, place: int, white: float, alt: str) -> str:
    """One of a batch's samples, whatever it is."""
    values = split.images[place].cpu()
    if not values.is_floating_point() and values.ndim == 1:
        return ids(values, alt)
    return show(values.float() / white, alt)


def show(values: Tensor, alt: str) -> str:
    """Floats of 0 to 1, channels last: an image [H, W, C], the middle of a volume [D, H, W, C], a
    sequence [L, C] or a vector [C]. Of images with other than 1, 3 or 4 channels the mean is shown;
    values out of range are scaled."""
    if values.ndim == 4:
        values = values[len(values) // 2]
    if values.ndim == 3:
        return image(_grey_or_colour(_ranged(values)), alt)
    return curve(values if values.ndim == 2 else values[:, None], alt)


def image(pixels: Tensor, alt: str) -> str:
    """Floats of 0 to 1 [H, W, 1, 3 or 4] as a PNG in the page."""
    data = (pixels.clamp(0, 1) * 255).round().to(torch.uint8)
    made = Image.fromarray((data.squeeze(2) if data.shape[2] == 1 else data).numpy())
    made.thumbnail((_SIDE, _SIDE))
    buffer = io.BytesIO()
    made.save(buffer, "PNG", optimize=True)
    kind = ' class="small"' if max(made.size) <= _SMALL else ""
    coded = base64.b64encode(buffer.getvalue()).decode()
    return f'<img{kind} alt="{escape(alt)}" src="data:image/png;base64,{coded}">'


def class_map(classes: Tensor, count: int, alt: str) -> str:
    """A map of classes [H, W], each in its colour; others (such as the ignored 255) are grey."""
    colours = torch.tensor([*palette(count), (0.5, 0.5, 0.5)])
    known = torch.where((classes >= 0) & (classes < count), classes, count)
    return image(colours[known], alt)


def palette(count: int) -> list[tuple[float, float, float]]:
    """A colour for each class: those of Okabe and Ito, then others spread over the hues."""
    okabe = ["332288", "e69f00", "56b4e9", "009e73", "f0e442", "0072b2", "d55e00", "cc79a7"]
    fixed = [tuple(int(c[n : n + 2], 16) / 255 for n in (0, 2, 4)) for c in okabe[:count]]
    # The golden ratio keeps neighbours apart, however many there are.
    more = [colorsys.hsv_to_rgb(n * 0.618 % 1, 0.6, 0.85) for n in range(count - len(fixed))]
    return [*fixed, *more]  # type: ignore[list-item]


def ids(values: Tensor, alt: str) -> str:
    """The first of a sample's ids."""
    listed = " ".join(map(str, values[:_IDS].tolist()))
    more = " …" if len(values) > _IDS else ""
    return f'<code class="ids" title="{escape(alt)}">{listed}{more}</code>'


def curve(values: Tensor, alt: str) -> str:
    """A sequence [L, C], a line a channel, of the first three."""
    step = -(-len(values) // _POINTS)
    thin = values[::step, :3]
    low, high = float(thin.min()), float(thin.max())
    heights = 58 - 56 * (thin - low) / ((high - low) or 1)
    width = 200 / max(len(thin) - 1, 1)
    lines = "".join(
        f'<path class="line s{channel}" d="M'
        + "L".join(f"{n * width:.1f} {v:.1f}" for n, v in enumerate(heights[:, channel].tolist()))
        + '"/>'
        for channel in range(thin.shape[1])
    )
    return (
        f'<svg class="chart" role="img" aria-label="{escape(alt)}" viewBox="0 0 200 60" '
        f'width="200" height="60">{lines}</svg>'
    )


def figure(picture: str, caption: str) -> str:
    """HTML above HTML."""
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


def _ranged(values: Tensor) -> Tensor:
    low, high = float(values.min()), float(values.max())
    inside = low >= -0.01 and high <= 1.01
    return values if inside else (values - low) / ((high - low) or 1)


def _grey_or_colour(values: Tensor) -> Tensor:
    return values if values.shape[2] in (1, 3, 4) else values.mean(2, keepdim=True)
