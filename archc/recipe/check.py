"""Whether a recipe fits its network: before anything is loaded, and without torch."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from archc import datasets
from archc.diagnostic import Diagnostic
from archc.errors import fitting as errors
from archc.errors.training import no_data as no_data_named
from archc.errors.training import options_disagree, wrong_value
from archc.graph import Graph
from archc.recipe.choice import Choice
from archc.recipe.ending import ends_in_activation
from archc.recipe.images import prepared
from archc.recipe.losses import wanted
from archc.recipe.metrics import METRICS, WHOLE, known, names
from archc.recipe.model import Recipe
from archc.recipe.read import SOURCES
from archc.recipe.table import PYTHON
from archc.recipe.targets import misfit
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
    dataset = dataset or datasets.find(recipe.data or "", recipe.choices) or datasets.UNKNOWN
    found = [
        _input(recipe, dataset, input_shape, input_span),
        _output(recipe, dataset, input_shape, output_shape, output_span),
        _batch(recipe, single_value_norm),
        _watching(recipe),
        _colours(recipe, input_shape),
        _metrics(recipe, output_shape),
        *(_transform(recipe, transform, input_shape) for transform in recipe.augment),
        *(_named(recipe, graph) if graph else ()),
        *(_mixing(recipe, graph) if graph else ()),
        *(further_misfits(recipe, graph, dataset) if graph else ()),
        *(ends_in_activation(recipe, graph) if graph else ()),
    ]
    return tuple(diagnostic for diagnostic in found if diagnostic is not None)


def no_data(place: Span) -> Diagnostic:
    """What to say where a training is asked for and no data set is named."""
    return no_data_named(place, (*datasets.COMMON, *SOURCES))


def _input(
    recipe: Recipe, dataset: datasets.DataSet, shape: Shape | None, input_span: Span | None
) -> Diagnostic | None:
    span = recipe.span("data")
    if span is None or shape is None:
        return None
    if dataset.shape is None:
        pictures = recipe.data == "folder" or dataset.name in datasets.DATASETS
        if pictures and dataset != datasets.RANDOM and not _takes_pictures(shape):
            return errors.not_pictures(span, str(recipe.data), shape, input_span)
        sized = pictures and shape.open
        return errors.open_images(span, str(recipe.data), shape) if sized else None
    images = prepared(recipe.prepare, dataset.shape)
    if not differ(shape, images):
        return None
    return errors.other_input(span, str(recipe.data), images, shape, input_span)


def _takes_pictures(shape: Shape) -> bool:
    channels = shape.dims[0]
    known = isinstance(channels, Open) or channels in (1, 3, 4)
    return shape.layout == "first" and shape.rank == 2 and known


def _output(
    recipe: Recipe,
    dataset: datasets.DataSet,
    images: Shape | None,
    output: Shape | None,
    last: Span | None,
) -> Diagnostic | None:
    span = recipe.span("loss") or recipe.span("data")
    if span is None or recipe.data is None or output is None or recipe.loss.name == PYTHON.name:
        return None
    if recipe.reconstructs:
        same = images is None or not differ(images.dims, output.dims)
        return None if same else errors.other_target(span, images, output, last)  # type: ignore[arg-type]
    wrong = _weights(recipe.loss, output, span)
    target = _target(dataset)
    if target is None:
        return wrong
    whole_maps = recipe.classifies and output.layout != "vector" and not target.dims
    if whole_maps or (recipe.classifies and target.whole and _too_few(dataset, target, output)):
        classes = dataset.classes or int(target.high) + 1
        place, maps = recipe.span("data") or span, bool(target.dims) and output.layout == "first"
        return errors.other_classes(place, recipe.data, classes, output, last, maps=maps)
    return misfit(recipe.loss, target, output, span, last) or wrong


def further_misfits(
    recipe: Recipe,
    graph: Graph,
    dataset: datasets.DataSet,
    own: Mapping[str, datasets.Target] = MappingProxyType({}),
) -> Iterator[Diagnostic]:
    """Losses of further outputs that do not go with these: with the targets of their `own`, or
    those that all outputs get."""
    shapes = graph.further_outputs
    images = graph.region.entry.shape
    for name, loss in recipe.further:
        output, span = shapes.get(name), _place(recipe, f"loss {name}")
        target = own.get(name) or _target(dataset)
        if output is None or loss.name == PYTHON.name:
            continue
        if (misweighed := _weights(loss, output, span)) is not None:
            yield misweighed
        elif loss.get("target") == "input":
            if images is not None and differ(images.dims, output.dims):
                yield errors.other_target(span, images, output, None)
        elif target is not None:
            few = wanted(loss.name) == "classes" and target.whole and target.high >= 0
            if few and name not in own and _too_few(dataset, target, output):
                classes = dataset.classes or int(target.high) + 1
                yield errors.other_classes(span, recipe.data or "", classes, output, None)
            elif (wrong := misfit(loss, target, output, span, None)) is not None:
                yield wrong


def _target(dataset: datasets.DataSet) -> datasets.Target | None:
    """What is known of the targets of a data set."""
    if dataset.target is not None or dataset.classes is None:
        return dataset.target
    return datasets.Target(True, (), 0, dataset.classes - 1)


def _too_few(dataset: datasets.DataSet, target: datasets.Target, output: Shape) -> bool:
    """Whether an output does not have a value for each class: for data of the user's it may have
    more than there are in it."""
    if dataset.classes is not None:
        return bool(differ(output.channels, dataset.classes))
    rest = not isinstance(output.channels, Open) and output.channels <= target.high
    return rest and len(target.dims) <= max(output.rank, 1)


def _weights(loss: Choice, output: Shape, span: Span) -> Diagnostic | None:
    """Lists of weights that are not one a class or label."""
    for option in ("weight", "pos_weight"):
        weights = loss.get(option)
        if isinstance(weights, tuple) and differ(output.channels, len(weights)):
            expected, got = f"a weight for each of {output.channels} classes", len(weights)
            return wrong_value(span, option, expected, f"a list of {got}")
    return None


def _watching(recipe: Recipe) -> Diagnostic | None:
    span = recipe.span("stop") if recipe.stop else recipe.span("schedule")
    # Data of the user's own may have a part for validation.
    if recipe.watches is None or recipe.val or span is None or recipe.data in SOURCES:
        return None
    message = f"{recipe.watches} on validation data, and none is held back"
    return options_disagree(span, message, "write `val .1` beside it")


def _colours(recipe: Recipe, images: Shape | None) -> Diagnostic | None:
    span = recipe.span("normalize")
    three = images is None or (images.layout == "first" and images.dims[0] == 3)
    if recipe.normalize != "imagenet" or span is None or three:
        return None
    message = f"`normalize imagenet` is for images of 3 channels, the network takes {images}"
    return options_disagree(span, message, "write `normalize auto`")


def _metrics(recipe: Recipe, output: Shape | None) -> Diagnostic | None:
    """Metrics of another kind of targets than the loss has, or of another kind of outputs."""
    span = recipe.span("metrics")
    kind = wanted(recipe.loss.name)
    if span is None or recipe.loss.name == PYTHON.name:
        return None
    name = next((name for name in recipe.metrics if not known(name, kind)), None)
    if name is not None:
        message = f"`{name}` does not go with `loss {recipe.loss.name}`, which compares {kind}"
        return options_disagree(span, message, f"choose from {', '.join(names(kind))}")
    name = next((name for name in recipe.metrics if name in WHOLE[kind]), None)
    if name is None or output is None or len(output.dims) == 1:
        return None
    message = f"`{name}` compares all examples at once, as vectors, and the network gives {output}"
    return options_disagree(span, message, f"choose from {', '.join(METRICS[kind])}")


def _mixing(recipe: Recipe, graph: Graph) -> Iterator[Diagnostic]:
    images = len(graph.inputs) == 1 and graph.input.layout != "ids"
    for key in ("mixup", "cutmix"):
        span = recipe.span(key)
        if getattr(recipe, key) and span is not None and not images:
            message = f"`{key}` mixes images, and the network gets something else besides"
            yield options_disagree(span, message, "leave it out")


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
                yield errors.unknown_output(_place(recipe, f"loss {name}"), name, tuple(outputs))


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
    kernel, sides = transform.get("kernel_size"), images.positions
    if isinstance(kernel, int) and any(not isinstance(n, Open) and kernel // 2 >= n for n in sides):
        message = f"`{transform.name} {kernel}` reaches over images of {images}"
        return errors.transform_misfit(span, message, "write a smaller one, such as 3")
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
