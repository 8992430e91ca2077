"""Loads what `data` names: a known data set, or the user's own."""

from collections.abc import Mapping
from pathlib import Path

from archc import datasets
from archc.diagnostic import ArchError
from archc.elaborate.files import project
from archc.errors import training as errors
from archc.graph import known
from archc.pipeline import Analysis
from archc.recipe import check, prepared
from archc.recipe.choice import PLACE
from archc.recipe.model import Recipe
from archc.recipe.table import PYTHON
from archc.recipe.targets import misfit
from archc.shape import Shape
from archc.source import Span
from archc.spec import Spec
from archc.symbolic import number
from archc.training import arrays, image_folder
from archc.training.data import Loaded, Split
from archc.training.decode import of_files
from archc.training.drawn import drawn, vocabularies
from archc.training.held import behind
from archc.training.laid import as_classes, laid, loaded, shape_of, target_of, with_targets
from archc.training.named import load
from archc.training.problem import RunError
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
    graph = analysis.graph
    if recipe.data in ("npz", "python"):
        return _arrays(analysis, recipe, root, folder)
    if recipe.data == datasets.RANDOM.name:
        return drawn(graph, recipe)
    if len(graph.inputs) > 1:
        names = ", ".join(str(put.name) for put in graph.inputs)
        raise RunError(
            f"`data {recipe.data}` feeds one input, and the network has several: {names}; `npz` and"
            f" `python` have arrays of those names"
        )
    if recipe.data == "folder":
        return _folder(analysis, recipe, graph.input, Path(folder))
    return _named(analysis, recipe, root, progress)


def _arrays(analysis: Analysis, recipe: Recipe, root: Path, folder: str) -> Loaded:
    graph, source = analysis.graph, str(recipe.source)
    outputs = {**graph.outputs, **graph.train_outputs}
    final = next(iter(outputs))
    names = arrays.Names(tuple(put.name or "" for put in graph.inputs), tuple(outputs))
    parts = (
        arrays.from_npz(Path(source), names)
        if recipe.data == "npz"
        else arrays.from_python(source, folder, names, root)
    )
    if recipe.classifies:
        parts = (as_classes(parts[0], recipe, source), as_classes(parts[1], recipe, source))
    shapes = [known(put.value) for put in graph.inputs]
    words = max(vocabularies(graph), default=None)
    train, test = (laid(part, shapes, recipe, words) for part in parts)
    ignored = recipe.loss.get("ignore_index", -100)
    target = target_of([part.classes for part in (train, test)], ignored)
    found = loaded(source, (train, test), shape_of(train.images), target=target)
    _refuse(analysis, recipe._replace(prepare=()), found.dataset)
    _refuse_further(analysis, recipe, (train, test), outputs)
    return found._replace(
        dataset=found.dataset._replace(name=str(recipe.data)),
        train=with_targets(train, recipe, outputs, final),
        test=with_targets(test, recipe, outputs, final),
    )


def _refuse_further(
    analysis: Analysis, recipe: Recipe, parts: tuple[Split, Split], outputs: Mapping[str, Shape]
) -> None:
    """Refuses targets of further outputs that do not fit their losses."""
    losses = dict(recipe.further)
    for name, tensor in parts[0].named:
        loss = losses.get(name)
        if loss is not None:
            target = target_of([tensor, *(dict(part.named)[name] for part in parts[1:])])
            span = _span(recipe, f"loss {name}")
            found = misfit(loss, target, outputs[name], span, None)
            if found is not None:
                raise ArchError([found])


def _named(analysis: Analysis, recipe: Recipe, root: Path, progress: Progress) -> Loaded:
    dataset = datasets.find(recipe.data or "", recipe.choices)
    assert dataset is not None
    images = prepared(recipe.prepare, dataset.shape) if dataset.shape else analysis.graph.input
    dims = tuple(map(number, images.dims))
    found = load(dataset, root, progress.say, recipe.prepare, dims)
    outputs = analysis.graph.outputs
    train, test = (
        with_targets(
            behind(part, recipe.prepare, dims) if isinstance(part, Split) else part,
            recipe,
            outputs,
            next(iter(outputs)),
        )
        for part in (found.train, found.test)
    )
    parts = train, test
    channels = dataset.shape.channels if dataset.shape else None
    if dataset.mean and channels == images.channels:
        return Loaded(dataset, *parts, found.names)
    return loaded(dataset.name, parts, images, found.names, dataset.classes, dataset.target)


def _folder(analysis: Analysis, recipe: Recipe, images: Shape, inside: Path) -> Loaded:
    free = _span(recipe, "data").source.name.startswith("--")
    files = image_folder.scan(Path(str(recipe.source)), None if free else inside)
    classes = len(files.names)
    _refuse(analysis, recipe, datasets.UNKNOWN._replace(classes=classes))
    dims = tuple(map(number, images.dims))
    train, val, test = (
        of_files(part, recipe.prepare, dims) for part in (files.train, files.val, files.test)
    )
    found = loaded("folder", (train, test), images, files.names, classes)
    return found._replace(val=val if val.size else None)


def _refuse(analysis: Analysis, recipe: Recipe, dataset: datasets.DataSet) -> None:
    region = analysis.graph.region
    shapes = region.entry.shape, region.exit.shape
    last = region.exit.site if region.items else None
    found = check(recipe, *shapes, input_span=region.entry.site, output_span=last, dataset=dataset)
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
