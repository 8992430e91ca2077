"""`archc new`: writes a spec to start from."""

import os
import re
import sys
from typing import TYPE_CHECKING

import click

from archc.cli.context import Settings

if TYPE_CHECKING:
    from archc.spec import Spec
    from archc.syntax import tree

_PART = re.compile(r"\w[\w.-]*")


@click.command()
@click.argument("name")
@click.option(
    "--from",
    "origin",
    metavar="SPEC",
    default="digits",
    help="What to copy: a spec that comes with archc, a block of it, a file.  [default: digits]",
)
@click.pass_obj
def command(settings: Settings, name: str, origin: str) -> None:
    """Write a spec to start from: NAME.arch.

    A block, such as `--from torchvision/resnet:resnet50`, gives a file that uses it. No file is
    overwritten.
    """
    from archc.spec import from_command_line

    path = _path(name)
    text = _text(from_command_line(origin))
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "x", encoding="utf-8", newline="") as file:
        file.write(text)
    if not settings.quiet:
        print(f"wrote {path}; next:", file=sys.stderr)
        trains = ["train"] if re.search(r"^train\b", text, re.MULTILINE) else []
        for step in ["check", "summary", *trains]:
            print(f"  archc {step} {path}", file=sys.stderr)


def _path(name: str) -> str:
    """The file to write, in the current folder or one below. Raises UsageError."""
    parts = name.split("/")
    here = os.path.realpath(".")
    folder = os.path.realpath(os.path.join(here, *parts[:-1]))
    if not all(_PART.fullmatch(part) for part in parts):
        raise click.UsageError(
            "NAME is a file's name of letters, digits, `_`, `-` and `.`, perhaps below a folder:"
            f" `nets/first`, got '{name}'"
        )
    if os.path.commonpath([here, folder]) != here:
        raise click.UsageError(f"NAME stays inside the current folder, got '{name}'")
    return name if name.endswith(".arch") else f"{name}.arch"


def _text(origin: "Spec") -> str:
    """The text of the new file. Raises UsageError where it would not mean the same there,
    ArchError where the block is none that can be used."""
    from archc.resources import specs_folder

    place = os.path.join(origin.folder, os.path.basename(origin.source.name))
    shipped = _module(place, str(specs_folder()))
    if origin.block is not None:
        if shipped is None:
            raise click.UsageError("--from takes a block of a spec that comes with archc only")
        return _using(origin, shipped)
    return _copied(origin, str(specs_folder()) if shipped else None)


def _module(place: str, specs: str) -> str | None:
    """How `use` names a shipped file; None for any other."""
    relative = os.path.relpath(os.path.realpath(place), os.path.realpath(specs))
    dotted = os.path.splitext(relative)[0].replace(os.sep, ".")
    return dotted if re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*", dotted) else None


def _using(origin: "Spec", module: str) -> str:
    """A file whose one step is a block of a shipped spec."""
    from archc.pipeline import network
    from archc.syntax import tree

    network(origin)
    inputs = [item.span.text for item in _items(origin) if isinstance(item, tree.Input)]
    alias = module.rpartition(".")[2]
    return "\n".join([
        f"# {origin.block}, as {module.replace('.', '/')} has it",
        *inputs,
        "",
        f"use {module} as {alias}",
        "",
        f"{alias}.{origin.block}",
        "",
    ])  # fmt: skip


def _copied(origin: "Spec", specs: str | None) -> str:
    """The text of a spec, with the files that it uses named so that any place will do."""
    from archc.syntax import tree

    text = origin.source.text
    for item in reversed(_items(origin)):
        if not isinstance(item, tree.Use) or item.python or isinstance(item.target, tree.Name):
            continue
        target = os.path.join(origin.folder, str(item.target.value))
        module = _module(target, specs) if specs else None
        if module is None:
            raise click.UsageError(
                f"{origin.source.name} uses {item.target.span.text}, which a copy elsewhere would"
                " not find; copy both files"
            )
        place = item.target.span
        text = text[: place.start] + module + text[place.end :]
    return text


def _items(origin: "Spec") -> "tuple[tree.Item, ...]":
    from archc.syntax.parse import parse

    return parse(origin.source).file.items
