"""Data sets: pixels as bytes, so that they fit into memory where floats would not."""

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Protocol, Self, TypeAlias, TypeVar

import torch
from torch import Tensor

from archc.datasets import DataSet
from archc.tuples import NamedTuple

Pick: TypeAlias = "Tensor | slice"
"""Which examples a batch is made of: their places, int64 [B], or all from one to another."""


Batches: TypeAlias = "Generator[Split, None, None]"
"""To be closed where not all of them are taken."""


class Examples(Protocol):
    """The examples of a part of a data set: a `Split` has them in memory, a `Streamed` reads them
    batch by batch."""

    @property
    def size(self) -> int:
        """The number of examples."""

    @property
    def home(self) -> torch.device:
        """Where the places of examples are best given."""

    def to(self, device: torch.device) -> Self:
        """The same with batches on a device."""

    def take(self, indices: Tensor) -> Self:
        """Some of the examples, in the order of the indices."""

    def part(self, start: int, end: int) -> Self:
        """The examples from one place to another."""

    def changed(self, change: "Callable[[Split], Split]") -> Self:
        """The same behind a change that treats each example on its own."""

    def none(self) -> "Split":
        """None of the examples: what shows their sizes and types."""

    def batches(self, picks: Iterable[Pick]) -> "Batches":
        """A batch for each of the picks, on the device that the examples are for. Raises RunError
        where examples cannot be read."""


