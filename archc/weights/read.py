"""Tensors by their names out of a file or a dict, as far as they can be trusted.

A pickle can run code when it is read: torch's reader for weights alone is used, which knows tensors
and plain containers.
"""

import os
import re
import warnings
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from archc.diagnostic import ArchError
from archc.errors import weights as errors
from archc.source import Source, Span

if TYPE_CHECKING:
    from torch import Tensor

_MOST_TENSORS = 100_000
_LONGEST_NAME = 1_000

_NESTED = ("state_dict", "model_state_dict", "model", "module", "network", "net", "weights")
"""Where checkpoints hold the state dict besides the optimizer's and the like."""

_DAMAGED = "it is damaged, or `torch.save` did not write it"

_NOT_WEIGHTS = (
    (b"<", "it begins as a web page"),
    (b"version https://git-lfs", "it is a pointer of Git LFS: `git lfs pull` fetches the file"),
)


def read(source: "str | os.PathLike[str] | Mapping[str, Any]") -> "dict[str, Tensor]":
    """The tensors of a `.safetensors` file, of another file that `torch.save` wrote, or of a dict.

    Raises ArchError where it holds no state dict, and OSError where the file cannot be opened.
    """
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        with open(path, "rb") as file:
            _refuse_content(path, file.read(64))
        is_safe = path.lower().endswith(".safetensors")
        return _state_dict(_read_safetensors(path) if is_safe else _read_pickle(path), path)
    return _state_dict(source, "the weights")


def refuse(name: str, reason: str, advice: str | None = None) -> NoReturn:
    """Raises ArchError: the weights of this name cannot be read."""
    span = Span(Source(name, ""), 0, 0)
    raise ArchError([errors.unreadable(span, os.path.basename(name), reason, advice)])


def _refuse_content(path: str, start: bytes) -> None:
    if not start:
        refuse(path, "it is empty")
    for mark, reason in _NOT_WEIGHTS:
        if start.lstrip().startswith(mark):
            refuse(path, reason)


def _read_safetensors(path: str) -> Any:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ModuleNotFoundError as error:
        if error.name != "safetensors":
            raise
        refuse(path, "the package safetensors is not installed", "run `pip install safetensors`")
    try:
        return load_file(path)
    except SafetensorError as error:
        reason = str(error).splitlines()[0]
        refuse(path, f"it is damaged, or no file of safetensors ({reason})")


def _read_pickle(path: str) -> Any:
    import torch

    with open(path, "rb") as file:
        is_archive = file.read(4) == b"PK\3\4"
    if is_archive:
        _refuse_damaged_archive(path)
    try:
        with warnings.catch_warnings(action="ignore"):  # of what is refused below anyway
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # torch's own texts advise to load all the same, which would run what is in there.
        found = re.search(r"(?:safe_globals\(\[|GLOBAL )([\w.]+)|(TorchScript)", str(error))
    if found is None:
        refuse(path, _DAMAGED)
    what = found[1] or "program in TorchScript"
    refuse(path, f"it holds a {what}, which was not run", "save the `state_dict()` alone")


def _refuse_damaged_archive(path: str) -> None:
    """torch reads archives whose sums are wrong without a word; and since it stores tensors as they
    are, what unpacks to more is not its own and may fill the memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            packed = any(i.file_size > i.compress_size for i in archive.infolist())
            damaged = not packed and archive.testzip() is not None
    except Exception:  # zipfile has no list of what a damaged file may raise
        packed, damaged = False, True
    if packed:
        refuse(path, "it is a compressed archive, which torch does not write")
    if damaged:
        refuse(path, _DAMAGED)


def _state_dict(loaded: Any, name: str) -> "dict[str, Tensor]":
    """The dict of tensors in what was loaded, or one level below."""
    for inner in (loaded, *_nested(loaded)):
        if _is_state_dict(inner):
            return dict(inner)
    found = f"a dict of {_kinds(loaded)}" if isinstance(loaded, Mapping) else type(loaded).__name__
    refuse(name, f"expected a state dict (names and their tensors), got {found}")


def _nested(loaded: Any) -> list[Any]:
    return [loaded[key] for key in _NESTED if key in loaded] if isinstance(loaded, Mapping) else []


def _is_state_dict(value: Any) -> bool:
    from torch import Tensor, strided

    return (
        isinstance(value, Mapping)
        and 0 < len(value) <= _MOST_TENSORS
        and all(
            isinstance(name, str)
            and len(name) <= _LONGEST_NAME
            and isinstance(tensor, Tensor)
            and tensor.layout == strided
            and not tensor.is_quantized
            for name, tensor in value.items()
        )
    )


def _kinds(loaded: Mapping[Any, Any]) -> str:
    kinds = sorted({type(value).__name__ for value in loaded.values()})
    return ", ".join(kinds[:5]) or "nothing"
