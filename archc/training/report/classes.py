"""A classifier in the report: its confusion matrix and its most confident mistakes."""

from collections.abc import Callable, Sequence
from html import escape

import torch
from torch import Tensor

from archc.training.judged import Judged
from archc.training.report.page import Section, percent, table
from archc.training.report.pictures import figure, sample
from archc.training.report.subject import Subject

_MOST_CLASSES = 30
_PAIRS = 20
_SAMPLES = 24


def sections(subject: Subject) -> list[Section]:
    """What is said of images [N] with a class each."""
    found = [
        (shown.output.softmax(1).cpu(), subject.classes(shown).cpu()) for shown in subject.batches()
    ]
    judged = Judged(*map(torch.cat, zip(*found, strict=True)))
    return [
        Section("Confusion matrix", confusion(judged.confusion(), subject.name, "samples")),
        _mistakes(judged, subject),
    ]


def confusion(counts: Tensor, name: Callable[[int], str], what: str) -> str:
    """Rows are the true classes, columns what they were taken for; of many classes, the pairs that
    are confused most. `what` is counted."""
    number = len(counts)
    if number > _MOST_CLASSES:
        wrong = counts.clone().fill_diagonal_(0).flatten()
        pairs = [int(i) for i in wrong.argsort(descending=True, stable=True)[:_PAIRS] if wrong[i]]
        rows = [[name(i // number), name(i % number), f"{int(wrong[i]):,}"] for i in pairs]
        said = f"The pairs that are confused most, of {number} classes."
        return table(["true class", "taken for", what], rows, caption=said)
    shares = (counts / counts.sum(1, keepdim=True).clamp_min(1)).tolist()
    right = counts.diagonal()
    recall, precision = right / counts.sum(1).clamp_min(1), right / counts.sum(0).clamp_min(1)
    lines = [
        f'<tr><th scope="row">{escape(name(row))}</th>'
        + "".join(_cell(int(counts[row, c]), shares[row][c], row == c) for c in range(number))
        + f'<td class="sum">{100 * float(recall[row]):.1f}</td></tr>'
        for row in range(number)
    ]
    sums = "".join(f'<td class="sum">{100 * float(share):.0f}</td>' for share in precision)
    lines.append(f'<tr><th scope="row">precision, %</th>{sums}<td></td></tr>')
    caption = (
        f"Rows: the true class. Columns: what the network says. Numbers: {what}; colour: share of "
        "the row. Recall: the right ones of a row; precision: of a column."
    )
    head = _heads([name(column) for column in range(number)])
    return (
        f'<div class="wide"><table class="confusion"><caption>{caption}</caption>'
        f"<thead>{head}</thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _heads(names: Sequence[str]) -> str:
    """Long names stand upright."""
    upright = max(map(len, names)) > 4
    heads = [
        f'<th scope="col" class="up"><span>{escape(name)}</span></th>'
        if upright
        else f'<th scope="col">{escape(name)}</th>'
        for name in names
    ]
    return f'<tr><td></td>{"".join(heads)}<th scope="col">recall, %</th></tr>'


def _cell(count: int, share: float, right: bool) -> str:
    if not count:
        return "<td></td>"
    kind = "hit" if right else "miss"
    # Rare mistakes are to be seen as well.
    strength = 100 * (share if right else min(1.0, 0.15 + 1.7 * share))
    full = " full" if strength > 55 else ""
    return f'<td class="{kind}{full}" style="--s:{strength:.0f}%">{count:,}</td>'


def _mistakes(judged: Judged, subject: Subject) -> Section:
    found = judged.worst(_SAMPLES)
    counts = judged.confusion()
    total = int(counts.sum())
    wrong = total - int(counts.diagonal().sum())
    note = f"{wrong:,} of {total:,} samples are taken for another class."
    if wrong > len(found):
        note += f" These {len(found)} are those that the network is surest of."
    figures = []
    shown = subject.some([place for place, *_ in found])
    for n, (place, taken, share) in enumerate(found):
        true, said = subject.name(int(judged.classes[place])), subject.name(taken)
        alt = f"sample {place}: {true}, taken for {said}"
        caption = (
            f"<b>{escape(true)}</b>, taken for <b>{escape(said)}</b><br>{percent(share, 1)} sure"
        )
        figures.append(figure(sample(shown, n, subject.white, alt), caption))
    body = f'<div class="samples">{"".join(figures)}</div>'
    return Section("Most confident mistakes", body, note)
