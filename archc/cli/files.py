"""Writing files whole or not at all."""

import os
import tempfile


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
