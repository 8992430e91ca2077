"""`python -m archc`."""

import os
import sys


def _forget_current_folder() -> None:
    """Keeps a `lark.py` or `click.py` of the current folder from being imported and run.

    `python -m` puts that folder first on the path. It stays where archc itself comes from it.
    """
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if sys.path and sys.path[0] in ("", os.getcwd()) and os.getcwd() != home:
        del sys.path[0]


if __name__ == "__main__":
    _forget_current_folder()

    from archc.cli.main import main

    sys.exit(main())
