"""E05: weights that a network is filled with."""

from collections.abc import Sequence

from archc.diagnostic import Label
from archc.errors.base import Draft, declare, listed, nearest
from archc.source import Span

_NET = "input 1x8x8\nflatten | fc 10"


@declare("E0501", wrong="# a file that holds no weights", right=_NET)
def unreadable(span: Span, file: str, reason: str, advice: str | None) -> Draft:
    """A file of weights cannot be read.

    It holds a state dict, the names of tensors and the tensors, as `torch.save` or safetensors
    writes it, or a dict with one under `state_dict` or `model`. Files that hold other Python
    objects are refused, since reading those can run code.
    """
    return Draft(f"`{file}` holds no weights that can be read: {reason}", span, help=advice)


@declare("E0502", wrong="# weights of a network with other classes", right=_NET)
def misfits(
    span: Span,
    file: str,
    first: str,
    others: Sequence[Label],
    more: Sequence[str],
    parts: Sequence[str],
) -> Draft:
    """Weights do not fit the network.

    Every tensor of the network needs one of its shape. They are found by their names, else by their
    order. `archc.load(..., partial=True)` leaves what does not fit as it starts, `partial=["fc1"]`
    the parts that it names.
    """
    also = f"; also: {'; '.join(more)}" if more else ""
    named = ", ".join(f'"{part}"' for part in parts)
    only = f", `partial=[{named}]` these parts alone" if 0 < len(parts) <= 3 else ""
    advice = f"`partial=True` leaves what does not fit as it starts{only}"
    return Draft(
        f"`{file}` does not fit the network: {first}{also}", span, help=advice, labels=tuple(others)
    )


@declare("E0503", wrong="# weights of another network", right=_NET)
def other_network(span: Span, file: str, reason: str, names: Sequence[str]) -> Draft:
    """Weights belong to another network, as far as names and order tell.

    Where a file has names of its own, its tensors are taken in order: torch lists modules as their
    constructor makes them. A file that is sorted by name, as safetensors sorts, has lost that
    order; `torch.save` keeps it.
    """
    return Draft(
        f"`{file}` does not tell which of its tensors belong to this network: {reason}",
        span,
        help=f"its names begin with {listed(tuple(names))}" if names else None,
    )


@declare("E0504", wrong="# `partial=[...]` with a part that is not there", right=_NET)
def unknown_part(span: Span, part: str, parts: Sequence[str]) -> Draft:
    """A part that `partial` names is neither in the network nor in the file.

    Parts are called as in the state dict: `fc1`, `stage4`, `layer4.0`.
    """
    meant = nearest(part, parts)
    return Draft(
        f"there is no part `{part}` to leave out",
        span,
        help=f"did you mean `{meant}`?" if meant else None,
    )
