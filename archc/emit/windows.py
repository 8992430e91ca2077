"""Windows of a map as PyTorch text."""

from archc.emit.pytorch import literal
from archc.graph import Item, LayerItem, Region, Window, WindowItem, inner_regions
from archc.layers.windowed import InWindow


def window_helpers(window: Window, shifted: bool) -> dict[str, str]:
    """The functions that the text of a window needs."""
    if window.grid:
        return {"into_grid": _INTO_GRID, "from_grid": _FROM_GRID}
    helpers = {"into_windows": _INTO, "from_windows": _FROM}
    return {**helpers, "shift_mask": _MASK} if shifted else helpers


def into_text(window: Window, x: str, shift: str) -> str:
    """Windows of tokens of a channels-last map."""
    if window.grid:
        return f"into_grid({x}, {literal(window.sides)})"
    return f"into_windows({_arguments(x, literal(window.sides), shift)})"


def from_text(window: Window, tokens: str, entry: str, last: bool, shift: str) -> str:
    """The channels-last map of windows; `entry` is the map that they were cut from."""
    name = "from_grid" if window.grid else "from_windows"
    return f"{name}({_arguments(tokens, literal(window.sides), _size(entry, last), shift)})"


def mask_text(window: Window, entry: str, last: bool, shift: str) -> str:
    """What keeps tokens apart that were no neighbours before the shift."""
    return f"shift_mask({_arguments(entry, _size(entry, last), literal(window.sides), shift)})"


def _arguments(*texts: str) -> str:
    return ", ".join(text for text in texts if text)


class Masks:
    """Tells which texts work in shifted windows that stand around their call. Each is looked at
    once, however many call it."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Region, bool]] = {}
        """By the region's id, with the region, so that no other object takes its id."""

    def needed(self, region: Region) -> bool:
        """Whether a text is to be told of a mask."""
        if id(region) not in self._known:
            self._known[id(region)] = region, any(map(self._masked, region.items))
        return self._known[id(region)][1]

    def _masked(self, item: Item) -> bool:
        if isinstance(item, LayerItem):
            layer = item.layer
            return isinstance(layer, InWindow) and bool(layer.placed and layer.placed.masked)
        return not isinstance(item, WindowItem) and any(map(self.needed, inner_regions(item)))


def _size(entry: str, last: bool) -> str:
    return f"{entry}.shape[1:3]" if last else f"{entry}.shape[2:]"


_INTO = '''\
def into_windows(x: torch.Tensor, window, shift=(0, 0)) -> torch.Tensor:
    """[B, H, W, C], zero-padded and shifted, to windows of tokens [B * n, h * w, C]."""
    height, width = window
    x = F.pad(x, (0, 0, 0, -x.shape[2] % width, 0, -x.shape[1] % height))
    x = x.roll((-shift[0], -shift[1]), (1, 2))
    x = x.unflatten(2, (-1, width)).unflatten(1, (-1, height))
    return x.transpose(2, 3).flatten(3, 4).flatten(0, 2)
'''

_FROM = '''\
def from_windows(x: torch.Tensor, window, size, shift=(0, 0)) -> torch.Tensor:
    """Windows of tokens back to the map [B, H, W, C] that they were cut from."""
    rows, columns = (-(-side // step) for side, step in zip(size, window))
    x = x.unflatten(1, tuple(window)).unflatten(0, (-1, rows, columns))
    x = x.transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return x.roll(shift, (1, 2))[:, : size[0], : size[1]]
'''

_MASK = '''\
def shift_mask(x: torch.Tensor, size, window, shift) -> torch.Tensor | None:
    """-100 between tokens of a window that were no neighbours before the shift: [n, L, L]."""
    if not any(shift):
        return None
    labels = torch.zeros(1, 1, 1, 1, device=x.device, dtype=x.dtype)
    for axis, (side, step, by) in enumerate(zip(size, window, shift), 1):
        side = -(-side // step) * step
        places = torch.arange(side, device=x.device)
        part = (places >= side - step).to(x.dtype) + (places >= side - by).to(x.dtype)
        labels = 3 * labels + part.view(-1, *[1] * (3 - axis))
    tokens = into_windows(labels, window)[:, :, 0]
    return -100.0 * (tokens[:, None] != tokens[:, :, None]).to(x.dtype)
'''

_INTO_GRID = '''\
def into_grid(x: torch.Tensor, grid) -> torch.Tensor:
    """[B, H, W, C] to tokens [B * n, h * w, C] of positions spread evenly over the map."""
    height, width = grid
    x = F.pad(x, (0, 0, 0, -x.shape[2] % width, 0, -x.shape[1] % height))
    x = x.unflatten(2, (width, -1)).unflatten(1, (height, -1))
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3, 4).flatten(0, 2)
'''

_FROM_GRID = '''\
def from_grid(x: torch.Tensor, grid, size) -> torch.Tensor:
    """Tokens of positions spread evenly back to the map [B, H, W, C]."""
    rows, columns = (-(-side // step) for side, step in zip(size, grid))
    x = x.unflatten(1, tuple(grid)).unflatten(0, (-1, rows, columns))
    x = x.permute(0, 3, 1, 4, 2, 5).flatten(3, 4).flatten(1, 2)
    return x[:, : size[0], : size[1]]
'''
