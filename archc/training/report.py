"""`report.html`: a run on one page that needs nothing else, neither network nor scripts."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from archc.diagram import CannotRender, Drawing
from archc.graph import Graph
from archc.training.curves import chart
from archc.training.data import Split
from archc.training.judged import Judged
from archc.training.progress import Metrics

_MOST_CLASSES = 30
_SAMPLES = 24

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
  color: #222; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
td, th { padding: .15rem .5rem; text-align: right } th { font-weight: 600 }
.row { display: flex; flex-wrap: wrap; gap: 1rem } figure { margin: 0; text-align: center }
figcaption { font-size: .8rem } .sample img { width: 6rem; image-rendering: pixelated }
pre { background: #f5f5f5; padding: .8rem; overflow: auto } .diagram svg { max-width: 100%;
  height: auto }
"""


def report(
    title: str,
    graph: Graph,
    metrics: Sequence[Metrics],
    result: Mapping[str, Any],
    config: Mapping[str, Any],
    judged: tuple[Judged, Split] | None,
) -> str:
    """The page. `judged` is what the best weights say of the test images, for classifiers."""
    names = [str(name) for name in config["data"]["classes"]]
    parts = [
        _table(["", ""], [[escape(key), escape(_shown(v))] for key, v in result.items()]),
        "<h2>Training</h2>",
        f'<div class="row">{_curves(metrics, "loss")}{_curves(metrics, "accuracy")}</div>',
    ]
    if judged is not None:
        said, split = judged
        parts += ["<h2>Confusion</h2>", _confusion(said.confusion(), names)]
        parts += ["<h2>Most confident mistakes</h2>", _mistakes(said, split, names, config)]
    parts += ["<h2>Network</h2>", _diagram(graph), "<h2>Settings</h2>"]
    parts.append(f"<pre>{escape(json.dumps(config, indent=2, ensure_ascii=False))}</pre>")
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    body = "\n".join([f"<h1>{escape(title)}</h1>", *parts])
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _curves(metrics: Sequence[Metrics], what: str) -> str:
    lines = {
        part: [line.get(f"{part}_{what}") for line in metrics] for part in ("train", "val", "test")
    }
    known = {name: values for name, values in lines.items() if any(v is not None for v in values)}
    return chart(what, known) if known else ""


def _confusion(counts: Tensor, names: Sequence[str]) -> str:
    """Rows are the true classes, columns what they were taken for; of many classes, the pairs that
    are confused most."""
    number = len(counts)
    called = [escape(_name(names, index)) for index in range(number)]
    if number > _MOST_CLASSES:
        wrong = counts.clone().fill_diagonal_(0).flatten()
        pairs = [int(i) for i in wrong.argsort(descending=True, stable=True)[:20] if wrong[i]]
        rows = [[called[i // number], called[i % number], str(int(wrong[i]))] for i in pairs]
        return _table(["class", "taken for", "images"], rows)
    shares = counts / counts.sum(1, keepdim=True).clamp_min(1)
    lines = []
    for index in range(number):
        cells = [
            f'<td style="background: rgba(40, 100, 200, {float(shares[index, other]):.3f})">'
            f"{int(counts[index, other]) or ''}</td>"
            for other in range(number)
        ]
        lines.append(f"<tr><th>{called[index]}</th>{''.join(cells)}</tr>")
    head = "".join(f"<th>{name}</th>" for name in called)
    return f"<table><tr><th></th>{head}</tr>{''.join(lines)}</table>"


def _mistakes(judged: Judged, split: Split, names: Sequence[str], config: Mapping[str, Any]) -> str:
    found = judged.worst(_SAMPLES)
    if not found:
        return "<p>None.</p>"
    figures = []
    for place, taken, share in found:
        true = _name(names, int(judged.classes[place]))
        picture = _picture(split.images[place].cpu(), config["data"]["white"])
        text = f"{true}, taken for {_name(names, taken)} ({100 * share:.0f} %)"
        figures.append(
            f'<figure class="sample">{picture}<figcaption>{escape(text)}</figcaption></figure>'
        )
    return f'<div class="row">{"".join(figures)}</div>'


def _picture(image: Tensor, white: float) -> str:
    """An image [H, W, C] as a PNG in the page; what is no image of 1 or 3 channels is left out."""
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        return ""
    scaled = (image.float() * (255 / white)).clamp(0, 255).to(torch.uint8)
    pixels = scaled.squeeze(2).numpy() if image.shape[2] == 1 else scaled.numpy()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return (
        f'<img alt="" src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}">'
    )


def _diagram(graph: Graph) -> str:
    drawing = Drawing(graph)
    try:
        svg = drawing.svg()
    except CannotRender:
        return f"<pre>{escape(str(drawing))}</pre>"
    return f'<div class="diagram">{svg[svg.index("<svg") :]}</div>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _name(names: Sequence[str], index: int) -> str:
    return names[index] if index < len(names) else str(index)


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
