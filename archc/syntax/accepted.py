"""Which tokens a parser that is stuck could have gone on with."""

from typing import Any

from lark.parsers.lalr_analysis import Shift
from lark.parsers.lalr_interactive_parser import InteractiveParser
from lark.parsers.lalr_parser_state import ParserState


def accepted(parser: InteractiveParser) -> set[str]:
    """The kinds of tokens that the parser takes next. Lark's own `accepts` gives the same, but
    copies the parser for each kind, which makes a text with many mistakes slow."""
    state = parser.parser_state
    kinds = (kind for kind in state.parse_conf.states[state.position] if kind.isupper())
    return {kind for kind in kinds if _takes(state, kind)}


def _takes(state: ParserState[Any], kind: str) -> bool:
    """Whether all reductions before a token of this kind lead to a shift, or to the end."""
    states, stack = state.parse_conf.states, list(state.state_stack)
    while stack[-1] != state.parse_conf.end_state:
        found = states[stack[-1]].get(kind)
        if found is None:
            return False
        action, target = found
        if action is Shift:
            return True
        del stack[len(stack) - len(target.expansion) :]
        stack.append(states[stack[-1]][target.origin.name][1])
    return True
