"""Files as commands change them: written whole or not at all, and their differences."""

import os
import sys
import tempfile


def print_diff(name: str, before: str, after: str, what: str) -> bool:
    """Prints what differs between two texts of a file, as `patch` reads it; on a terminal nothing
    of them can steer it. Returns whether there is a difference."""
    from difflib import unified_diff

    from archc.render import visible

    differs = False
    for line in unified_diff(_lines(before), _lines(after), name, f"{name} ({what})"):
        differs = True
        end = "" if line.endswith("\n") else "\n\\ No newline at end of file\n"
        if sys.stdout.isatty():
            line = "\t".join(map(visible, line.rstrip("\r\n").split("\t"))) + "\n"
        sys.stdout.write(line + end)
    return differs


def _lines(text: str) -> list[str]:
    """Lines with their ends, as files have them: other separators of Unicode end none."""
    lines = [line + "\n" for line in text.split("\n")]
    return [*lines[:-1], lines[-1][:-1]] if lines[-1] != "\n" else lines[:-1]


def replace_file(path: str, data: bytes) -> None:
    """Gives an existing file new contents in one step, keeping its mode; links are followed.

    Raises OSError, and leaves the file as it was.
    """
    path = os.path.realpath(path)
    if not os.access(path, os.W_OK):
        raise PermissionError(13, "the file is read-only", path)
    folder, name = os.path.split(path)
    handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.chmod(temporary, os.stat(path).st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
