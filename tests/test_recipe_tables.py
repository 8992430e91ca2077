"""The tables that stand in for torch in recipes say what torch says."""

import inspect

import pytest

from archc import datasets
from archc.recipe.losses import LOSSES
from archc.recipe.optimizers import OPTIMIZERS
from archc.recipe.schedules import SCHEDULES
from archc.recipe.table import Entry


class TestTablesAreTorchs:
    """The tables that stand in for torch say what torch says."""

    @pytest.mark.parametrize("entry", OPTIMIZERS.entries, ids=lambda entry: entry.name)
    def test_optimizers(self, entry: object) -> None:
        import torch

        made = getattr(torch.optim, entry.torch)  # type: ignore[attr-defined]
        known = inspect.signature(made).parameters
        for option in entry.options:  # type: ignore[attr-defined]
            if option.name != "no_decay":
                assert known[option.name].default == option.default, option.name

    def test_no_optimizer_is_forgotten(self) -> None:
        import torch

        classes = {
            name.lower()
            for name, value in vars(torch.optim).items()
            if inspect.isclass(value) and issubclass(value, torch.optim.Optimizer)
        }
        assert classes - {"optimizer"} == {*OPTIMIZERS.names, *OPTIMIZERS.refused}

    @pytest.mark.parametrize("entry", OPTIMIZERS.entries, ids=lambda entry: entry.name)
    def test_no_argument_of_an_optimizer_is_forgotten(self, entry: Entry) -> None:
        import torch

        known = inspect.signature(getattr(torch.optim, entry.torch)).parameters.keys()
        assert known - {"params", "differentiable"} <= {*entry.option_names}

    # Epochs in place of steps, the whole training in place of 5 steps, and the optimizer's own
    # rate have other defaults than torch.
    others = frozenset(
        {"warmup", "total_iters", "step_size_up", "max_lr", "base_lr", "T_max", "T_0"}
    )

    @pytest.mark.parametrize("entry", SCHEDULES.entries, ids=lambda entry: entry.name)
    def test_schedules(self, entry: Entry) -> None:
        from torch.optim import lr_scheduler

        known = inspect.signature(getattr(lr_scheduler, entry.torch)).parameters
        assert {*entry.option_names} - {"warmup"} <= known.keys()
        for option in entry.options:
            usual = known.get(option.name)
            if option.name in self.others or entry.name in ("linear", "exponential", "step"):
                continue
            if usual is not None and usual.default is not inspect.Parameter.empty:
                assert usual.default == option.default, option.name

    def test_no_schedule_is_forgotten(self) -> None:
        from torch.optim import lr_scheduler

        classes = {
            name.lower()
            for name, value in vars(lr_scheduler).items()
            if inspect.isclass(value) and issubclass(value, lr_scheduler.LRScheduler)
        }
        named = {alias for entry in SCHEDULES.entries for alias in entry.aliases}
        assert classes - {"lrscheduler", "_lrscheduler"} == {*named, *SCHEDULES.refused}

    def test_no_loss_is_forgotten(self) -> None:
        from torch.nn.modules import loss

        plain = {name.removesuffix("Loss").lower() for name in loss.__all__} - {"nllloss2d"}
        ours = {name.replace("_", "") for name in (*LOSSES.names, *LOSSES.refused)}
        assert plain == ours - {"adaptivelogsoftmaxwithloss"}

    def test_no_data_set_is_forgotten(self) -> None:
        from torchvision import datasets as readers

        names = {name.lower() for name in readers.__all__ if name[0].isupper()}
        known = {*datasets.DATASETS, *datasets.REFUSED} - {"digits", "random"}
        assert names - {"visiondataset"} == known

    @pytest.mark.parametrize("entry", LOSSES.entries, ids=lambda entry: entry.name)
    def test_losses(self, entry: object) -> None:
        from torch.nn import functional

        known = inspect.signature(getattr(functional, entry.torch)).parameters  # type: ignore[attr-defined]
        for option in entry.options:  # type: ignore[attr-defined]
            if option.name not in ("target", "weight", "reduction"):
                assert known[option.name].default == option.default, option.name
