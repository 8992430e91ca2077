"""The loop: what it computes, and that it goes on from every place as if it had never stopped."""

import math
import random
from pathlib import Path

import pytest
import torch
from torch import nn
from trainings import (
    CPU,
    IMAGES,
    StopAfter,
    assert_equal_weights,
    assert_goes_on,
    drawing,
    finish,
    net,
    recipe,
    trainer,
    until_stopped,
    without_times,
)

from archc.datasets import DIGITS
from archc.recipe import Choice
from archc.training import hardware
from archc.training.batches import permutation, seed_layers
from archc.training.losses import make_loss
from archc.training.optim import make_optimizer
from archc.training.problem import RunError
from archc.training.schedules import make_schedule
from archc.training.trainer import Trainer

RECIPES = [
    {"optimizer": "adamw"},
    {"optimizer": "sgd lr=.05 momentum=.9", "schedule": "cosine warmup=1"},
    {"optimizer": "adam", "schedule": "onecycle", "augment": "{ crop 8 pad=1 | flip }"},
    {"optimizer": "rmsprop", "schedule": "step step_size=1", "val": ".2"},
]


class TestGoingOn:
    @pytest.mark.parametrize("options", RECIPES, ids=lambda options: options["optimizer"])
    @pytest.mark.parametrize("checks", [1, 4, 7, 8, 9])
    def test_a_stopped_training_ends_as_an_undisturbed_one(
        self, options: dict[str, str], checks: int, tmp_path: Path
    ) -> None:
        """7 steps and 1 evaluation batch an epoch: stops lie in the steps, behind the last one, in
        the evaluation and in the next epoch."""
        assert_goes_on(options, checks, tmp_path)

    @pytest.mark.parametrize("part", ["model", "optimizer", "schedule", "random", "position"])
    def test_leaving_a_part_out_would_show(self, part: str) -> None:
        options = {"optimizer": "adam", "schedule": "cosine", "epochs": "1"}
        module = drawing if part == "random" else net
        random.seed(1)
        whole = trainer(module, **options)
        finish(whole)
        random.seed(1)
        stopped = trainer(module, **options)
        until_stopped(stopped, StopAfter(3))
        state = stopped.state()
        random.seed(2)
        fresh = trainer(module, **options, seed="1").state()
        resumed = trainer(module, **options)
        resumed.restore({**state, part: fresh[part]})
        finish(resumed)
        with pytest.raises(AssertionError):
            assert_equal_weights(whole, resumed)

    def test_more_epochs_follow_the_new_schedule(self) -> None:
        first = trainer(schedule="cosine", epochs="2")
        finish(first)
        longer = trainer(schedule="cosine", epochs="4")
        longer.restore(first.state())
        lines = finish(longer)
        assert [line["epoch"] for line in lines] == [3, 4]
        fresh = finish(trainer(schedule="cosine", epochs="4"))
        assert [line["lr"] for line in lines] == pytest.approx([line["lr"] for line in fresh[2:]])

    def test_a_new_learning_rate_counts_from_here(self) -> None:
        first = trainer(epochs="1")
        finish(first)
        slower = trainer(epochs="2", lr="1e-5")
        slower.restore(first.state())
        moments = slower.descent.optimizer.state_dict()["state"]
        assert moments, "what Adam has learned of the gradients stays"
        assert finish(slower)[0]["lr"] == 1e-5

    def test_another_optimizer_takes_over(self) -> None:
        first = trainer(optimizer="adam", epochs="1")
        finish(first)
        other = trainer(optimizer="sgd lr=.1", epochs="2")
        other.restore(first.state())
        assert finish(other)[0]["lr"] == 0.1

    def test_another_network_is_refused(self) -> None:
        state = trainer().state()
        other = trainer(lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 10)))
        with pytest.raises(RunError, match="does not fit this network"):
            other.restore(state)


class TestTraining:
    def test_it_is_what_a_plain_loop_computes(self) -> None:
        made = trainer(epochs="2", optimizer="sgd lr=.1", normalize="no")
        lines = finish(made)
        torch.manual_seed(0)
        plain = net()
        optimizer = torch.optim.SGD(plain.parameters(), lr=0.1)
        losses = []
        for epoch in range(2):
            order = permutation(IMAGES, 0, epoch)
            for start in range(0, IMAGES, 32):
                chosen = order[start : start + 32]
                images = made.data.train.images[chosen].permute(0, 3, 1, 2).float() / 16
                seed_layers(CPU.device, 0, epoch, start)
                loss = nn.functional.cross_entropy(plain(images), made.data.train.classes[chosen])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item() * len(chosen))
        for name, tensor in plain.state_dict().items():
            torch.testing.assert_close(made.module.state_dict()[name], tensor)
        assert lines[1]["train_loss"] == pytest.approx(sum(losses[7:]) / IMAGES, rel=1e-4)

    def test_it_learns(self) -> None:
        lines = finish(trainer(epochs="15", lr="1e-2", images=1000))
        assert lines[-1]["test_accuracy"] > 0.85
        assert lines[-1]["train_loss"] < lines[0]["train_loss"] / 2

    def test_one_seed_is_one_run(self) -> None:
        runs = [without_times(finish(trainer(seed=seed, epochs="1"))) for seed in ("1", "1", "2")]
        assert runs[0] == runs[1] != runs[2]

    def test_a_last_batch_of_1_is_left_out_for_batch_norm(self) -> None:
        one_left = trainer(images=33)
        assert (one_left.images, one_left.dropped, one_left.steps) == (32, 1, 1)
        assert len(finish(one_left)) == 3
        assert trainer(images=34).dropped == 0
        plain = trainer(lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), images=33)
        assert (plain.dropped, plain.steps) == (0, 2)

    def test_validation_data_is_scored_and_not_trained_on(self) -> None:
        made = trainer(val=".25", epochs="1")
        assert (made.images, made.data.val.size) == (150, 50)
        (line,) = finish(made)
        assert {"val_loss", "val_accuracy", "test_loss", "test_accuracy"} <= line.keys()

    def test_an_autoencoder_has_no_accuracy(self) -> None:
        made = trainer(lambda: nn.Conv2d(1, 1, 3, padding=1), loss="mse target=input", epochs="8")
        lines = finish(made)
        assert lines[0]["test_accuracy"] is None
        assert lines[-1]["test_loss"] < lines[0]["test_loss"]

    def test_a_loss_that_is_no_number_stops(self) -> None:
        with pytest.raises(
            RunError, match=r"the loss of epoch 1 is (nan|inf): lower the learning rate"
        ):
            finish(trainer(optimizer="sgd lr=1e15 weight_decay=1e15"))

    @pytest.mark.parametrize("precision", ["bf16", "fp16"])
    def test_lower_precision_trains(self, precision: hardware.Precision) -> None:
        made = trainer(epochs="1")
        low = Trainer(
            net(), made.data, DIGITS, made.recipe, hardware.Hardware(CPU.device, precision)
        )
        (line,) = finish(low)
        assert math.isfinite(line["train_loss"])
        assert next(low.module.parameters()).dtype == torch.float32


