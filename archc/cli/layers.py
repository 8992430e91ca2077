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
    from archc.layers.foreign import Foreign, instead

    if name is None:
        width = max(map(len, (*LAYERS, Foreign.word))) + 2
        for title, layers in reference.families().items():
            print(title)
            for layer in layers:
                print(f"  {layer.word:<{width}}{reference.summary(layer)}")
        return
    found = _find(name)
    remark = instead(name) if found is Foreign else f"`{name}` is called `{found.word}` here"
    if remark and found.word != name and not settings.quiet:
        print(f"archc: {remark}", file=sys.stderr)
    print(reference.page(found), end="")


def _find(name: str) -> "type[Layer]":
    """The layer of a name, or of its name elsewhere. Raises UsageError."""
    from archc.errors.base import nearest
    from archc.layers import ALIASES, LAYERS
    from archc.layers.foreign import Foreign
    from archc.probe import STEPS

    word = name.lower()
    word = ALIASES.get(word, word)
    if word in LAYERS:
        return LAYERS[word]
    if word in ("nn.name", *STEPS, *map(str.lower, STEPS.values())):
        return Foreign
    meant = nearest(name, (*LAYERS, *ALIASES, *STEPS.values()))
    hint = f"did you mean '{ALIASES.get(meant, meant)}'?" if meant else "'archc layers' lists them"
    raise click.UsageError(f"there is no layer '{name}'; {hint}")
