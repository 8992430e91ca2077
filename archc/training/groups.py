"""The weights that an optimizer moves, in groups of one learning rate and weight decay."""

from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from archc.recipe import Recipe

_KINDS = {
    "norm": (
        _NormBase,
        nn.GroupNorm,
        nn.LayerNorm,
        nn.RMSNorm,
    ),
    "embed": (nn.Embedding,),
}


def freeze(module: nn.Module, recipe: Recipe) -> None:
    """Takes the frozen parts' weights out of the training."""
    for name in recipe.freeze:
        module.get_submodule(name).requires_grad_(False)


def hold(module: nn.Module, recipe: Recipe) -> None:
    """Keeps frozen parts as they are in a module in training mode: norms do not count there, and
    nothing drops out."""
    for name in recipe.freeze:
        module.get_submodule(name).eval()


def parameter_groups(module: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """The groups of an optimizer over the weights that are not frozen, each with the `factor` of
    its learning rate; of the parts that `lr` names, the innermost one counts."""
    spared = recipe.optimizer.get("no_decay", ())
    assert isinstance(spared, tuple)
    undecayed = _undecayed(module, {str(kind) for kind in spared})
    base = recipe.optimizer.get("lr")
    assert isinstance(base, int | float)
    found: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            key = _factor(name, recipe.rates), id(parameter) in undecayed
            found.setdefault(key, []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": base * factor,
            "factor": factor,
            **({"weight_decay": 0.0} if plain else {}),
        }
        for (factor, plain), parameters in found.items()
    ]


def _factor(name: str, rates: tuple[tuple[str, float], ...]) -> float:
    around = [(len(part), factor) for part, factor in rates if f"{name}.".startswith(f"{part}.")]
    return max(around)[1] if around else 1.0


def _undecayed(module: nn.Module, kinds: set[str]) -> set[int]:
    """The parameters without weight decay, by identity."""
    classes = tuple(cls for kind in kinds for cls in _KINDS.get(kind, ()))
    found = {
        id(parameter)
        for part in module.modules()
        if isinstance(part, classes)
        for parameter in part.parameters(recurse=False)
    }
    if "bias" in kinds:
        named = module.named_parameters()
        found.update(id(parameter) for name, parameter in named if name.endswith("bias"))
    return found
