"""Whether a recipe fits its network: before anything is loaded, and without torch."""

from collections.abc import Iterator

from archc import datasets
from archc.diagnostic import Diagnostic
from archc.errors import training as errors
from archc.graph import Graph
from archc.recipe.images import prepared
from archc.recipe.model import Choice, Recipe
from archc.recipe.read import SOURCES
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
    dataset: datasets.DataSet | None = None,
    graph: Graph | None = None,
) -> tuple[Diagnostic, ...]:
    """What does not fit; shapes that are None, unknown after an error, stay unjudged.

    `output_span` is the place of the last step, `single_value_norm` that of a batch norm that gets
    one value a channel and image. `dataset` is what was found where the recipe's name alone does
    not tell, and `graph` a network without mistakes, whose parts and outputs the recipe may name.
    """
    dataset = dataset or datasets.find(recipe.data or "") or datasets.UNKNOWN
    found = [
        _input(recipe, dataset, input_shape, input_span),
        _output(recipe, dataset, input_shape, output_shape, output_span),
        _batch(recipe, single_value_norm),
        _stop(recipe),
        *(_transform(recipe, transform, input_shape) for transform in recipe.augment),
        *(_named(recipe, graph) if graph else ()),
    ]
    return tuple(diagnostic for diagnostic in found if diagnostic is not None)


def no_data(place: Span) -> Diagnostic:
    """What to say where a training is asked for and no data set is named."""
    return errors.no_data(place, (*datasets.DATASETS, *SOURCES))


def _input(
    recipe: Recipe, dataset: datasets.DataSet, shape: Shape | None, input_span: Span | None
) -> Diagnostic | None:
    span = recipe.span("data")
    if span is None or shape is None:
        return None
    if dataset.shape is None:
        drawn = dataset == datasets.RANDOM and shape.open
        return errors.open_images(span, str(recipe.data), shape) if drawn else None
    images = prepared(recipe.prepare, dataset.shape)
    if not differ(shape, images):
        return None
    return errors.other_input(span, str(recipe.data), images, shape, input_span)


def _output(
    recipe: Recipe,
    dataset: datasets.DataSet,
    images: Shape | None,
    output: Shape | None,
    last: Span | None,
) -> Diagnostic | None:
    span = recipe.span("loss") or recipe.span("data")
    if span is None or recipe.data is None or output is None or recipe.loss.name == "python":
        return None
    if recipe.reconstructs:
        same = images is None or not differ(images.dims, output.dims)
        return None if same else errors.other_target(span, images, output, last)  # type: ignore[arg-type]
    if not recipe.classifies:
        known = dataset.classes is not None or dataset == datasets.RANDOM
        return errors.loss_without_values(span, recipe.loss.name) if known else None
    arriving = output.dims[0] if output.layout == "vector" else 2
    classes = dataset.classes or (2 if isinstance(arriving, Open) else arriving)
    if output.layout != "vector" or output.dims != (classes,):
        return errors.other_classes(recipe.span("data") or span, recipe.data, classes, output, last)
    weights = recipe.loss.get("weight")
    if not isinstance(weights, tuple) or len(weights) == classes:
        return None
    expected, got = f"a weight for each of {classes} classes", f"a list of {len(weights)}"
    return errors.wrong_value(span, "weight", expected, got)


def _stop(recipe: Recipe) -> Diagnostic | None:
    span = recipe.span("stop")
    # A folder may have a part for validation.
    if not recipe.stop or recipe.val or span is None or recipe.data == "folder":
        return None
    message = "`stop` watches the loss on validation data, and none is held back"
    return errors.options_disagree(span, message, "write `val .1` beside it")


def _named(recipe: Recipe, graph: Graph) -> Iterator[Diagnostic]:
    """Parts and outputs that the network does not have."""
    names = [*recipe.freeze, *(name for name, _ in recipe.rates)]
    parts = _parts(graph) if names else {}
    for name in recipe.freeze:
        if name not in parts:
            yield errors.unknown_part(_place(recipe, "freeze"), name, tuple(parts))
    for name, _ in recipe.rates:
        if name not in parts:
            yield errors.unknown_part(_place(recipe, f"lr {name}"), name, tuple(parts))
    if recipe.further:
        outputs = graph.further_outputs
        for name, _ in recipe.further:
            if name not in outputs:
                yield errors.unknown_output(_place(recipe, f"loss {name}"), name, outputs)


def _place(recipe: Recipe, key: str) -> Span:
    span = recipe.span(key)
    assert span is not None
    return span


def _parts(graph: Graph) -> dict[str, None]:
    """The names of all parts with tensors, outer ones first: `layer1`, `layer1.0`, ..."""
    found: dict[str, None] = {}
    for item in graph.layers():
        if not item.parameters:
            continue
        words = item.name.split(".")
        found.update(dict.fromkeys(".".join(words[:n]) for n in range(1, len(words) + 1)))
    return found


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
    message = f"`{transform.name} {size}` gives images of {size}x{size}, the network takes {images}"
    side = images.positions[0]
    square = images.positions == (side, side)
    advice = f"write `{transform.name} {side}`" if square else "leave it out"
    written = f"{transform.name} {size}"
    instead = f"{transform.name} {side}" if square and written in span.text else ""
    return errors.transform_misfit(span, message, advice, written, instead)
