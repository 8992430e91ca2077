"""A training in several processes that divide the weights, their gradients and the optimizer's
states among them: `fully_shard`, known as FSDP2."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer

from archc.training.alone import Replica
from archc.training.average import Average
from archc.training.distributed.norms import RunningStatistics
from archc.training.distributed.sums import scattered_sum
from archc.training.distributed.together import Together
from archc.training.problem import RunError

_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


class Sharded(Together):
    """One of several processes, each with a part of the weights."""

    def replica(self, module: nn.Module, average: Average | None) -> Replica:
        return Part(module, average, self.ordered)


class Part(Replica):
    """A module of which each process has a part: the parts are put together where they are
    computed."""

    def __init__(self, module: nn.Module, average: Average | None, ordered: bool) -> None:
        super().__init__(module)
        self._norms = RunningStatistics(module)
        device = next(module.parameters()).device
        mesh = init_device_mesh(device.type, (dist.get_world_size(),))
        for whole in (module, average.module) if average else (module,):
            # It takes no weights that are channels-last in memory; its maps still are.
            whole.to(memory_format=torch.contiguous_format)
            for part in (*_divided(whole), whole):
                made = fully_shard(part, mesh=mesh)
                # The losses carry the shares' weights already: gradients are summed.
                made.set_gradient_divide_factor(1.0)
                made.set_force_sum_reduction_for_comms(True)
                if ordered:
                    made.set_custom_reduce_scatter(_OrderedScatter())  # type: ignore[arg-type]

    def begin(self) -> None:
        self._norms.begin()

    @contextmanager
    def _synchronised(self, last: bool) -> Iterator[None]:
        assert isinstance(self._module, FSDPModule)
        self._module.set_requires_gradient_sync(last)
        yield

    def backward(self, last: bool) -> AbstractContextManager[None]:
        return self._synchronised(last)

    def reduce(self, counted: Sequence[Sequence[bool]]) -> None:
        self._norms.settle(counted)

    def fuses(self, optimizer: str) -> bool:
        if optimizer == "muon":
            raise RunError("`optimizer muon` works on whole matrices: leave out --shard")
        return optimizer in ("adam", "adamw")

    def whole(self, state: dict[str, Any]) -> dict[str, Any]:
        return _mapped(lambda t, _: t.full_tensor() if isinstance(t, DTensor) else t, state, state)  # type: ignore[no-any-return]

    def parts(self, state: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
        return _mapped(_part, state, like)  # type: ignore[no-any-return]

    def optimizer_parts(self, state: dict[str, Any], optimizer: Optimizer) -> dict[str, Any]:
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        kept = state["state"]
        like = {place: dict.fromkeys(kept[place], weights[place]) for place in kept}
        return self.parts(state, {"state": like})


class _OrderedScatter:
    """The sums of gradients, a part to each process, in the order of the ranks."""

    def allocate(self, size: Any, *, dtype: torch.dtype, device: torch.device) -> Tensor:
        return torch.empty(size, dtype=dtype, device=device)

    def __call__(
        self,
        output_tensor: Tensor,
        input_tensor: Tensor,
        group: Any,
        op: Any,
        async_op: bool = False,
    ) -> None:
        scattered_sum(input_tensor, output_tensor, group)


def _divided(module: nn.Module) -> Iterator[nn.Module]:
    """The parts that are put together one at a time: a network's blocks and layers with weights.
    Where two of them share a weight there are none."""
    weights = [id(weight) for part in module.modules() for weight in part.parameters(recurse=False)]
    if len(set(weights)) == len(weights):
        yield from dict.fromkeys(_called(module))


def _called(module: nn.Module) -> Iterator[nn.Module]:
    """What a module calls; containers may be gone through without a call of their own."""
    for part in module.children():
        if isinstance(part, _CONTAINERS):
            yield from _called(part)
        elif next(part.parameters(), None) is not None:
            yield part


def _part(tensor: Tensor, like: Any) -> Tensor:
    if not isinstance(like, DTensor) or tensor.shape != like.shape:
        return tensor
    mesh = like.device_mesh
    return distribute_tensor(tensor.to(like.device), mesh, like.placements, src_data_rank=None)


def _mapped(change: Callable[[Tensor, Any], Tensor], state: Any, like: Any) -> Any:
    """A state with its tensors changed, beside those of another of the same structure."""
    if isinstance(state, Tensor):
        return change(state, like)
    if isinstance(state, dict):
        other = like if isinstance(like, dict) else {}
        return {key: _mapped(change, value, other.get(key)) for key, value in state.items()}
    if isinstance(state, list):
        return [_mapped(change, value, None) for value in state]
    return state