class Split(NamedTuple):
    """Examples: images, uint8 or float32 [N, H, W, C] (channels last, whatever the number of
    dimensions) or token ids, int64 [N, L]; with targets, of which an example has one a position for
    classes, int64 [N, ...], or as many as the output has numbers: labels, uint8, and values,
    float32.

    `others` are what further inputs of the network get, in their order, as they get it; `named` are
    the targets of further outputs that have their own.
    """

    images: Tensor
    classes: Tensor
    others: tuple[Tensor, ...] = ()
    named: tuple[tuple[str, Tensor], ...] = ()

    @property
    def size(self) -> int:
        """The number of examples."""
        return len(self.classes)

    @property
    def home(self) -> torch.device:
        """Where the tensors lie."""
        return self.images.device

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All of them."""
        return (self.images, self.classes, *self.others, *(tensor for _, tensor in self.named))

    @property
    def nbytes(self) -> int:
        """What they take in memory."""
        return self.size * self.bytes_each

    @property
    def bytes_each(self) -> int:
        """What an example takes in memory."""
        each = ((tensor.element_size(), tensor.shape[1:].numel()) for tensor in self.tensors)
        return sum(size * count for size, count in each)

    def to(self, device: torch.device) -> "Split":
        """The same on a device."""
        return self.each(lambda tensor: tensor.to(device, non_blocking=tensor.is_pinned()))

    def take(self, indices: Tensor) -> "Split":
        """Some of the examples, in the order of the indices."""
        there = indices.to(self.home)
        return self.each(lambda tensor: tensor.index_select(0, there))

    def part(self, start: int, end: int) -> "Split":
        """The examples from one place to another."""
        return self.each(lambda tensor: tensor[start:end])

    def changed(self, change: "Callable[[Split], Split]") -> "Split":
        """The same behind a change."""
        return change(self)

    def none(self) -> "Split":
        """None of the examples."""
        return self.part(0, 0)

    def batches(self, picks: Iterable[Pick]) -> "Batches":
        """A batch for each of the picks; slices are views."""
        for pick in picks:
            yield self.part(pick.start, pick.stop) if isinstance(pick, slice) else self.take(pick)

    def each(self, change: Callable[[Tensor], Tensor]) -> "Split":
        """The same with all of its tensors changed."""
        return Split(
            change(self.images),
            change(self.classes),
            tuple(map(change, self.others)),
            tuple((name, change(tensor)) for name, tensor in self.named),
        )


_Part = TypeVar("_Part", bound=Examples)


def fifth(examples: _Part) -> tuple[_Part, _Part]:
    """All but a fifth of the examples, and that fifth, drawn once for all."""
    order = torch.randperm(examples.size, generator=torch.Generator().manual_seed(0))
    count = examples.size // 5
    return examples.take(order[count:].sort().values), examples.take(order[:count].sort().values)


def in_turn(size: int, batch: int = 128) -> Iterator[slice]:
    """All of so many examples in their own order, so many at a time."""
    return (slice(start, start + batch) for start in range(0, size, batch))


class Data(NamedTuple):
    """A data set ready for training; `val` is empty where nothing is held back."""

    train: Examples
    val: Examples
    test: Examples


class Loaded(NamedTuple):
    """A data set with its parts, the test's perhaps empty, and the names of its classes as far as
    they are known. `val` is what the data set itself has for validation."""

    dataset: DataSet
    train: Examples
    test: Examples
    names: tuple[str, ...] = ()
    val: Examples | None = None


class Normalizer(NamedTuple):
    """Bytes to the floats that the network gets: `image * scale + shift`, a channel each."""

    scale: Tensor
    shift: Tensor

    def __call__(self, images: Tensor) -> Tensor:
        """uint8 [B, ..., C] to float32 [B, C, ...]; maps stay channels-last in memory, token ids as
        they are."""
        if images.dtype == torch.int64:
            return images
        # A batch may be a view of the data itself.
        floats = images.to(torch.float32, copy=True, memory_format=torch.contiguous_format)
        scale, shift = self
        if floats.ndim == 2:
            return floats.mul_(scale).add_(shift)
        width, channels = floats.shape[-2:]
        if channels > 1:
            # A row of pixels at once: of three channels at a time it would take ten times as long.
            scale, shift = (each.expand(channels).repeat(width) for each in self)
        floats.flatten(-2).mul_(scale).add_(shift)
        moved = floats.movedim(-1, 1)
        return moved if moved.ndim == 4 else moved.contiguous()


def fed(batch: Split, images: Tensor, normalize: Normalizer) -> tuple[Tensor, ...]:
    """What the network gets of a batch whose first input has become `images`: further inputs of
    the same sizes are normalised alike, other bytes scaled to 0..1."""

    def other(tensor: Tensor) -> Tensor:
        if tensor.shape[1:] == batch.images.shape[1:] and tensor.dtype == batch.images.dtype:
            return normalize(tensor)
        if tensor.dtype == torch.uint8:
            tensor = tensor.float() / 255
        return tensor.movedim(-1, 1) if tensor.ndim > 2 and tensor.is_floating_point() else tensor

    return (normalize(images), *map(other, batch.others))


_PLAIN = ((0.0,), (1.0,))
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""Means and deviations of the images that torchvision's weights were trained on."""


def statistics(dataset: DataSet, normalize: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The mean and deviation, of pixels of 0 to 1, that a network's inputs are freed of: with
    `auto` those of the data set, with `imagenet` what torchvision's pretrained networks want."""
    known = {"auto": (dataset.mean, dataset.std), "imagenet": _IMAGENET}
    return known.get(normalize, _PLAIN)


def normalizer(dataset: DataSet, normalize: str, device: torch.device) -> Normalizer:
    """Scales pixels to 0..1 and frees them of their mean and deviation."""
    mean, std = (torch.tensor(each, device=device) for each in statistics(dataset, normalize))
    return Normalizer(1 / (dataset.white * std), -mean / std)


def hold_back(loaded: Loaded, share: float, seed: int) -> Data:
    """Takes a share of the training images, drawn by the seed, for validation, unless the data set
    has a part for it."""
    train, test = loaded.train, loaded.test
    if loaded.val is not None:
        return Data(train, loaded.val, test)
    held = round(train.size * share)
    if not held:
        return Data(train, train.part(0, 0), test)
    order = torch.randperm(train.size, generator=torch.Generator().manual_seed(seed))
    return Data(
        train.take(order[held:].sort().values), train.take(order[:held].sort().values), test
    )