class TestSchedules:
    def rates(self, text: str, epochs: int = 4, steps: int = 5, done: int = 0) -> list[float]:
        choice = recipe(schedule=text).schedule
        optimizer = make_optimizer(nn.Linear(1, 1), recipe(optimizer="sgd lr=1"))
        schedule = make_schedule(choice, optimizer, epochs, steps, done)
        assert schedule is not None
        rates = []
        for _ in range(epochs * steps - done):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        return rates

    def test_cosine(self) -> None:
        expected = [(1 + math.cos(math.pi * step / 20)) / 2 for step in range(20)]
        assert self.rates("cosine") == pytest.approx(expected)

    def test_warmup_rises_over_its_epochs_and_cosine_falls_over_the_rest(self) -> None:
        rates = self.rates("cosine warmup=1")
        assert rates[:6] == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])
        expected = [(1 + math.cos(math.pi * step / 15)) / 2 for step in range(15)]
        assert rates[5:] == pytest.approx(expected)

    def test_step_and_multistep_count_epochs(self) -> None:
        assert self.rates("step step_size=2 gamma=.5") == pytest.approx([1] * 10 + [0.5] * 10)
        multi = self.rates("multistep milestones=[1 3] gamma=.5")
        assert multi == pytest.approx([1] * 5 + [0.5] * 10 + [0.25] * 5)
        warm = self.rates("multistep milestones=[1 3] gamma=.5 warmup=1")
        assert warm[5:] == pytest.approx([1] * 10 + [0.5] * 5)

    def test_exponential_acts_once_an_epoch(self) -> None:
        assert self.rates("exponential gamma=.5")[::5] == pytest.approx([1, 0.5, 0.25, 0.125])

    def test_linear_falls_to_its_end(self) -> None:
        assert self.rates("linear")[::5] == pytest.approx([1, 0.75, 0.5, 0.25])

    def test_one_cycle_peaks_at_the_learning_rate(self) -> None:
        rates = self.rates("onecycle")
        assert rates[0] == pytest.approx(1 / 25)
        assert max(rates) == pytest.approx(1)
        assert rates[-1] < 1e-4

    @pytest.mark.parametrize("text", ["cosine", "cosine warmup=1", "onecycle", "step step_size=1"])
    def test_a_schedule_made_later_goes_on(self, text: str) -> None:
        assert self.rates(text, done=7) == pytest.approx(self.rates(text)[7:])

    @pytest.mark.parametrize("name", ["adagrad", "adadelta", "sgd", "adamw"])
    def test_one_cycle_suits_optimizers_with_and_without_momentum(self, name: str) -> None:
        optimizer = make_optimizer(nn.Linear(1, 1), recipe(optimizer=f"{name} lr=.1"))
        assert make_schedule(Choice("onecycle"), optimizer, 2, 5) is not None


def test_label_smoothing_reaches_the_loss() -> None:
    output, target = torch.tensor([[2.0, 0.0]]), torch.tensor([0])
    plain = make_loss(Choice("cross_entropy"), CPU.device)(output, target)
    smooth = make_loss(Choice("cross_entropy", (("label_smoothing", 0.2),)), CPU.device)(
        output, target
    )
    expected = nn.functional.cross_entropy(output, target, label_smoothing=0.2)
    assert smooth == expected != plain


class TestHardware:
    def test_what_is_not_there_is_refused(self) -> None:
        missing = "mps" if not torch.backends.mps.is_available() else "cuda"
        with pytest.raises(RunError, match=f"there is no {missing} here; available: .*cpu"):
            hardware.choose(missing)

    @pytest.mark.parametrize("able", [True, False])
    def test_a_cpu_that_can_takes_bf16_for_networks_that_are_not_tiny(
        self, able: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hardware, "_cpu_has_bf16", lambda: able)
        large = "bf16" if able else "fp32"
        assert hardware.choose("cpu", macs=10_000_000).precision == large
        assert hardware.choose("cpu", macs=1000).precision == "fp32"
        assert hardware.choose("cpu", "fp32", 10_000_000).precision == "fp32"
        assert hardware.choose("cpu", "bf16", 1000).precision == "bf16"
