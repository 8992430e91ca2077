"""Writes what the code itself tells: docs/ on layers, errors, commands, training; layers' index.

python tools/make_docs.py          writes them
python tools/make_docs.py --check  says whether they are fresh (status 1 where not)
"""

import sys
from pathlib import Path

from archc.cli.main import COMMANDS, load_command, program
from archc.explanation import render_index
from archc.reference import document

sys.path.insert(0, str(Path(__file__).resolve().parent))
import stricter
import training_page
from make_index import index

ROOT = Path(__file__).resolve().parent.parent


def command_line() -> str:
    """The command line's reference: every command's own help."""
    context = program.make_context("archc", ["-q"], resilient_parsing=True, terminal_width=80)
    parts = ["# The command line", _block(context.get_help())]
    for name in COMMANDS:
        command = load_command(name)
        inner = command.make_context(name, [], context, resilient_parsing=True)
        parts += [f"## archc {name}", _block(inner.get_help())]
    return "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """Every generated text by its file."""
    return {
        "archc/layers/index.py": index(),
        "docs/layers.md": document(),
        "docs/errors.md": render_index(),
        "docs/cli.md": command_line(),
        "docs/stricter.md": stricter.page(),
        "docs/training.md": training_page.page(),
    }


def _block(text: str) -> str:
    return f"```\n{text.rstrip()}\n```"


def main() -> int:
    """Writes or checks the pages; returns the exit status."""
    stale = []
    for name, text in pages().items():
        file = ROOT / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv[1:]:
                file.write_text(text, encoding="utf-8")
    print(f"{', '.join(stale) or 'nothing'} {'was' if len(stale) < 2 else 'were'} stale")
    return int("--check" in sys.argv[1:] and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
