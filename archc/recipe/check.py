"""Whether a recipe fits its network: before anything is loaded, and without torch."""

from archc import datasets
from archc.diagnostic import Diagnostic
from archc.errors import training as errors
from archc.recipe.model import Choice, Recipe
from archc.shape import Shape
from archc.source import Span
from archc.symbolic import Open, differ


def check(
    recipe: Recipe,
    input_shape: Shape | None,
    output_shape: Shape | None,
    *,
    input_span: Span | None = None,
    output_span: Span | None = None,
    single_value_norm: Span | None = None,
) -> tuple[Diagnostic, ...]:
    """What does not fit; shapes that are None, unknown after an error, stay unjudged.

    `output_span` is the place of the last step, `single_value_norm` that of a batch norm that gets
    one value a channel and image.
    """
    found = [
        _input(recipe, input_shape, input_span),
        _output(recipe, input_shape, output_shape, output_span),
        _batch(recipe, single_value_norm),
        *(_transform(recipe, transform, input_shape) for transform in recipe.augment),
    ]
    return tuple(diagnostic for diagnostic in found if diagnostic is not None)


def no_data(place: Span) -> Diagnostic:
    """What to say where a training is asked for and no data set is named."""
    return errors.no_data(place, tuple(datasets.DATASETS))


def _input(recipe: Recipe, shape: Shape | None, input_span: Span | None) -> Diagnostic | None:
    span = recipe.span("data")
    images = _dataset(recipe).shape
    if span is None or shape is None:
        return None
    if images is None:
        return errors.open_images(span, str(recipe.data), shape) if shape.open else None
    if not differ(shape, images):
        return None
    return errors.other_input(span, str(recipe.data), images, shape, input_span)


def _output(
    recipe: Recipe, images: Shape | None, output: Shape | None, last: Span | None
) -> Diagnostic | None:
    span = recipe.span("loss") or recipe.span("data")
    if span is None or recipe.data is None or output is None:
        return None
    if recipe.reconstructs:
        same = images is None or not differ(images.dims, output.dims)
        return None if same else errors.other_target(span, images, output, last)  # type: ignore[arg-type]
    if recipe.loss.name not in ("cross_entropy", "nll"):
        return errors.loss_without_values(span, recipe.loss.name)
    arriving = output.dims[0] if output.layout == "vector" else 2
    classes = _dataset(recipe).classes or (2 if isinstance(arriving, Open) else arriving)
    if output.layout == "vector" and output.dims == (classes,):
        return None
    return errors.other_classes(recipe.span("data") or span, recipe.data, classes, output, last)


def _batch(recipe: Recipe, norm: Span | None) -> Diagnostic | None:
    span = recipe.span("batch")
    if norm is None or recipe.batch > 1 or span is None:
        return None
    return errors.single_value_norm(span, norm)


def _transform(recipe: Recipe, transform: Choice, images: Shape | None) -> Diagnostic | None:
    span = recipe.span("augment")
    if images is None or span is None:
        return None
    if images.layout != "first" or images.rank != 2:
        message = f"`{transform.name}` works on images CxHxW, got {images}"
        return errors.transform_misfit(span, message, "leave it out")
    size = transform.get("size")
    if size is None or not differ(images.positions, (size, size)):
        return None
    message = f"`crop {size}` gives images of {size}x{size}, the network takes {images}"
    side = images.positions[0]
    square = images.positions == (side, side)
    advice = f"write `crop {side}`" if square else "leave it out"
    return errors.transform_misfit(span, message, advice)


def _dataset(recipe: Recipe) -> datasets.DataSet:
    return datasets.find(recipe.data or "") or datasets.RANDOM
