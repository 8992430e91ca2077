"""Loads what `data` names: a known data set, or the user's own."""

from pathlib import Path

from archc import datasets
from archc.diagnostic import ArchError
from archc.elaborate.files import project
from archc.errors import training as errors
from archc.pipeline import Analysis
from archc.recipe import check, prepared
from archc.recipe.model import PLACE, Recipe
from archc.recipe.tables import PYTHON
from archc.shape import Shape, feature_map, vector
from archc.source import Span
from archc.spec import Spec
from archc.symbolic import number
from archc.training import arrays, image_folder
from archc.training.data import Loaded, Split, load
from archc.training.prepare import prepare
from archc.training.progress import Progress


def settled(recipe: Recipe, spec: Spec) -> Recipe:
    """The recipe with whole paths. Those of the spec are relative to it and stay inside the
    project; those of the command line are free. Raises ArchError, also for Python code that may
    not be imported."""
    if recipe.data == PYTHON.name:
        _refuse_code(recipe, "data", str(recipe.source), spec)
    for key, choice in (("loss", recipe.loss), *((f"loss {n}", c) for n, c in recipe.further)):
        if choice.name == PYTHON.name:
            _refuse_code(recipe, key, str(choice.get(PLACE)), spec)
    if recipe.weights is not None:
        recipe = recipe._replace(weights=_path(recipe, "weights", recipe.weights, spec))
    if recipe.data in ("folder", "npz"):
        recipe = recipe._replace(source=_path(recipe, "data", str(recipe.source), spec))
    return recipe


def python_folder(spec: Spec) -> str:
    """Where the Python code of a spec is looked for first."""
    return spec.python_folder or project(spec.folder)


def load_data(
    analysis: Analysis, recipe: Recipe, root: Path, folder: str, progress: Progress
) -> Loaded:
    """The data of a recipe, prepared. Raises RunError where it can't be had, and ArchError where it
    does not fit the network."""
    images, output = analysis.graph.input, analysis.graph.output
    classes = number(output.dims[0]) if output.layout == "vector" else 2
    if recipe.data == "folder":
        return _folder(analysis, recipe, images, Path(folder))
    if recipe.data in ("npz", "python"):
        source = str(recipe.source)
        npz = recipe.data == "npz"
        parts = arrays.from_npz(Path(source)) if npz else arrays.from_python(source, folder)
        if recipe.classifies:
            parts = (arrays.as_classes(parts[0], source), arrays.as_classes(parts[1], source))
        train, test = (_laid(part, images, recipe) for part in parts)
        found = arrays.loaded(recipe.data, train, test, _shape(train), classes)
        _refuse(analysis, recipe._replace(prepare=()), found.dataset)
        return found
    dataset = datasets.find(recipe.data or "")
    assert dataset is not None
    found = load(dataset, root, images, classes, progress.say)
    if not recipe.prepare or dataset.shape is None:
        return found
    train, test = (
        Split(prepare(part.images, recipe.prepare), part.classes)
        for part in (found.train, found.test)
    )
    shape = prepared(recipe.prepare, dataset.shape)
    if shape.channels != dataset.shape.channels:
        return arrays.loaded(dataset.name, train, test, shape, classes)._replace(names=found.names)
    return Loaded(dataset, train, test, found.names)


def _folder(analysis: Analysis, recipe: Recipe, images: Shape, inside: Path) -> Loaded:
    free = _span(recipe, "data").source.name.startswith("--")
    files = image_folder.scan(Path(str(recipe.source)), None if free else inside)
    known = datasets.UNKNOWN._replace(classes=len(files.names))
    _refuse(analysis, recipe, known)
    dims = tuple(map(number, images.dims))
    train, val, test = (
        image_folder.read_split(part, recipe.prepare, dims)
        for part in (files.train, files.val, files.test)
    )
    found = arrays.loaded("folder", train, test, images, len(files.names))
    return found._replace(names=files.names, val=val if val.size else None)


def _laid(part: Split, images: Shape, recipe: Recipe) -> Split:
    laid = arrays.channels_last(part.images, tuple(map(number, images.dims)))
    return Split(prepare(laid, recipe.prepare) if laid.ndim == 4 else laid, part.classes)


def _shape(split: Split) -> Shape:
    sizes = tuple(split.images.shape[1:])
    return vector(*sizes) if len(sizes) == 1 else feature_map(sizes[-1], *sizes[:-1])


def _refuse(analysis: Analysis, recipe: Recipe, dataset: datasets.DataSet) -> None:
    region = analysis.graph.region
    shapes = region.entry.shape, region.exit.shape
    found = check(recipe, *shapes, input_span=region.entry.site, dataset=dataset)
    if found:
        raise ArchError(found)


def _refuse_code(recipe: Recipe, key: str, code: str, spec: Spec) -> None:
    if not spec.allow_python:
        raise ArchError([errors.code_not_allowed(_span(recipe, key), code)])


def _path(recipe: Recipe, key: str, path: str, spec: Spec) -> str:
    span = _span(recipe, key)
    if span.source.name.startswith("--"):
        return str(Path(path).absolute())
    root = Path(project(spec.folder))
    found = (Path(spec.folder) / path).resolve()
    if not found.is_relative_to(root):
        raise ArchError([errors.path_outside(span, path, str(root))])
    return str(found)


def _span(recipe: Recipe, key: str) -> Span:
    span = recipe.span(key)
    assert span is not None
    return span
