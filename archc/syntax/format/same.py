"""Whether two trees mean the same."""

from archc.source import Span
from archc.syntax import tree


def same_meaning(one: object, other: object) -> bool:
    """Whether two trees differ in places alone; `k3` and `k=3` are one."""
    pending = [(one, other)]
    while pending:
        a, b = pending.pop()
        if isinstance(a, Span) and isinstance(b, Span):
            continue
        if isinstance(a, tree.Argument) and isinstance(b, tree.Argument):
            a, b = _plain(a), _plain(b)
        if type(a) is not type(b):
            return False
        if isinstance(a, tuple) and isinstance(b, tuple):
            if len(a) != len(b):
                return False
            pending += zip(a, b, strict=True)
        elif a != b:
            return False
    return True


def _plain(argument: tree.Argument) -> tree.Argument:
    return argument._replace(form="key") if argument.form == "short" else argument
