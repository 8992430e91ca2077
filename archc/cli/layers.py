"""`archc layers`: what steps there are, and the page of each."""

import sys
from typing import TYPE_CHECKING

import click

from archc.cli.context import Settings

if TYPE_CHECKING:
    from archc.layers import Layer


@click.command()
@click.argument("name", required=False)
@click.pass_obj
def command(settings: Settings, name: str | None) -> None:
    """Show a layer's page: arguments, defaults, shapes, PyTorch.

    NAME is a step of the language, or what PyTorch or Keras call it. Without a NAME all layers are
    listed.
    """
    from archc import reference
    from archc.layers import LAYERS

    if name is None:
        width = max(map(len, LAYERS)) + 2
        for title, layers in reference.families().items():
            print(title)
            for layer in layers:
                print(f"  {layer.word:<{width}}{reference.summary(layer)}")
        return
    found = _find(name)
    if found.word != name and not settings.quiet:
        print(f"archc: `{name}` is called `{found.word}` here", file=sys.stderr)
    print(reference.page(found), end="")


def _find(name: str) -> "type[Layer]":
    """The layer of a name, or of its name elsewhere. Raises UsageError."""
    from archc.errors.base import nearest
    from archc.layers import ALIASES, LAYERS

    word = name.lower()
    word = ALIASES.get(word, word)
    if word in LAYERS:
        return LAYERS[word]
    meant = nearest(name, (*LAYERS, *ALIASES))
    hint = f"did you mean '{ALIASES.get(meant, meant)}'?" if meant else "'archc layers' lists them"
    raise click.UsageError(f"there is no layer '{name}'; {hint}")
