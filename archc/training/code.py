"""Functions of the user's that a recipe names. Leave to import them was asked for before."""

import importlib
import sys
from collections.abc import Callable
from typing import Any

from archc.training.problem import RunError


def imported(place: str, folder: str) -> Callable[..., Any]:
    """The function at `pkg.module:name`, looked for in `folder` before all others. Raises RunError
    where it is not there."""
    module, _, name = place.partition(":")
    before = list(sys.path)
    sys.path.insert(0, folder)
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception as error:
        reason = " ".join(str(error).split())
        raise RunError(f"cannot import {place}: {type(error).__name__}: {reason}") from None
    finally:
        sys.path[:] = before
    if not callable(found):
        raise RunError(f"{place} is no function")
    return found  # type: ignore[no-any-return]
