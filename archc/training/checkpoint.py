"""Files that survive a crash: written beside, synced, renamed, and carrying a digest.

A checkpoint is what `torch.save` writes, a zip archive, with a SHA-256 of all before it as the
archive's comment; `torch.load(..., weights_only=True)` reads it like any other.
"""

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


def keep_last(path: Path) -> None:
    """Keeps a file under `previous-` and its name, so that writing it anew leaves two."""
    try:
        kept = path.with_name(f"previous-{path.name}")
        beside = path.with_name(f".previous-{path.name}.part")
        beside.unlink(missing_ok=True)
        os.link(path, beside)
        os.replace(beside, kept)
    except OSError:
        pass  # There is none yet, or the file system has no links: the newest counts.


def write_file(path: Path, content: bytes) -> None:
    """Replaces a file as a whole: after a crash it is the old or the new one. Raises RunError."""
    beside = path.with_name(f".{path.name}.part")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        _sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise RunError(f"cannot write {path}: {error.strerror}") from None


def _sync_folder(folder: Path) -> None:
    """Makes a renaming last, where the system can (Windows cannot open folders)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes a state of tensors, numbers, texts, lists and dicts. Raises RunError."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_file(path, seal(buffer.getvalue()))


def load(path: Path) -> dict[str, Any]:
    """Reads what `save` wrote, tensors onto the CPU. Raises RunError where the file is missing,
    damaged or not ours."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}") from None
    if not is_sealed(content):
        raise RunError(f"{path} is damaged, or was not written by archc")
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
