"""Asks a child process that has torch what modules make of shapes: those of `torch.nn` that are no
layers of archc, and Python layers.

The child is started at the first question, limited in memory and time, and killed at the end; each
question is asked once. Nothing here imports torch, but the child.
"""

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archc.probe.names import CONTAINERS as CONTAINERS
from archc.probe.names import LOSSES as LOSSES
from archc.probe.names import STEPS as STEPS
from archc.probe.names import TORCH_MODULES as TORCH_MODULES
from archc.probe.questions import Construction as Construction
from archc.probe.questions import (
    ModuleTensor,
)
from archc.probe.questions import Plain as Plain
from archc.probe.questions import PythonClass as PythonClass
from archc.probe.questions import Ran as Ran
from archc.probe.questions import Refused as Refused
from archc.probe.questions import Signature as Signature
from archc.probe.questions import Silent as Silent

if TYPE_CHECKING:
    from archc.probe.process import Child

MAX_SECONDS = 120.0
"""The time that one probe waits for answers, all together."""


class Probe:
    """Knows what was asked, and starts and ends the child. Used in `with`, or ended with itself."""

    def __init__(self) -> None:
        self._answers: dict[str, Mapping[str, Any]] = {}
        self._child: Child | None = None
        self._folder: str | None = None
        self._seconds = 0.0
        self._gone: str | None = None
        """Why no child can be asked any more."""

    def __enter__(self) -> "Probe":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child. What it has answered stays known; a new question starts another one."""
        if self._child is not None:
            self._seconds = self._spent
            self._child.kill()
            self._child = None

    def signature(self, cls: PythonClass) -> Signature | Refused | Silent:
        """The parameters of a class."""
        answer = self._ask(cls, {})
        if "parameters" not in answer:
            return _no(answer)
        found = answer["parameters"]
        pairs = None if found is None else tuple((name, required) for name, required in found)
        return Signature(pairs, answer["further"])

    def run(
        self, made: Construction, sizes: tuple[int, ...], ids: bool = False
    ) -> Ran | Refused | Silent:
        """What a module gives for a value of these sizes behind the batch, of token ids or else of
        floats."""
        question = {"values": made.values, "keys": made.keys, "sizes": sizes, "ids": ids}
        answer = self._ask(made.cls, question)
        if "sizes" not in answer:
            return _no(answer)
        tensors = (
            ModuleTensor(name, tuple(dims), counts) for name, dims, counts in answer["tensors"]
        )
        return Ran(
            tuple(answer["sizes"]), answer["whole"], tuple(tensors), frozenset(answer["kinds"])
        )

    def _ask(self, cls: PythonClass, more: Mapping[str, Any]) -> Mapping[str, Any]:
        import json

        question = json.dumps({**cls._asdict(), **more})
        if question not in self._answers:
            self._answers[question] = self._answer(question, cls)
        return self._answers[question]

    def _answer(self, question: str, cls: PythonClass) -> Mapping[str, Any]:
        from archc.probe.process import Died

        if self._gone is None and self._spent > MAX_SECONDS:
            self._gone = f"all answers together took more than {MAX_SECONDS:g} seconds"
        if self._gone is not None:
            self.close()
            return {"silent": self._gone}
        if cls.folder is not None and self._folder not in (None, cls.folder):
            # Modules of the same name may lie in both folders.
            self.close()
        try:
            child = self._child or self._start()
        except Died as died:
            self._gone = died.reason
            return {"silent": died.reason}
        self._folder = cls.folder or self._folder
        try:
            return child.ask(question)
        except Died as died:
            self.close()
            reason = f"it {died.reason}"
            if died.status is None:
                return {"silent": reason}
            return {"refused": reason, "stage": "call"}

    @property
    def _spent(self) -> float:
        """Seconds that all answers took."""
        return self._seconds + (self._child.seconds if self._child else 0)

    def _start(self) -> "Child":
        from archc.probe.process import Child

        self._child = Child()
        self._folder = None
        weakref.finalize(self, self._child.kill)
        return self._child


def _no(answer: Mapping[str, Any]) -> Refused | Silent:
    if "silent" in answer:
        return Silent(answer["silent"])
    return Refused(answer["stage"], answer["refused"])
