"""What a rule proposes, as edits of the step's text."""

from collections.abc import Iterable, Mapping, Sequence

from archc.diagnostic import Edit, Fix
from archc.elaborate.evaluate import Evaluated
from archc.fixes import put_before, put_behind, without, without_step, write
from archc.layers.cures import Ahead, AsIds, Cure, End, Give, Instead, LeaveOut, Put
from archc.source import Span
from archc.syntax import tree as t


def as_fixes(
    cures: Iterable[Cure],
    site: Span,
    call: t.Call | None,
    given: Mapping[str, t.Argument],
    input_line: Span | None,
    made: Span | None,
) -> tuple[Fix, ...]:
    """Edits for what a rule proposes of the step at `site`; `given` are the arguments that the step
    says itself, `input_line` is where the value that arrives is declared, if it is an input, and
    `made` the step that gave it its shape."""
    found = (_fix(cure, site, call, given, made) for cure in cures if not isinstance(cure, AsIds))
    ids = (
        put_behind(input_line, " int") for cure in cures if input_line and isinstance(cure, AsIds)
    )
    return (*(fix for fix in found if fix is not None), *ids)


def at_ends(cures: Iterable[Cure], branches: Sequence[Span]) -> tuple[Fix, ...]:
    """Edits for what a rule proposes of a merge, whose branches stand at `branches`."""
    ends = [(branches[cure.branch], cure.step) for cure in cures if isinstance(cure, End)]
    return tuple(
        write(branch, step) if branch.text == "id" else put_behind(branch, f" | {step}")
        for branch, step in ends
    )


def _fix(
    cure: Cure,
    site: Span,
    call: t.Call | None,
    given: Mapping[str, t.Argument],
    made: Span | None,
) -> Fix | None:
    if isinstance(cure, Put):
        return put_before(site, cure.steps)
    if isinstance(cure, Ahead):
        return put_before(made, cure.steps) if made and made.text == cure.word else None
    if isinstance(cure, Instead):
        return write(call.name.span, cure.word) if call else None
    if isinstance(cure, LeaveOut):
        return without_step(site)
    if isinstance(cure, Give) and call is not None:
        return _arguments(cure, call, given)
    return None


def _arguments(cure: Give, call: t.Call, given: Mapping[str, t.Argument]) -> Fix | None:
    """Other values in the place of those that are written; what is not written is added behind."""
    edits: list[Edit] = []
    further = ""
    for name, text in cure.arguments.items():
        argument = given.get(name)
        written = argument is not None and not isinstance(argument.value, Evaluated)
        if argument is not None and written and text is not None:
            # `k3` takes numbers and sizes alone, other values need a `=`.
            sign = "" if argument.form != "short" or text[0].isdigit() else "="
            edits.append(Edit(argument.value.span, sign + text))
        elif argument is not None and written:
            if argument.form == "place" and argument is not call.arguments[-1]:
                return None  # those behind it would mean something else
            edits += without(argument.span).edits
        elif text is not None:
            further += f" {name}={text}"
        else:
            return None
    if further:
        last = call.arguments[-1].span if call.arguments else call.name.span
        edits.append(Edit(last._replace(start=last.end), further))
    return Fix(tuple(edits), "unsafe")
