"""Slips of the pen and of other languages' habits: what to do about each, and the tokens that were
plainly meant, so that the rest of the step is checked as well."""

from collections.abc import Callable, Sequence

from lark import Token

from archc.source import Source
from archc.syntax import brackets, habits, naming, numbers, repeats, separators, spaced
from archc.syntax.inputs import input_line
from archc.syntax.stuck import Advice, Stuck


def advice(source: Source, tokens: Sequence[Token], at: int) -> Advice:
    """What to do about a token that the parser does not take, or an end that comes too early."""
    stuck = Stuck(source, tuple(tokens), at)
    return next((found for rule in _RULES if (found := rule(stuck)) is not None), Advice())


_RULES: tuple[Callable[[Stuck], Advice | None], ...] = (
    input_line,
    repeats.loop,
    habits.condition,
    naming.parameter,
    naming.without_its_word,
    naming.equal_sign,
    naming.step_behind_let,
    numbers.number,
    separators.sign_for_a_pipe,
    naming.assigned,
    naming.called_value,
    naming.reserved,
    naming.no_name,
    naming.hyphen,
    separators.arrow,
    brackets.of_body,
    brackets.of_steps,
    brackets.of_branches,
    spaced.sides,
    brackets.of_values,
    brackets.left_out,
    separators.comma,
    repeats.count,
    naming.parameters,
    habits.key,
    habits.colon,
    habits.equal_sign,
    spaced.choice,
    habits.added,
    habits.listed,
    habits.paper,
    habits.operator,
    habits.quoted,
    habits.side_by_side,
    habits.negated,
    habits.stray,
)
