"""Tensors by name and shape, and what a match of them says."""

from archc.tuples import NamedTuple

Shape = tuple[int, ...]

_NOT_LEARNED = {
    "num_batches_tracked",
    "n_averaged",
    "relative_position_index",
    "relative_coords_table",
    "attn_mask",
}


class Entry(NamedTuple):
    """A tensor of a state dict."""

    name: str
    shape: Shape

    @property
    def module(self) -> str:
        """The path of the module that holds it, empty for the network itself."""
        return parent(self.name)

    @property
    def is_learned(self) -> bool:
        """Whether a network cannot do without the checkpoint's value."""
        return self.name.rpartition(".")[2] not in _NOT_LEARNED


class Misfit(NamedTuple):
    """A tensor of the network, of the file, or one of each whose shapes differ."""

    own: Entry | None
    given: Entry | None


class Match(NamedTuple):
    """The file's name for each name of the network, and what is left over on either side."""

    names: dict[str, str]
    misfits: tuple[Misfit, ...]


def parent(name: str) -> str:
    """The path of the module that a tensor of this name is in."""
    return name.rpartition(".")[0]
