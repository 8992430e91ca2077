"""Curves over epochs, as SVG that takes its colours from the page's style."""

import math
from collections.abc import Sequence
from html import escape

from archc.tuples import NamedTuple

_WIDTH, _HEIGHT = 460, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 44, 42
"""Margins between the picture's edge and the axes."""

_STEPS = (1, 2, 5, 10)
_LOGARITHMIC = 30
"""Losses that fall by more than this factor need a logarithmic axis."""

Values = Sequence[float | int | None]


_SMALLEST, _LARGEST = 1e-290, 1e290
"""Between these all that is computed of values stays a number."""


class Line(NamedTuple):
    """Values by epoch, the first one of epoch 1; None leaves a gap. `style` is a class of the
    page's style: `train`, `val`, `test`, or `s0` to `s7`."""

    name: str
    values: Values
    style: str

    def known(self) -> list[float]:
        """The values that are there."""
        return [float(value) for value in self.values if value is not None]

    def drawable(self) -> "Line":
        """The same line as far as a picture can be that high."""
        values = [v if v is None else min(max(v, -_LARGEST), _LARGEST) for v in self.values]
        return self._replace(values=values)


class Axis(NamedTuple):
    """Where values lie: the ends, the ticks, and whether it is logarithmic."""

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """0 at the low end, 1 at the high one."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def chart(
    title: str,
    lines: Sequence[Line],
    *,
    percent: bool = False,
    loss: bool = False,
    best: int = 0,
    named: bool = True,
) -> str:
    """Lines over epochs in one picture, or nothing where no value is known. `percent` shows shares
    as percentages; a `loss` that falls far is drawn on a logarithmic axis; `best` is the epoch to
    mark; `named` puts the lines' names above them."""
    lines = [line.drawable() for line in lines if line.known()]
    if not lines:
        return ""
    if percent:
        lines = [
            line._replace(values=[None if v is None else 100 * v for v in line.values])
            for line in lines
        ]
    known = [value for line in lines for value in line.known()]
    upright = _axis(min(known), max(known), loss)
    count = max(len(line.values) for line in lines)

    def x(epoch: int) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (epoch - 1) / max(count - 1, 1)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * upright.share(value)

    unit = " %" if percent else ""
    scale = ", logarithmic" if upright.logarithmic else ""
    parts = [f'<text class="name" x="0" y="14">{escape(title + scale)}</text>']
    for tick in upright.ticks:
        parts.append(f'<path class="grid" d="M{_LEFT} {y(tick):.1f}H{_WIDTH - _RIGHT}"/>')
        place = f'x="{_LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end"'
        parts.append(f"<text {place}>{tick:.6g}{unit}</text>")
    for epoch in _epochs(count):
        place = f'x="{x(epoch):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle"'
        parts.append(f"<text {place}>{epoch}</text>")
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle">epoch</text>')
    if best and count > 2:
        parts.append(
            f'<path class="best" d="M{x(best):.1f} {_TOP - 6}V{_HEIGHT - _BOTTOM}">'
            f"<title>epoch {best}, whose weights were kept</title></path>"
        )
    for line in lines:
        points = [(n, v) for n, v in enumerate(line.values, 1)]
        path = _path([(x(n), None if v is None else y(v)) for n, v in points])
        parts.append(f'<path class="line {line.style}" d="{path}"/>')
        if count <= 60:
            parts += [
                f'<circle class="{line.style}" cx="{x(n):.1f}" cy="{y(v):.1f}" r="2.6">'
                f"<title>{escape(line.name)}, epoch {n}: {v:.5g}{unit}</title></circle>"
                for n, v in points
                if v is not None
            ]
    if named:
        parts += _legend(lines)
    last = ", ".join(f"{line.name} {line.known()[-1]:.4g}{unit}" for line in lines)
    spoken = escape(f"{title} over {count} epochs; at the end: {last}", quote=True)
    view = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    return f'<svg class="chart" role="img" aria-label="{spoken}" {view}>{"".join(parts)}</svg>'


def ticks(low: float, high: float, most: int = 5) -> tuple[float, ...]:
    """Round numbers, evenly spaced, at most so many steps, from below `low` to above `high`."""
    largest = max(abs(low), abs(high))
    if largest < _SMALLEST:
        low = high = largest = 0.0
    # Numbers that differ in their last digits alone are one.
    span = high - low if high - low > 1e-9 * largest else largest or 1.0
    power = 10.0 ** math.floor(math.log10(span / (most - 1)))
    for step in (*_STEPS, 20, 50):
        size = step * power
        first, last = math.floor(low / size + 1e-9), math.ceil(high / size - 1e-9)
        if last - first <= most:
            # Rounding keeps 0.30000000000000004 out of the labels.
            digits = 2 - math.floor(math.log10(size))
            return tuple(round(n * size, digits) for n in range(first, max(last, first + 1) + 1))
    raise AssertionError("a step of 50 is larger than the span")


def _axis(low: float, high: float, loss: bool) -> Axis:
    if loss and low > 0 and high / low > _LOGARITHMIC:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        marks = [10.0**power for power in powers]
        if len(marks) <= 4:
            marks = [m * s for m in marks for s in (1, 3)]
        inside = tuple(m for m in marks if low <= m <= high)
        return Axis(low / 1.1, high * 1.1, inside, True)
    found = ticks(low, high)
    return Axis(found[0], found[-1], found)


def _epochs(count: int) -> list[int]:
    """The epochs that get a number: the first, the last and round ones between."""
    if count <= 10:
        return list(range(1, count + 1))
    step = next(s * p for p in (1, 10, 100, 1000, 10**4) for s in _STEPS if count / (s * p) <= 10)
    between = [n for n in range(step, count, step) if n > 1 and count - n > step // 2]
    return [1, *between, count]


def _path(points: Sequence[tuple[float, float | None]]) -> str:
    """A path through the points, interrupted where there is none."""
    words, pen = [], "M"
    for x, y in points:
        if y is None:
            pen = "M"
        else:
            words.append(f"{pen}{x:.1f} {y:.1f}")
            pen = "L"
    return "".join(words)


def key(names: Sequence[str], styles: Sequence[str]) -> str:
    """What the lines of several pictures mean, in HTML."""
    swatch = (
        '<svg width="26" height="8" aria-hidden="true"><path class="line {}" d="M0 4h26"/></svg>'
    )
    items = (
        f"<li>{swatch.format(style)} {escape(name)}</li>"
        for name, style in zip(names, styles, strict=True)
    )
    return f'<ul class="key">{"".join(items)}</ul>'


def _legend(lines: Sequence[Line]) -> list[str]:
    parts, left = [], 0.0
    for line in lines:
        parts.append(f'<path class="line {line.style}" d="M{left:.0f} 28h18"/>')
        parts.append(f'<text x="{left + 24:.0f}" y="32">{escape(line.name)}</text>')
        left += 24 + 7 * len(line.name) + 16
    return parts
