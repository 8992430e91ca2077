"""Files that survive a crash: written beside, synced, renamed, and carrying a digest.

A checkpoint is what `torch.save` writes, a zip archive, with a SHA-256 of all before it as the
archive's comment; `torch.load(..., weights_only=True)` reads it like any other.
"""

import contextlib
import hashlib
import io
import os
import struct
from pathlib import Path
from typing import Any

import torch

from archc.training.problem import RunError

_MARK = b"archc-sha256:"
_COMMENT = len(_MARK) + 64


def kept(path: Path) -> Path:
    """Where the version of a file before the newest is."""
    return path.with_name(f"previous-{path.name}")


def put_aside(path: Path) -> None:
    """Renames a damaged file, so that it can be looked at. Raises RunError."""
    try:
        os.replace(path, path.with_name(f"damaged-{path.name}"))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise RunError(f"cannot rename {path}: {error.strerror}") from None


def write_file(path: Path, content: bytes, *, keep: bool = False) -> None:
    """Replaces a file as a whole: after a crash it is the old or the new one. With `keep` the old
    one stays beside it. Raises RunError."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if keep:
            _keep(path)
        os.replace(beside, path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise RunError(f"cannot write {path}: {error.strerror}") from None


def _keep(path: Path) -> None:
    """Gives a file a second name, which outlives its replacement."""
    beside = path.with_name(f".previous-{path.name}.part")
    # There may be no file yet, or the file system has no links: then the newest counts.
    with contextlib.suppress(OSError):
        beside.unlink(missing_ok=True)
        os.link(path, beside)
        os.replace(beside, kept(path))


def _sync_folder(folder: Path) -> None:
    """Makes a renaming last, where the system can (Windows cannot open folders)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def save(path: Path, state: dict[str, Any], *, keep: bool = False) -> None:
    """Writes a state of tensors, numbers, texts, lists and dicts as `write_file` does."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_file(path, seal(buffer.getvalue()), keep=keep)


def load(path: Path) -> dict[str, Any]:
    """Reads what `save` wrote, tensors onto the CPU. Raises RunError where the file is missing,
    damaged or not ours."""
    return decode(read(path), path)


def read(path: Path) -> bytes:
    """A file that `save` wrote, whole. Raises RunError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}") from None
    if not is_sealed(content):
        raise RunError(f"{path} is damaged, or was not written by archc")
    return content


def decode(content: bytes, path: Path) -> dict[str, Any]:
    """What the content of a file at `path` says, tensors on the CPU. Raises RunError."""
    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:
        raise RunError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    if not isinstance(state, dict):
        raise RunError(f"{path} does not hold a checkpoint")
    return state


def seal(archive: bytes) -> bytes:
    """A zip archive without a comment, with its digest as the comment."""
    body = archive[:-2] + struct.pack("<H", _COMMENT)
    return body + _MARK + hashlib.sha256(body).hexdigest().encode()


def is_sealed(content: bytes) -> bool:
    """Whether the digest is there and right."""
    body, comment = content[:-_COMMENT], content[-_COMMENT:]
    return comment == _MARK + hashlib.sha256(body).hexdigest().encode()
