"""Sets of sizes in words."""

from collections.abc import Sequence

from archc.sizing.runs import Run, Runs

_MOST = 8
"""What is listed of sizes without an order to them."""


def sizes_text(found: Runs) -> str:
    """`any size from 21 on`, `exactly 28`, `32 and every larger multiple of 16`."""
    ending = [run for run in found if run.stop is not None]
    lasting = [run for run in found if run.stop is None]
    if not lasting:
        only = ending[0].start == ending[-1].stop
        return ("exactly " if only else "") + _either(_ending_texts(ending))
    if lasting[0].step == 1:
        return _all_but_few(ending, lasting[0].start)
    return _either([*_ending_texts(ending), _lasting_text(lasting)])


def _all_but_few(ending: Sequence[Run], start: int) -> str:
    if not ending:
        return f"any size from {start:,} on"
    first = ending[0].start
    gaps = [size for size in range(first, start) if not any(size in run for run in ending)]
    if len(gaps) <= _MOST:
        return f"every size from {first:,} on except {_listed(gaps)}"
    return _either([*_ending_texts(ending), f"any size from {start:,} on"])


def _ending_texts(ending: Sequence[Run]) -> list[str]:
    texts = [_ending_text(run) for run in ending[:_MOST]]
    more = len(ending) - len(texts)
    return [*texts, f"{more:,} more"] if more else texts


def _ending_text(run: Run) -> str:
    if run.stop == run.start:
        return f"{run.start:,}"
    steps = f" in steps of {run.step:,}" if run.step > 1 else ""
    return f"from {run.start:,} to {run.stop:,}{steps}"


def _lasting_text(lasting: Sequence[Run]) -> str:
    start, _, period = lasting[0]
    if len(lasting) > 1:
        return _pattern_text(lasting)
    if period == 2 and start % 2:
        return f"odd sizes from {start:,} on"
    if start % period == 0:
        return f"{start:,} and every larger multiple of {period:,}"
    return f"{_listed([start, start + period], ', ')} and so on in steps of {period:,}"


def _pattern_text(lasting: Sequence[Run]) -> str:
    """Several sizes a period: the ranges that begin in the first one."""
    period, first = lasting[0].step, lasting[0].start
    sizes = [size for size in range(first, first + 2 * period) if any(size in r for r in lasting)]
    ranges: list[Run] = []
    for size in sizes:
        if ranges and ranges[-1].stop == size - 1:
            ranges[-1] = ranges[-1]._replace(stop=size)
        else:
            ranges.append(Run(size, size, 1))
    begun = [run for run in ranges if run.start < first + period]
    return f"{', '.join(_ending_texts(begun))} and so on in steps of {period:,}"


def _listed(sizes: Sequence[int], last: str = " and ") -> str:
    *most, end = (f"{size:,}" for size in sizes)
    return last.join([", ".join(most), end]) if most else end


def _either(texts: Sequence[str]) -> str:
    *most, last = texts
    return f"{', '.join(most)} or {last}" if most else last
