"""Running statistics of norms over the shares of all processes.

In one process each share in turn moves them: `(1 - momentum) * running + momentum * found`. Here
a process sees its own shares alone: during a step the norms keep what they find, and behind it all
processes move the statistics by the findings of all shares in their order.
"""

from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from archc.tuples import NamedTuple


class Finding(NamedTuple):
    """What a norm found in a share: mean and variance [C], of maps of a type."""

    norm: _NormBase
    mean: Tensor
    variance: Tensor
    type: torch.dtype


class Running(NamedTuple):
    """The statistics of a norm, mean and variance [C], and how many shares have moved them."""

    mean: Tensor
    variance: Tensor
    shares: Tensor


class RunningStatistics:
    """Takes over the running statistics of a module's norms while it is trained."""

    def __init__(self, module: nn.Module) -> None:
        self._norms = [
            part
            for part in module.modules()
            if isinstance(part, _NormBase) and part.running_mean is not None
        ]
        self._momenta = {norm: norm.momentum for norm in self._norms}
        self._before: dict[_NormBase, Running] = {}
        self._found: list[Finding] = []
        for norm in self._norms:
            norm.momentum = 1.0  # What it finds replaces what it had.
            norm.register_forward_hook(self._keep)

    def begin(self) -> None:
        """To be called before a step."""
        self._found.clear()
        self._before = {norm: Running(*(t.clone() for t in _running(norm))) for norm in self._norms}

    def settle(self, counted: Sequence[Sequence[bool]]) -> None:
        """Moves the statistics behind a step. `counted` says for each batch and process whether it
        had images."""
        if not self._found:
            return  # There are none, or they are frozen.
        mine = torch.cat([torch.cat([finding.mean, finding.variance]) for finding in self._found])
        everybody = mine.new_empty(dist.get_world_size() * len(mine))
        dist.all_gather_into_tensor(everybody, mine)
        calls = len(self._found) // len(counted)
        lengths = [2 * len(finding.mean) for finding in self._found]
        findings = [row.split(lengths) for row in everybody.view(-1, len(mine))]
        for batch, whose in enumerate(counted):
            for rank, counts in enumerate(whose):
                for call in range(batch * calls, (batch + 1) * calls) if counts else ():
                    self._move(self._found[call], *findings[rank][call].chunk(2))
        for norm, before in self._before.items():
            for tensor, value in zip(_running(norm), before, strict=True):
                tensor.copy_(value)

    def _keep(self, norm: nn.Module, inputs: tuple[Tensor, ...], _output: Tensor) -> None:
        if norm.training:
            assert isinstance(norm, _NormBase)
            mean, variance, _ = _running(norm)
            self._found.append(Finding(norm, mean.clone(), variance.clone(), inputs[0].dtype))

    def _move(self, own: Finding, mean: Tensor, variance: Tensor) -> None:
        before = self._before[own.norm]
        count = before.shares + 1
        momentum = self._momenta[own.norm]
        share = 1 / float(count) if momentum is None else momentum
        self._before[own.norm] = Running(
            moved(before.mean, mean, share),
            moved(before.variance, variance, share, once=own.type == torch.float32),
            count,
        )


def moved(running: Tensor, found: Tensor, momentum: float, *, once: bool = False) -> Tensor:
    """A running statistic moved by that of a share, with the roundings of torch's CPU kernels: they
    round products and sum, but with `once`, as for variances of float32 maps, the product of what
    was found only together with the sum."""
    share = torch.tensor(momentum, dtype=running.dtype, device=running.device)
    kept = (1 - share) * running
    if once:
        return (share.double() * found.double() + kept.double()).to(running.dtype)
    return share * found + kept


def _running(norm: _NormBase) -> Running:
    mean, variance, count = norm.running_mean, norm.running_var, norm.num_batches_tracked
    assert mean is not None
    assert variance is not None
    assert count is not None
    return Running(mean, variance, count)
