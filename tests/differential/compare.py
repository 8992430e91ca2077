"""archc's verdict on a network against PyTorch's."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from archc.diagnostic import Diagnostic
from archc.module import build_module
from archc.pipeline import Analysis, analyse
from archc.spec import from_python

from .comparable import comparable
from .reference import Reference, TooLarge, example, tensors
from .structure import Group, Let, Merge, Network, Output, Share, Step, Text, With, write
from .values import Flow, Refused


class Verdict(NamedTuple):
    """What came of a comparison. `kind` is `accepted`, `refused` or a policy's name; `wrong` says
    what the two do not agree in, empty where they agree."""

    kind: str
    wrong: str
    words: frozenset[str] = frozenset()


def compare(network: Network, seed: int = 0, build: bool = True) -> Verdict | None:
    """None where the network is no use as a test."""
    text = write(network)
    reference = Reference(network, seed)
    x = example(network, seed)
    try:
        with comparable():
            y = reference.run(network, x)
    except TooLarge:
        return None
    except Refused as refused:
        wrong = _unlike_refusal(analyse(from_python(text.spec)), refused, reference, network, text)
        return Verdict(refused.policy or "refused", wrong)
    words = frozenset(word for word, _ in reference.log)
    analysis = analyse(from_python(text.spec))
    wrong = _unlike_shapes(analysis, reference, y)
    if not wrong and build:
        wrong = _unlike_numbers(analysis, network, reference, x, y, seed)
    return Verdict("accepted", wrong, words)


def _unlike_refusal(
    analysis: Analysis, refused: Refused, reference: Reference, network: Network, text: Text
) -> str:
    if analysis.ok:
        return f"archc accepts what is refused at line {text.lines[id(refused.step)]}: {refused}"
    errors = [d for d in analysis.diagnostics if d.severity == "error"]
    place = text.lines[id(refused.step)]
    ran = {text.lines[step] for step in reference.done & set(_once(network.steps))}
    lines = {error.span.first[0] for error in errors}
    if place not in lines or (lines - {place}) & ran:
        return f"refused at line {place}: {refused}\narchc refuses at {_shown(errors)}"
    return ""


def _once(steps: tuple[Step, ...]) -> Iterator[int]:
    """The steps that run once at most."""
    for step in steps:
        yield id(step)
        if isinstance(step, Merge):
            for branch in step.branches:
                yield from _once(branch.steps)
        elif isinstance(step, Group | With):
            yield from _once(step.steps)


def _shown(errors: list[Diagnostic]) -> str:
    return "; ".join(f"line {e.span.first[0]}: {e.code} {e.message}" for e in errors)


def _unlike_shapes(analysis: Analysis, reference: Reference, y: Flow) -> str:
    if not analysis.ok:
        errors = [d for d in analysis.diagnostics if d.severity == "error"]
        return f"archc refuses what runs, at {_shown(errors)}"
    found = [(layer.word, layer.output_shape.dims) for layer in analysis.graph.layers()]
    if found != reference.log:
        pairs = zip(found, reference.log, strict=False)
        first = next((f"{a} for {b}" for a, b in pairs if a != b), "one has more layers")
        return f"archc's shapes differ: {first}"
    if analysis.graph.output.dims != y.dims:
        return f"archc's output is {analysis.graph.output.dims}, not {y.dims}"
    counted = sum(p.numel() for module in reference.modules() for p in module.parameters())
    if analysis.graph.parameters != counted:
        return f"archc counts {analysis.graph.parameters} parameters, not {counted}"
    return ""


def _unlike_numbers(
    analysis: Analysis, network: Network, reference: Reference, x: Flow, y: Flow, seed: int
) -> str:
    """The emitted module on the same weights: outputs and gradients."""
    net = build_module(analysis.graph)
    wrong = _copied(reference.modules(), net)
    if wrong:
        return wrong
    given = example(network, seed)
    with comparable():
        found = net(given.t)
    outputs = {name: value.t for name, value in reference.outputs.items()}
    expected = {**outputs, **({} if _ends_named(network) else {"out": y.t})}
    found = found if isinstance(found, dict) else {next(iter(expected)): found}
    if found.keys() != expected.keys():
        return f"the module returns {sorted(found)}, not {sorted(expected)}"
    for name, value in expected.items():
        if not _close(found[name], value):
            return f"the module's output `{name}` differs: {_distance(found[name], value)}"
    ours = _gradients(list(found.values()), net, given)
    theirs = _gradients([expected[name] for name in found], nn.ModuleList(reference.modules()), x)
    largest = max((float(t.abs().max()) for t in theirs if t.numel()), default=0.0)
    for own, other in zip(ours, theirs, strict=True):
        if not _close(own, other, largest):
            return f"the module's gradients differ: {_distance(own, other)}"
    return ""


def _ends_named(network: Network) -> bool:
    last = [step for step in network.steps if not isinstance(step, Let | Share)][-1]
    return isinstance(last, Output) and not last.train


def _copied(modules: list[nn.Module], net: nn.Module) -> str:
    """Gives the module the reference's weights, in order."""
    ours, theirs = list(net.state_dict().items()), tensors(modules)
    if [tuple(t.shape) for _, t in ours] != [tuple(t.shape) for t in theirs]:
        shown = [f"{name} {tuple(t.shape)}" for name, t in ours]
        return f"the state dict is {shown}, not {[tuple(t.shape) for t in theirs]}"
    with torch.no_grad():
        for (_, own), other in zip(ours, theirs, strict=True):
            own.copy_(other)
    return ""


def _gradients(outputs: list[Tensor], net: nn.Module, x: Flow) -> list[Tensor]:
    """Of the input and all parameters, of sums with weights that differ."""
    inputs = [*([x.t] if x.t.requires_grad else []), *net.parameters()]
    weighed = [
        (y * torch.linspace(0.5, 1.5, y.numel()).view_as(y)).sum()
        for y in outputs
        if y.requires_grad
    ]
    if not weighed or not inputs:
        return []
    with sdpa_kernel(SDPBackend.MATH):
        total = torch.stack(weighed).sum()
        return list(torch.autograd.grad(total, inputs, materialize_grads=True))


def _close(a: Tensor, b: Tensor, beside: float = 0.0) -> bool:
    """Whether numbers agree, as far as rounding lets them, that of the largest beside them too:
    what is left of large ones that cancel out has their last bits."""
    a, b = a.detach(), b.detach()
    if a.shape != b.shape:
        return False
    if not (a.isfinite().all() and b.isfinite().all()):
        return True  # too large for any comparison
    apart = 1e-6 * max(1.0, float(b.abs().max()))
    if math.isfinite(beside):
        apart += 1e-12 * beside
    return bool((a - b).abs().max() <= apart)


def _distance(a: Tensor, b: Tensor) -> str:
    a, b = a.detach(), b.detach()
    if a.shape != b.shape:
        return f"{tuple(a.shape)} for {tuple(b.shape)}"
    return f"{float((a - b).abs().max()):.3g} of {float(b.abs().max()):.3g}"
