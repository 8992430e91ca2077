"""Curves of metrics as SVG."""

from collections.abc import Mapping, Sequence
from html import escape

_COLOURS = {"train": "#888888", "val": "#d97706", "test": "#2563eb"}
_WIDTH, _HEIGHT, _LEFT, _TOP = 440, 240, 52, 24
"""Of the picture, and of the margins before the axes."""

Values = Sequence[float | int | None]


def chart(title: str, lines: Mapping[str, Values]) -> str:
    """Lines over epochs, which count from 1; a value that is None leaves a gap."""
    known = [value for values in lines.values() for value in values if value is not None]
    low, high = min(known), max(known)
    span = high - low or 1.0
    count = max(map(len, lines.values()))

    def x(epoch: int) -> float:
        return _LEFT + (_WIDTH - _LEFT - 12) * (epoch / max(count - 1, 1))

    def y(value: float) -> float:
        return _HEIGHT - 28 - (_HEIGHT - 28 - _TOP) * (value - low) / span

    parts = [f'<text x="{_LEFT}" y="14" font-weight="600">{escape(title)}</text>']
    parts += [
        f'<path d="M{_LEFT} {y(value):.1f}H{_WIDTH - 12}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.3g}</text>'
        for value in (low, (low + high) / 2, high)
    ]
    for epoch in sorted({0, count - 1}):
        place = f'x="{x(epoch):.1f}" y="{_HEIGHT - 8}"'
        parts.append(f'<text {place} text-anchor="middle">{epoch + 1}</text>')
    for index, (name, values) in enumerate(lines.items()):
        colour = _COLOURS[name]
        parts += _line([(x(n), y(v)) for n, v in enumerate(values) if v is not None], colour)
        place = f'x="{_WIDTH - 12 - 46 * (len(lines) - 1 - index)}" y="14"'
        parts.append(f'<text {place} text-anchor="end" fill="{colour}">{escape(name)}</text>')
    view = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    return f'<svg {view} font-size="12" font-family="sans-serif">{"".join(parts)}</svg>'


def _line(points: Sequence[tuple[float, float]], colour: str) -> list[str]:
    places = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    line = f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>'
    dots = [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.5" fill="{colour}"/>' for a, b in points]
    return [line, *dots] if len(points) < 40 else [line]
