"""A file's declarations: its blocks, the files it uses, its parameters and top-level names."""

import os
from collections.abc import Iterator, Mapping
from keyword import iskeyword

from archc.diagnostic import Diagnostic, has_errors
from archc.elaborate.blocks import File
from archc.elaborate.evaluate import evaluate
from archc.elaborate.faults import Fault, Unknown
from archc.elaborate.names import UNKNOWN, Later, Names, Work, sizes
from archc.elaborate.overrides import Given
from archc.errors import files as errors
from archc.errors import foreign as foreign_errors
from archc.errors import warnings
from archc.errors.names import not_computable
from archc.layers.values import Value
from archc.probe import Probe, PythonClass, Refused
from archc.resources import package_file, specs_folder
from archc.source import Source, Span
from archc.syntax import tree as t
from archc.syntax.mentions import names_in
from archc.syntax.parse import MAX_SIZE, parse
from archc.tuples import NamedTuple

MAX_FILES = 64


KEPT = "uses"
"""The folder beside a spec that holds copies of the files it uses, where they are not in place."""


class Opened(NamedTuple):
    """A file, what is wrong with its declarations, and the texts of the files it uses, shipped ones
    apart, by their paths in a folder of copies. `paths` are the files that it asks for."""

    file: File
    diagnostics: tuple[Diagnostic, ...]
    used: Mapping[str, str]
    paths: tuple[str, ...]


class Python(NamedTuple):
    """Whether Python layers may be imported, the folder to find them in (None: the project's), and
    what imports them."""

    allowed: bool
    folder: str | None
    probe: Probe


def open_file(
    tree: t.File, folder: str, settings: Mapping[str, Value], work: Work, python: Python
) -> Opened:
    """The declarations of a network's file. `settings` are parameters given from outside; `folder`
    is where paths start. Raises Exhausted."""
    opener = _Opener(os.path.abspath(folder), work, python)
    file = opener.open(tree, settings, opener.folder, ())
    return Opened(file, tuple(opener.diagnostics), opener.copies, tuple(opener.paths))


