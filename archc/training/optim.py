"""A recipe's optimizer as torch's object."""

import inspect
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from archc.recipe import Recipe
from archc.recipe.choice import Choice
from archc.recipe.optimizers import OPTIMIZERS
from archc.training.groups import parameter_groups
from archc.training.problem import RunError

Group = dict[str, Any]


def make_optimizer(module: nn.Module, recipe: Recipe, *, fuse: bool = True) -> Optimizer:
    """The `torch.optim` optimizer of what a module has to train. Raises RunError for options that
    torch refuses, or that the network does not go with."""
    groups = parameter_groups(module, recipe)
    if not groups:
        raise RunError("`freeze` leaves nothing to train")
    choice = recipe.optimizer
    try:
        if choice.name == "muon":
            return _muon(choice, module, groups)
        return _one(choice, groups, fuse)
    except (ValueError, RuntimeError) as error:
        reason = f"{error}"
        if choice.name == "lbfgs" and len(groups) > 1:
            reason = "it moves all weights alike: leave out `lr PART`"
        raise RunError(f"`optimizer {choice}`: {reason}") from None


def _one(choice: Choice, groups: list[Group], fuse: bool = True) -> Optimizer:
    """In its fused form where there is one: a step is then one pass over the weights, whose last
    bits may differ from the plain form's."""
    kind = getattr(torch.optim, OPTIMIZERS.entry(choice.name).torch)
    options = {name: value for name, value in choice.options if name != "no_decay"}
    said = options.keys() & {"fused", "foreach", "capturable"}
    on = {parameter.device.type for group in groups for parameter in group["params"]}
    if options.get("capturable") and "cpu" in on:
        raise ValueError("`capturable` is for CUDA graphs, and the weights are on the CPU")
    if fuse and not said and "fused" in inspect.signature(kind).parameters:
        options["fused"] = True
    if options.get("line_search_fn", "") == "none" or options.get("adjust_lr_fn", "") == "none":
        options = {name: None if value == "none" else value for name, value in options.items()}
    made: Optimizer = kind(groups, **options)
    return made


def _muon(choice: Choice, module: nn.Module, groups: list[Group]) -> Optimizer:
    """Muon moves matrices alone; what is none, and embeddings, is left to AdamW with the same rate
    and decay, as the authors advise (Jordan et al., "Muon: An optimizer for hidden layers", 2024).
    """
    tables = {
        id(part.weight) for part in module.modules() if isinstance(part, nn.Embedding)
    }  # rows of a table are no matrix of a layer
    matrices = _part(groups, lambda p: p.ndim == 2 and id(p) not in tables)
    others = _part(groups, lambda p: p.ndim != 2 or id(p) in tables)
    if not matrices:
        raise RunError("`optimizer muon` moves matrices, and the network has none to train")
    shared = ("lr", "weight_decay")
    beside = Choice("adamw", tuple((n, choice.get(n, _MUON[n])) for n in shared))
    return Together([_one(choice, matrices), *([_one(beside, others)] if others else [])])


_MUON = {option.name: option.default for option in OPTIMIZERS.entry("muon").options}


def _part(groups: list[Group], chosen: Any) -> list[Group]:
    """Of each group what is chosen."""
    parts = [{**group, "params": [p for p in group["params"] if chosen(p)]} for group in groups]
    return [part for part in parts if part["params"]]


class Together(Optimizer):
    """Several optimizers as one: their groups are its groups, one behind the other."""

    def __init__(self, parts: list[Optimizer]) -> None:
        self.parts = parts
        super().__init__([group for part in parts for group in part.param_groups], {})

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """A step of each."""
        assert closure is None
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """The states of all."""
        states = [part.state_dict() for part in self.parts]
        groups = [group for state in states for group in state["param_groups"]]
        return {"states": [state["state"] for state in states], "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from the states of all."""
        groups = list(state_dict["param_groups"])
        for part, state in zip(self.parts, state_dict["states"], strict=True):
            own, groups = groups[: len(part.param_groups)], groups[len(part.param_groups) :]
            part.load_state_dict({"state": state, "param_groups": own})
        self.param_groups = [group for part in self.parts for group in part.param_groups]
