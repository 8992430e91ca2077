"""Keys of `train` given on the command line: each is a line, read by the grammar of the file."""

from collections.abc import Iterable, Mapping

from archc.diagnostic import ArchError
from archc.source import Source
from archc.syntax import tree
from archc.syntax.parse import parse

OPTIMIZER_OPTIONS = ("lr", "momentum", "weight_decay")
"""Options that change the optimizer without naming it."""
_QUOTED = {"data": ("folder", "npz", "python"), "loss": ("python",)}
"""What a path or the place of a function follows."""


def parse_options(options: Mapping[str, str]) -> tuple[tree.Call, ...]:
    """The lines of options such as `{"epochs": "3", "lr": "1e-3", "optimizer": "sgd lr=.1"}`.

    Raises ArchError for an option that is not the rest of one line.
    """
    ordered = sorted(options.items(), key=lambda option: option[0] in OPTIMIZER_OPTIONS)
    return tuple(_line(key, text) for key, text in ordered)


def keyed(options: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Options by what only one line may say: `lr` with the text `stem .1` is `lr stem`, and so is
    `loss aux`. Of several the last one counts."""
    found: dict[str, str] = {}
    for key, text in options:
        first, _, rest = text.strip().partition(" ")
        words = rest.split()
        of_output = key == "loss" and words and "=" not in words[0] and first != "python"
        if (key == "lr" and words) or of_output:
            key, text = f"{key} {first}", rest
        found[key] = text
    return found


def _line(key: str, text: str) -> tree.Call:
    # A path that the shell gave needs no quotes of its own.
    if key == "weights" and not text.startswith('"'):
        text = f'"{text}"'
    word, _, path = text.partition(" ")
    if key == "data" and ("/" in word or word.endswith(".npz")):
        text = f'"{text}"'
    bare = path.strip() and not path.lstrip().startswith('"')
    if bare and word in _QUOTED.get(key.split()[0], ()):
        text = f'{word} "{path.strip()}"'
    of_part = key == "lr" and " " in text.strip()
    whole = key in OPTIMIZER_OPTIONS and not of_part
    line = f"optimizer {key}={text}" if whole else f"{key} {text}"
    source = Source(f"--{key.split()[0].replace('_', '-')}", line)
    parsed = parse(source)
    if parsed.diagnostics:
        raise ArchError(parsed.diagnostics)
    match parsed.file.items:
        case (tree.Call() as call,) if call.name.name == line.split(maxsplit=1)[0]:
            return call
        case _:
            from archc.errors.training import not_a_line
            from archc.source import Span

            raise ArchError([not_a_line(Span(source, 0, len(line)))])