class _Opener:
    """Opens files, each once."""

    def __init__(self, folder: str, work: Work, python: Python) -> None:
        self.work = work
        self.python = python
        self.folder = folder
        self.root = project(folder)
        self.diagnostics: list[Diagnostic] = []
        self.opened: dict[str, File] = {}
        self.copies: dict[str, str] = {}
        self.paths: list[str] = []

    def open(
        self, tree: t.File, settings: Mapping[str, Value], folder: str, path: tuple[str, ...]
    ) -> File:
        """A parsed file with all that it uses."""
        file = File(tree)
        for item in tree.items:
            if isinstance(item, t.Use):
                alias = item.alias.name if item.alias else ""
                if item.python:
                    file.python[alias] = self.python_class(item.target.span)
                    continue
                used = self.use(item, folder, path)
                if used is None:
                    file.missing.add(alias)
                elif alias:
                    file.used[alias] = used
                else:
                    file.merged.append(used)
        self.name(file, settings)
        self.diagnostics += _idle_defaults(file)
        return file

    def use(self, use: t.Use, folder: str, path: tuple[str, ...]) -> File | None:
        """A used file; None where it cannot be had."""
        place = self.locate(use, folder)
        if place is None:
            return None
        self.paths.append(place)
        if place in path:
            self.diagnostics.append(errors.cycle(use.target.span))
            return None
        used = self.opened.get(place)
        if used is None:
            if len(self.opened) >= MAX_FILES:
                self.diagnostics.append(errors.too_many_files(use.span, MAX_FILES))
                return None
            text = self.read(use, place)
            if text is None:
                return None
            parsed = parse(text)
            self.diagnostics += parsed.diagnostics
            used = self.open(parsed.file, {}, os.path.dirname(place), (*path, place))
            self.opened[place] = used
            if isinstance(use.target, t.Literal):
                self.copies[self.kept(place)] = text.text
        return used

    def python_class(self, place: Span) -> PythonClass | None:
        """The class of a Python layer, imported by the probe; None where that may not be or
        fails."""
        module, _, name = place.text.strip('"').partition(":")
        if not all(map(_is_identifier, (*module.split("."), name))):
            self.diagnostics.append(foreign_errors.no_python_class(place))
            return None
        if not self.python.allowed:
            self.diagnostics.append(foreign_errors.python_not_allowed(place))
            return None
        folder = self.python.folder or self.root
        cls = PythonClass(module, name, folder)
        found = self.python.probe.signature(cls)
        if isinstance(found, Refused):
            self.diagnostics.append(foreign_errors.not_imported(place, found.reason, folder))
            return None
        return cls

    def locate(self, use: t.Use, folder: str) -> str | None:
        """The path of a used file; None where it may not be read."""
        if isinstance(use.target, t.Name):
            name = use.target.name
            if name == "std":
                return package_file("std.arch")
            return str(specs_folder() / (name.replace(".", "/") + ".arch"))
        target = str(use.target.value)
        try:
            place = os.path.realpath(os.path.join(folder, target))
        except ValueError:  # characters that no path has
            self.diagnostics.append(errors.unreadable(use.target.span))
            return None
        if os.path.isabs(target) or not _inside(place, self.root):
            self.diagnostics.append(errors.outside(use.target.span))
            return None
        copy = os.path.join(self.folder, KEPT, self.kept(place))
        return copy if not os.path.exists(place) and os.path.exists(copy) else place

    def kept(self, place: str) -> str:
        """The path of a used file in a folder of copies."""
        relative = os.path.relpath(place, os.path.realpath(self.folder)).replace(os.sep, "/")
        return relative.removeprefix(f"{KEPT}/").replace("..", "up")

    def read(self, use: t.Use, place: str) -> Source | None:
        """The text of a used file."""
        try:
            with open(place, "rb") as file:
                text = file.read(4 * MAX_SIZE + 1).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            self.diagnostics.append(errors.unreadable(use.target.span))
            return None
        return Source(_shown(place, self.folder), text)

    def name(self, file: File, settings: Mapping[str, Value]) -> None:
        """Parameters and top-level `let`s that need no sizes, and top-level `default`s."""
        for item in file.tree.items:
            if isinstance(item, t.Param | t.Let):
                name = item.name.name
                value = self.value(item.value, file)
                if isinstance(item, t.Param):
                    self.refuse_unknown(item, value, file)
                    value = settings.get(name, value)
                elif value is UNKNOWN and not self.hidden(file):
                    value = Later(item)
                file.names = file.names.bind({name: value})
            elif isinstance(item, t.Broken):
                file.names = file.names.bind(dict.fromkeys(item.names, UNKNOWN))
            elif isinstance(item, t.Default):
                named = {a.name: a for a in item.arguments if a.name is not None}
                given = Given("default", item.name.name, named, file.names, id(item))
                before = file.defaults_before(item.span.start)
                file.defaults.append((item.span.start, before.add(given)))

    def refuse_unknown(self, param: t.Param, value: Value, file: File) -> None:
        """Reports a default that is unknown though no mistake hides it: it reads what the network
        alone tells."""
        if value is UNKNOWN and not self.hidden(file):
            expected, found = "a value known without the network", "one that reads its sizes"
            self.diagnostics.append(not_computable(param.value.span, expected, found))

    def hidden(self, file: File) -> bool:
        """Whether a mistake may hide what a top-level value is."""
        broken = any(isinstance(item, t.Broken) for item in file.tree.items)
        return broken or has_errors(self.diagnostics)

    def value(self, expr: t.Expr, file: File) -> Value:
        """A top-level value. What needs sizes or values of the network is not known here: it is
        evaluated where the steps are walked along."""
        try:
            return evaluate(expr, Names(file.names, sizes(None, None), None, file.value, self.work))
        except Unknown:
            return UNKNOWN
        except Fault as fault:
            later = ("E0217", "E0230")
            self.diagnostics += (found for found in fault.diagnostics if found.code not in later)
            return UNKNOWN


def _idle_defaults(file: File) -> Iterator[Diagnostic]:
    """Warnings of `default`s whose word only used files mention."""
    defaults = [item for item in file.tree.items if isinstance(item, t.Default)]
    used = (*file.used.values(), *file.merged)
    if not defaults or not used:
        return
    others = [item for item in file.tree.items if not isinstance(item, t.Default)]
    here, there = names_in(others), set[str]().union(*(names_in(one.tree) for one in used))
    for default in defaults:
        word = default.name.name
        if word in there and word not in here:
            yield warnings.idle_default(default.name.span, word)


def project(folder: str) -> str:
    """The nearest parent that holds a project, else the folder itself."""
    place = folder
    while True:
        if any(os.path.exists(os.path.join(place, mark)) for mark in ("pyproject.toml", ".git")):
            return os.path.realpath(place)
        parent = os.path.dirname(place)
        if parent == place:
            return os.path.realpath(folder)
        place = parent


def _is_identifier(word: str) -> bool:
    return word.isidentifier() and not iskeyword(word)


def _inside(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


def _shown(place: str, folder: str) -> str:
    inside = os.path.relpath(place, os.getcwd())
    return place if inside.startswith("..") and not _inside(place, folder) else inside
