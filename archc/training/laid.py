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
from archc.symbolic import Open, number
from archc.training.data import Examples, Loaded, Split
from archc.training.prepare import prepare
from archc.tuples import NamedTuple


class Layout(NamedTuple):
    """Lays examples as the network takes them: inputs channels last, the first one prepared, and
    classes that came as floats as whole numbers. `dims` are those of the inputs, channels first, -1
    where a size is open, and None of token ids."""

    dims: tuple[tuple[int, ...] | None, ...]
    pipe: tuple[Choice, ...]
    whole: bool

    def lay(self, split: Split) -> Split:
        """The examples, laid."""
        images = (split.images, *split.others)
        first, *others = (_input(each, dims) for each, dims in zip(images, self.dims, strict=True))
        first = prepare(first, self.pipe) if first.ndim == 4 else first
        classes = split.classes.long() if self.whole else split.classes
        return split._replace(images=first, classes=classes, others=tuple(others))


def _input(tensor: Tensor, dims: tuple[int, ...] | None) -> Tensor:
    if tensor.ndim == 1:
        tensor = tensor[:, None]  # A number an example is a vector of one.
    if dims is None:
        return tensor.long()
    return channels_last(tensor if tensor.dtype == torch.uint8 else tensor.float(), dims)


def layout(inputs: Sequence[Shape], recipe: Recipe, target: Target | None) -> Layout:
    """How examples are laid for inputs; `target` is what those of the final output are."""
    dims = (
        None
        if shape.layout == "ids"
        else tuple(-1 if isinstance(size, Open) else number(size) for size in shape.dims)
        for shape in inputs
    )
    whole = recipe.classifies and target is not None and target.whole
    return Layout(tuple(dims), recipe.prepare, whole)


def shape_of(images: Tensor) -> Shape:
    """The shape of what the network gets of images that lie channels last, or of token ids."""
    sizes = tuple(images.shape[1:])
    if images.dtype == torch.int64:
        return Shape(sizes, "ids")
    return vector(*sizes) if len(sizes) == 1 else feature_map(sizes[-1], *sizes[:-1])


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
    kind = train.none().images.dtype
    made = DataSet(name, shape, classes, train.size, 0, target=target)
    if kind == torch.int64:
        made = made._replace(mean=(0.0,), std=(1.0,))
    if kind != torch.uint8:
        made = made._replace(white=1)
    return Loaded(made, *parts, names)
