"""Loads what `data` names: a known data set, or the user's own."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from archc import datasets
from archc.datasets import Target
from archc.diagnostic import ArchError
from archc.elaborate.files import project
from archc.errors import training as errors
from archc.graph import known
from archc.pipeline import Analysis
from archc.recipe import check, prepared
from archc.recipe.check import further_misfits
from archc.recipe.choice import PLACE
from archc.recipe.model import Recipe
from archc.recipe.table import PYTHON
from archc.shape import Shape
from archc.source import Span
from archc.spec import Spec
from archc.symbolic import number
from archc.training import arrays, image_folder
from archc.training.data import Examples, Loaded, Split, fifth
from archc.training.decode import of_files
from archc.training.drawn import drawn, vocabularies
from archc.training.held import behind, of_rows
from archc.training.laid import layout, loaded, shape_of, with_targets
from archc.training.named import load
from archc.training.problem import RunError
from archc.training.progress import Progress
from archc.training.vetting import vet_inputs, vet_targets


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
    analysis: Analysis,
    recipe: Recipe,
    root: Path,
    folder: str,
    room: int | None,
    progress: Progress,
) -> Loaded:
    """The data of a recipe, prepared. What is read batch by batch is left so, and other data of the
    user's is if it takes more than `room` bytes. Raises RunError where it can't be had, and
    ArchError where it does not fit the network."""
    graph = analysis.graph
    if recipe.data in ("npz", "python"):
        return _arrays(analysis, recipe, root, folder, room, progress)
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


def _arrays(
    analysis: Analysis,
    recipe: Recipe,
    root: Path,
    folder: str,
    room: int | None,
    progress: Progress,
) -> Loaded:
    graph, source = analysis.graph, str(recipe.source)
    outputs = {**graph.outputs, **graph.train_outputs}
    final = next(iter(outputs))
    further = outputs if recipe.loss.name == PYTHON.name else dict(recipe.further)
    names = arrays.Names(
        tuple(put.name or "" for put in graph.inputs),
        (final, *(name for name in further if name != final)),
        not recipe.reconstructs or any(c.get("target") != "input" for _, c in recipe.further),
    )
    parts = (
        arrays.from_npz(Path(source), names, room)
        if recipe.data == "npz"
        else arrays.from_python(source, folder, names, root)
    )
    shapes = [known(put.value) for put in graph.inputs]
    words = max(vocabularies(graph), default=None)
    made: dict[str, Examples] = {}
    for name, part in parts.items():
        targets = vet_targets(part, recipe, outputs, source)
        how = layout(shapes, recipe, targets.get(final))
        vet_inputs(part, shapes, how, words, source)
        made[name] = of_rows(part, how)
        _refuse_misfits(analysis, recipe, made[name], targets, final)
        if name == "train" and recipe.classifies and _one_class(targets.get(final)):
            progress.warn("all images for training are of one class: nothing to tell apart")
    if len({part.none().images.dtype for part in made.values()}) > 1:
        raise RunError(f"expected all images of {source} as bytes, or all as floats, got both")
    return _in_parts(
        str(recipe.data),
        {name: with_targets(part, recipe, outputs, final) for name, part in made.items()},
    )


def _one_class(target: Target | None) -> bool:
    return target is not None and target.whole and not target.dims and target.low == target.high


def _in_parts(name: str, parts: Mapping[str, Examples]) -> Loaded:
    """Of parts for training, validation and testing, of which the last two may be missing: what is
    there beside the training is the test, or else a fifth of it."""
    train, val, test = (parts.get(part) for part in ("train", "val", "test"))
    assert train is not None
    if test is None:
        val, test = None, val
    if test is None:
        train, test = fifth(train)
    return loaded(name, (train, test), shape_of(train.none().images))._replace(val=val)


def _refuse_misfits(
    analysis: Analysis,
    recipe: Recipe,
    examples: Examples,
    targets: Mapping[str, Target],
    final: str,
) -> None:
    """Refuses images that the network does not take, and targets that do not fit the losses."""
    shape = shape_of(examples.none().images)
    found = datasets.UNKNOWN._replace(shape=shape, target=targets.get(final))
    own = {name: target for name, target in targets.items() if name != final}
    _refuse(analysis, recipe._replace(prepare=()), found, own)


def _named(analysis: Analysis, recipe: Recipe, root: Path, progress: Progress) -> Loaded:
    dataset = datasets.find(recipe.data or "", recipe.choices)
    assert dataset is not None
    images = prepared(recipe.prepare, dataset.shape) if dataset.shape else analysis.graph.input
    dims = tuple(map(number, images.dims))
    found = load(dataset, root, progress.say, recipe.prepare, dims)
    outputs = analysis.graph.outputs
    train, test = (
        with_targets(
            behind(part, recipe.prepare) if isinstance(part, Split) else part,
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
    files = image_folder.scan(
        Path(str(recipe.source)),
        None if free else inside,
        classes=not recipe.reconstructs or bool(recipe.further),
    )
    classes = len(files.names)
    _refuse(analysis, recipe, datasets.UNKNOWN._replace(classes=classes))
    dims = tuple(map(number, images.dims))
    train, val, test = (
        of_files(part, recipe.prepare, dims) for part in (files.train, files.val, files.test)
    )
    found = loaded("folder", (train, test), images, files.names, classes)
    return found._replace(val=val if val.size else None)


def _refuse(
    analysis: Analysis,
    recipe: Recipe,
    dataset: datasets.DataSet,
    own: Mapping[str, Target] = MappingProxyType({}),
) -> None:
    region = analysis.graph.region
    shapes = region.entry.shape, region.exit.shape
    last = region.exit.site if region.items else None
    found = check(recipe, *shapes, input_span=region.entry.site, output_span=last, dataset=dataset)
    found = (*found, *further_misfits(recipe, analysis.graph, dataset, own))
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
