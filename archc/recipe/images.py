"""The shapes of a data set's images, before anything is loaded."""

from archc import datasets
from archc.recipe.choice import Choice
from archc.recipe.model import Recipe
from archc.shape import Shape, feature_map
from archc.symbolic import number


def image_shape(recipe: Recipe) -> Shape | None:
    """What the network gets of the data set that a recipe names, if that is known by its name."""
    dataset = datasets.find(recipe.data or "", recipe.choices)
    return prepared(recipe.prepare, dataset.shape) if dataset and dataset.shape else None


def prepared(pipe: tuple[Choice, ...], shape: Shape) -> Shape:
    """The shape behind the transforms of `prepare`; what is no image CxHxW stays."""
    if shape.layout != "first" or shape.rank != 2 or shape.open:
        return shape
    channels, height, width = map(number, shape.dims)
    for transform in pipe:
        if transform.name == "gray":
            channels = 1
        elif transform.name == "pad":
            padding = transform.get("padding")
            assert isinstance(padding, int)
            height, width = height + 2 * padding, width + 2 * padding
        else:
            height, width = _sides(transform, height, width)
    return feature_map(channels, height, width)


def _sides(transform: Choice, height: int, width: int) -> tuple[int, int]:
    """A size of one number is a square, but for `resize` that of the shorter side."""
    size = transform.get("size")
    if isinstance(size, tuple):
        return size  # type: ignore[return-value]
    assert isinstance(size, int)
    if transform.name == "crop":
        return size, size
    if height <= width:
        return size, int(size * width / height)
    return int(size * height / width), size
