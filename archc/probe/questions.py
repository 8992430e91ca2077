"""What is asked of a child that has torch, and what it may answer."""

from typing import TypeAlias

from archc.tuples import NamedTuple

Plain: TypeAlias = "int | float | bool | str | tuple[Plain, ...] | None"
"""A value that Python text and JSON can hold."""


class PythonClass(NamedTuple):
    """A class by its module and name. `folder` is where the module is looked for first."""

    module: str
    name: str
    folder: str | None = None

    @property
    def of_torch(self) -> bool:
        """Whether it is a class of `torch.nn`."""
        return self.module == "torch.nn"


class Construction(NamedTuple):
    """`Class(*values, **keys)`."""

    cls: PythonClass
    values: tuple[Plain, ...]
    keys: tuple[tuple[str, Plain], ...]


class Signature(NamedTuple):
    """The parameters of a class, each with whether it must be given; None where it takes any number
    of values. `further` says that it takes any keys besides."""

    parameters: tuple[tuple[str, bool], ...] | None
    further: bool


class ModuleTensor(NamedTuple):
    """A tensor of a state dict; `counted` is true of parameters, at the first of their names."""

    name: str
    shape: tuple[int, ...]
    counted: bool


class Ran(NamedTuple):
    """A module that has run: the sizes behind the batch that it gives, whether the numbers are
    whole, its tensors in the order of its state dict, and the classes of `torch.nn` in it."""

    sizes: tuple[int, ...]
    whole: bool
    tensors: tuple[ModuleTensor, ...]
    kinds: frozenset[str]


class Refused(NamedTuple):
    """The class cannot be used so. `reason` is the Python exception's, or says what was wrong;
    `stage` is how far it came: `import`, `name`, `class` (it is no module), `arguments`, `call`, or
    `result` (it ran, and gives something else than one tensor of one)."""

    stage: str
    reason: str


class Silent(NamedTuple):
    """There is no answer; `reason` says why."""

    reason: str
