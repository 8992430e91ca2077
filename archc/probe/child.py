"""The child that has torch: reads a question a line, writes an answer a line, both in JSON.

It runs as a script and needs nothing of archc, so that any Python with torch can be asked. Modules
are made and run for real on CPU tensors: a batch of 2, in training mode, forward and backward.
"""

import contextlib
import importlib
import inspect
import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import IO, Any

ROOM = 4 * 2**30
"""Bytes that modules may take, beside what torch itself has taken."""

SECONDS = 300
"""Processor time after which the system ends a child that nobody waits for any more."""

BATCH = 2

_NO_ROOM = ("can't allocate memory", "not enough memory", "Storage size calculation overflowed")

_FAILURE = (Exception, SystemExit, KeyboardInterrupt, GeneratorExit)
"""All that code of others may raise."""


class Refusal(Exception):
    """A class that cannot be used, and how far it came."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage


class NoAnswer(Exception):
    """A question that this machine cannot answer."""


def main() -> None:
    """Answers questions until there are no more."""
    questions, answers = take_over_streams()
    # Modules run on the CPU alone, where memory can be limited.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    try:
        import torch
    except ImportError:
        say(answers, {"torch": None})
        return
    torch.set_num_threads(1)
    limit()
    say(answers, {"torch": torch.__version__})
    for line in questions:
        say(answers, answer(json.loads(line)))


def take_over_streams() -> tuple[IO[str], IO[str]]:
    """Standard input and output for questions and answers alone: code of others that reads finds
    nothing, and what it prints goes nowhere."""
    questions, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    return os.fdopen(questions, encoding="ascii"), os.fdopen(answers, "w", encoding="ascii")


def say(answers: IO[str], message: Mapping[str, Any]) -> None:
    """Writes an answer."""
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def limit() -> None:
    """Limits memory and processor time, as far as the system can."""
    try:
        import resource
    except ImportError:
        return
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_CPU, SECONDS)
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        lower(resource.RLIMIT_AS, int(file.read().split()[0]) * resource.getpagesize() + ROOM)


def lower(kind: int, most: int) -> None:
    """Lowers a limit of the process."""
    import resource

    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (most, hard))


def answer(question: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer to a question about a class."""
    try:
        cls = find(question)
        return run(cls, question) if "sizes" in question else signature(cls)
    except Refusal as refusal:
        return {"refused": str(refusal), "stage": refusal.stage}
    except NoAnswer as silence:
        return {"silent": str(silence)}


@contextlib.contextmanager
def others(stage: str) -> Iterator[None]:
    """Around code of others. Raises Refusal, and NoAnswer where memory was the problem."""
    try:
        yield
    except (Refusal, NoAnswer):
        raise
    except MemoryError:
        raise NoAnswer(_no_room()) from None
    except _FAILURE as error:
        text = str(error)
        if any(sign in text for sign in _NO_ROOM):
            raise NoAnswer(_no_room()) from None
        first = text.strip().split("\n")[0][:400]
        kind = type(error).__name__
        raise Refusal(stage, f"{kind}: {first}" if first else kind) from None


def _no_room() -> str:
    return f"it takes more than {ROOM >> 30} GiB of memory"


def find(question: Mapping[str, Any]) -> Any:
    """The class of a question. Raises Refusal."""
    from torch import nn

    folder, name = question["folder"], question["name"]
    if folder is not None and folder not in sys.path:
        sys.path.insert(0, folder)
    with others("import"):
        module = importlib.import_module(question["module"])
    with others("name"):
        found = getattr(module, name)
    if not inspect.isclass(found) or not issubclass(found, nn.Module):
        raise Refusal("class", f"{name} is no class of torch.nn.Module")
    return found


def signature(cls: Any) -> Mapping[str, Any]:
    """The parameters of a class's constructor."""
    try:
        parameters = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError):
        return {"parameters": None, "further": True}
    kinds = {parameter.kind for parameter in parameters}
    plain = [
        (parameter.name, parameter.default is parameter.empty)
        for parameter in parameters
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    any_number = inspect.Parameter.VAR_POSITIONAL in kinds
    return {
        "parameters": None if any_number else plain,
        "further": inspect.Parameter.VAR_KEYWORD in kinds,
    }


def run(cls: Any, question: Mapping[str, Any]) -> Mapping[str, Any]:
    """Makes a module and runs it. Raises Refusal and NoAnswer."""
    import torch

    torch.manual_seed(0)
    keys = {name: as_tuple(value) for name, value in question["keys"]}
    with others("arguments"):
        module = cls(*map(as_tuple, question["values"]), **keys)
        module.train()
        refuse_inputs(module)
        refuse_lazy(module)
    sizes, ids = (BATCH, *question["sizes"]), question["ids"]
    with others("call"):
        x = torch.zeros(sizes, dtype=torch.int64) if ids else torch.randn(sizes).requires_grad_()
        # A copy: a module may change what it gets, which torch forbids for leaves.
        result = module(x.clone())
        refuse_result(result)
        if result.requires_grad:
            result.sum().backward()
    with others("result"):
        return {
            "sizes": list(result.shape[1:]),
            "whole": not result.is_floating_point(),
            "tensors": list(tensors(module)),
            "kinds": sorted(kinds(module)),
        }


def as_tuple(value: Any) -> Any:
    """A value of JSON with its lists as tuples."""
    return tuple(map(as_tuple, value)) if isinstance(value, list) else value


def refuse_inputs(module: Any) -> None:
    """Raises Refusal where a module does not take one value."""
    from torch import nn

    if type(module).forward is nn.Module.forward:
        raise Refusal("result", "has no `forward`")
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return
    required = [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if len(required) > 1:
        raise Refusal("result", f"takes {len(required)} values ({', '.join(required)})")


def refuse_lazy(module: Any) -> None:
    """Raises Refusal where a module makes its tensors at the first call: its copies in a network
    would have none when training begins."""
    from torch.nn.parameter import is_lazy

    held = (*module.parameters(), *module.buffers())
    if any(is_lazy(tensor) for tensor in held):
        raise Refusal("result", "makes its tensors at the first call")


def refuse_result(result: Any) -> None:
    """Raises Refusal where a module gives something else than a tensor with the batch in front."""
    import torch

    if not isinstance(result, torch.Tensor):
        raise Refusal("result", f"gives a {type(result).__name__}")
    found = tuple(result.shape)
    if result.dim() < 2 or found[0] != BATCH:
        raise Refusal("result", f"gives {list(found)}, without the batch of {BATCH} in front")
    if 0 in found:
        raise Refusal("result", f"gives {list(found)}, which holds no number")
    is_ids = result.dtype == torch.int64 and result.dim() == 2
    if result.dtype != torch.float32 and not is_ids:
        raise Refusal("result", f"gives numbers of {result.dtype}")


def tensors(module: Any) -> Iterator[tuple[str, list[int], bool]]:
    """Names and shapes in the order of the state dict, and whether each counts as parameters: one
    that has several names counts at the first."""
    import torch

    parameters = {name for name, _ in module.named_parameters()}
    for name, tensor in module.state_dict().items():
        if isinstance(tensor, torch.Tensor):
            yield name, list(tensor.shape), name in parameters


def kinds(module: Any) -> Iterator[str]:
    """The classes of `torch.nn` that a module, or one in it, is or derives from."""
    from torch import nn

    for kind in {kind for inner in module.modules() for kind in type(inner).__mro__}:
        if kind is not nn.Module and getattr(nn, kind.__name__, None) is kind:
            yield f"nn.{kind.__name__}"


if __name__ == "__main__":
    main()
