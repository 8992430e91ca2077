"""Arrays that have a row an example: in memory, or in a file that is read row by row."""

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from archc.training.data import Pick
from archc.training.problem import RunError


def as_tensor(values: Any, place: str) -> Tensor:
    """Bytes as they are, whole numbers as int64, others as float32. Raises RunError where values
    are no numbers."""
    try:
        tensor = values.detach() if isinstance(values, Tensor) else torch.from_numpy(_plain(values))
    except (TypeError, ValueError) as error:
        kind = getattr(values, "dtype", None)
        got = f"got the type {kind}" if kind is not None and kind.kind not in "biufc" else error
        raise RunError(f"expected arrays of numbers in {place}: {got}") from None
    if tensor.dtype == torch.uint8:
        return tensor
    if tensor.is_complex():
        raise RunError(f"expected arrays of numbers in {place}: got complex ones")
    return tensor.float() if tensor.is_floating_point() else tensor.long()


def _plain(values: Any) -> Any:
    """As torch takes arrays: rows together, in this machine's order of bytes."""
    array = np.ascontiguousarray(values)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


class Stored:
    """An array that lies in a file as it would in memory, of which rows are read when they are
    asked for, as `as_tensor` makes them."""

    def __init__(self, path: Path, begin: int, kind: Any, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)
        self._path = path
        self._begin = begin
        self._kind = kind

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Pick) -> Tensor:
        """Some rows. Raises RunError where they cannot be read, or are no numbers."""
        numbers = (
            np.arange(*rows.indices(len(self))) if isinstance(rows, slice) else rows.cpu().numpy()
        )
        values = np.empty((len(numbers), *self.shape[1:]), self._kind)
        row = prod(self.shape[1:]) * self._kind.itemsize
        room = values.reshape(-1).view(np.uint8)
        ends = np.flatnonzero(np.diff(numbers) != 1) + 1
        try:
            with open(self._path, "rb") as file:
                for run in np.split(numbers, ends) if len(numbers) else ():
                    file.seek(self._begin + int(run[0]) * row)
                    length = len(run) * row
                    if file.readinto(room[:length].data) < length:
                        raise RunError(f"{self._path} is shorter than when it was opened")
                    room = room[length:]
        except OSError as error:
            raise RunError(f"cannot read {self._path}: {error.strerror}") from None
        return as_tensor(values, str(self._path))


Column: TypeAlias = Tensor | Stored
