"""Arrays of `.npz` files: whole, or row by row where they would not fit into memory."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

from numpy.lib import format as npy

from archc.training.columns import Column, Stored, as_tensor
from archc.training.memory import available, size
from archc.training.problem import RunError
from archc.tuples import NamedTuple

_SUFFIX = ".npy"
_LOCAL = struct.Struct("<26x2H")
"""What begins a member of a zip file: the lengths of its name, and of what follows that."""
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_ADVICE = (
    "what is compressed, or lies column by column, cannot be read batch by batch;"
    " `np.savez(PATH, x=np.ascontiguousarray(x))` writes what can"
)


class _Member(NamedTuple):
    """An array as the file has it. `begin` is where its numbers lie, None where they are no rows
    that can be read one by one."""

    info: zipfile.ZipInfo
    kind: Any
    shape: tuple[int, ...]
    begin: int | None

    @property
    def nbytes(self) -> int:
        return int(self.kind.itemsize) * prod(self.shape)


def names(path: Path) -> tuple[str, ...]:
    """What the arrays of a file are called. Raises RunError."""
    with _opened(path) as archive:
        found = archive.namelist()
    return tuple(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX))


def columns(path: Path, wanted: Iterable[str], room: int | None) -> Mapping[str, Column]:
    """Arrays of a file, in memory where all of them take no more bytes than `room` (None: there is
    enough), else read row by row as far as they lie so. Nothing pickled is read. Raises RunError,
    also where what has to be in memory takes more than there is."""
    with _opened(path) as archive:
        members = {name: _member(archive, path, name) for name in wanted}
        few = room is None or sum(member.nbytes for member in members.values()) <= room
        whole = {name: m for name, m in members.items() if few or m.begin is None}
        there = available()
        needed = sum(member.nbytes for member in whole.values())
        if there is not None and needed > there:
            raise RunError(
                f"{', '.join(whole)} of {path} would take {size(needed)} of memory, and there are"
                f" {size(there)}: {_ADVICE}"
            )
        arrays = {name: _read(archive, member.info) for name, member in whole.items()}
    return {
        name: as_tensor(arrays.pop(name), f"{name} of {path}")
        if name in arrays
        else Stored(path, member.begin or 0, member.kind, member.shape)
        for name, member in members.items()
    }


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Tells what is wrong with a file."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}") from None
    except zipfile.BadZipFile as error:
        none = "not a zip file" in str(error)
        reason = "it is no .npz file, such as np.savez writes, or cut off" if none else error
        raise RunError(f"cannot read {path}: {reason}") from None
    except (zlib.error, lzma.LZMAError, TokenError) as error:
        raise RunError(f"cannot read {path}: it is damaged ({error})") from None
    except (ValueError, EOFError, RuntimeError, NotImplementedError) as error:
        raise RunError(f"cannot read {path}: {error}") from None


def _member(archive: zipfile.ZipFile, path: Path, name: str) -> _Member:
    info = archive.getinfo(name + _SUFFIX)
    with archive.open(info) as file:
        shape, by_columns, kind, header = _header(file)
    if kind.hasobject:
        raise RunError(
            f"cannot read {name} of {path}: it is an array of Python objects (a pickle), such as"
            f" numpy makes of rows of different sizes; expected an array of numbers"
        )
    member = _Member(info, kind, shape, None)
    if header + member.nbytes != info.file_size:
        raise RunError(f"cannot read {name} of {path}: it is damaged")
    if info.compress_type != zipfile.ZIP_STORED or by_columns or not shape:
        return member
    with open(path, "rb") as file:
        file.seek(info.header_offset)
        lengths = _LOCAL.unpack(file.read(_LOCAL.size))
    return member._replace(begin=info.header_offset + _LOCAL.size + sum(lengths) + header)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, Any, int]:
    """An array's sizes, whether it lies column by column, its type, and the header's length."""
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"unknown version {version} of an array")
    return *_HEADERS[version](file), file.tell()


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    with archive.open(info) as file:
        return npy.read_array(file, allow_pickle=False)
