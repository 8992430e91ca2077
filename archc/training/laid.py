"""Arrays as the network and its loss take them, and what is known of them once they are read."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from archc.datasets import DataSet, Target
from archc.recipe import Recipe
from archc.recipe.choice import Choice
from archc.recipe.losses import wanted
from archc.recipe.table import PYTHON
from archc.recipe.targets import as_output
from archc.shape import Shape, feature_map, vector
from archc.symbolic import Open, differ, number
from archc.training.data import Examples, Loaded, Split
from archc.training.prepare import prepare
from archc.training.problem import RunError


def laid(split: Split, inputs: Sequence[Shape], recipe: Recipe, words: int | None) -> Split:
    """Inputs as tensors of the kinds that the network takes, channels last, the first one prepared.
    `words` is the size of the largest vocabulary. Raises RunError."""
    first, *others = (
        _input(tensor, shape, words)
        for tensor, shape in zip((split.images, *split.others), inputs, strict=True)
    )
    for tensor, shape in zip(others, inputs[1:], strict=True):
        if differ(shape_of(tensor), shape):
            raise RunError(f"the network's further input is {shape}, got {shape_of(tensor)}")
    first = prepare(first, recipe.prepare) if first.ndim == 4 else first
    return split._replace(images=first, others=tuple(others))


def shape_of(images: Tensor) -> Shape:
    """The shape of what the network gets of images that lie channels last, or of token ids."""
    sizes = tuple(images.shape[1:])
    if images.dtype == torch.int64:
        return Shape(sizes, "ids")
    return vector(*sizes) if len(sizes) == 1 else feature_map(sizes[-1], *sizes[:-1])


def _input(tensor: Tensor, shape: Shape, words: int | None) -> Tensor:
    if shape.layout == "ids":
        if tensor.is_floating_point():
            raise RunError("the network takes token ids: expected whole numbers, got others")
        low, high = int(tensor.min()), int(tensor.max())
        if low < 0 or (words is not None and high >= words):
            found = low if low < 0 else high
            raise RunError(f"expected token ids from 0 to {(words or 1) - 1}, got {found}")
        return tensor.long()
    tensor = tensor if tensor.dtype == torch.uint8 else tensor.float()
    dims = tuple(-1 if isinstance(size, Open) else number(size) for size in shape.dims)
    return channels_last(tensor, dims)


def channels_last(images: Tensor, dims: tuple[int, ...]) -> Tensor:
    """Images [N, ...] with the channels last. `dims` are the network's, channels first; where the
    images fit them neither way, 1, 3 or 4 last numbers are channels."""
    sizes = tuple(images.shape[1:])
    if len(dims) == 1 or sizes == (*dims[1:], dims[0]):
        return images
    if len(sizes) == len(dims) - 1:
        return images[..., None]
    first = sizes == dims or (sizes[-1] not in (1, 3, 4) and sizes[0] in (1, 3, 4))
    return images.movedim(1, -1) if first else images


def as_classes(split: Split, recipe: Recipe, place: str) -> Split:
    """Classes that were given as floats, as whole numbers; what else is there is not judged here.
    Raises RunError where targets of one number each are no classes."""
    targets = split.classes
    if targets.ndim > 1:
        return split
    odd = targets[((targets != targets.round()) | (targets < 0)) & (targets != _ignored(recipe))]
    if len(odd):
        values = "; `loss mse` and others compare values" if targets.is_floating_point() else ""
        got = f"{float(odd[0]):g}{values}"
        raise RunError(f"expected a class from 0 on for each image in {place}, got {got}")
    return split._replace(classes=targets.long())


def _ignored(recipe: Recipe) -> int:
    ignored = recipe.loss.get("ignore_index", -100)
    return ignored if isinstance(ignored, int) else -100


def target_of(tensors: Sequence[Tensor], ignored: object = None) -> Target:
    """What targets are, over all parts."""
    full = [tensor for tensor in tensors if tensor.numel()]
    whole = not any(tensor.is_floating_point() for tensor in full)
    dims = tuple(full[0].shape[1:])
    counted = [tensor[tensor != ignored] if ignored is not None else tensor for tensor in full]
    counted = [tensor for tensor in counted if tensor.numel()]
    low = min((float(tensor.min()) for tensor in counted), default=0)
    high = max((float(tensor.max()) for tensor in counted), default=0)
    return Target(whole, dims, low, high)


def with_targets(
    examples: Examples, recipe: Recipe, outputs: Mapping[str, Shape], final: str
) -> Examples:
    """The targets as the losses compare them with the outputs. They fit: that was checked."""
    further = dict(recipe.further)

    def compared(split: Split) -> Split:
        classes = split.classes
        if not recipe.reconstructs:
            classes = _target(classes, recipe.loss, outputs[final])
        return split._replace(
            classes=classes,
            named=tuple(
                (name, _target(tensor, further.get(name, recipe.loss), outputs[name]))
                for name, tensor in split.named
            ),
        )

    return examples.changed(compared)


def _target(tensor: Tensor, loss: Choice, output: Shape) -> Tensor:
    if loss.name == PYTHON.name:
        return tensor if tensor.is_floating_point() else tensor.long()
    if wanted(loss.name) == "classes":
        if tensor.is_floating_point():
            return tensor
        spare = tensor.ndim == 2 and output.layout == "vector" and tensor.shape[1] == 1
        return tensor.long().squeeze(1) if spare else tensor.long()
    dims = as_output(tuple(tensor.shape[1:]), output)
    assert dims is not None
    tensor = tensor.reshape(len(tensor), *dims)
    labels = wanted(loss.name) == "labels" and not tensor.is_floating_point()
    return tensor.to(torch.uint8) if labels else tensor.float()


def loaded(
    name: str,
    parts: tuple[Examples, Examples],
    shape: Shape | None,
    names: tuple[str, ...] = (),
    classes: int | None = None,
    target: Target | None = None,
) -> Loaded:
    """Both parts with what is known of them; mean and deviation of images are not."""
    train = parts[0]
    made = DataSet(name, shape, classes, train.size, 0, target=target)
    if isinstance(train, Split) and train.images.dtype == torch.int64:
        made = made._replace(mean=(0.0,), std=(1.0,), white=1)
    elif isinstance(train, Split) and train.images.is_floating_point():
        made = made._replace(white=1)
    return Loaded(made, *parts, names)
