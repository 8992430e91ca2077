"""What each further key of `train` does, and that a resumed training goes on with it."""

import math
from pathlib import Path

import pytest
import torch
from torch import nn
from trainings import (
    assert_goes_on,
    finish,
    trainer,
)

import archc
from archc.recipe import Choice, read
from archc.recipe.options import parse_options
from archc.training.losses import make_loss
from archc.training.mixing import mix
from archc.training.problem import RunError
from archc.training.schedules import make_schedule
from archc.training.session import stopped_early

KEYS = [
    {"ema": ".9"},
    {"accumulate": "3", "schedule": "onecycle"},
    {"clip": ".1", "mixup": ".3"},
    {"cutmix": "1", "mixup": "1", "augment": "{ rotate 20 | jitter .2 }"},
    {"lr 0": "10", "freeze": '"1"', "schedule": "cosine warmup=1", "ema": ".99"},
    {"optimizer": "adamw weight_decay=.1 no_decay=[norm bias]"},
]


@pytest.mark.parametrize("options", KEYS, ids=lambda options: " ".join(options))
@pytest.mark.parametrize("checks", [2, 5])
def test_a_stopped_training_ends_as_an_undisturbed_one(
    options: dict[str, str], checks: int, tmp_path: Path
) -> None:
    options = {**options, "epochs": "2", "batch": "16"}
    options = {('lr "0"' if key == "lr 0" else key): text for key, text in options.items()}
    assert_goes_on(options, checks, tmp_path)


def test_accumulated_batches_make_one_step() -> None:
    """Without what looks at a whole batch, two halves are the whole."""

    def plain() -> nn.Module:
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))

    whole, halves = (
        trainer(plain, batch=batch, accumulate=count, optimizer="sgd lr=.1")
        for batch, count in (("32", "1"), ("16", "2"))
    )
    assert whole.steps == halves.steps
    finish(whole)
    finish(halves)
    for name, tensor in whole.module.state_dict().items():
        torch.testing.assert_close(halves.module.state_dict()[name], tensor)


def test_clip_bounds_the_gradient() -> None:
    made = trainer(clip=".001", optimizer="sgd lr=1", epochs="1", images=32)
    before = [p.detach().clone() for p in made.module.parameters()]
    finish(made)
    moved = [p.detach() - old for p, old in zip(made.module.parameters(), before, strict=True)]
    norm = math.sqrt(sum(float(m.square().sum()) for m in moved))
    assert norm == pytest.approx(0.001, rel=1e-2)


def test_the_average_is_scored_and_saved() -> None:
    made = trainer(ema=".9", epochs="1", lr="1e-2")
    finish(made)
    assert made.average is not None
    saved, live = made.weights(), made.module.state_dict()
    assert not torch.equal(saved["0.weight"], live["0.weight"])
    assert torch.equal(saved["0.weight"], made.average.module.state_dict()["0.weight"])
    assert saved["1.num_batches_tracked"] == live["1.num_batches_tracked"]


def test_the_average_is_the_formula() -> None:
    from archc.training.average import Average

    module = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        module.weight.fill_(0)
        average = Average(module, 0.15)
        expected = 0.0
        for step, decay in enumerate((0.1, 0.15, 0.15)):
            module.weight.fill_(step + 1.0)
            average.update()
            expected = decay * expected + (1 - decay) * (step + 1)
    assert float(average.module.weight) == pytest.approx(expected)


def test_frozen_parts_stay_bit_by_bit() -> None:
    made = trainer(freeze='"0" "1"', epochs="1")
    before = {name: t.clone() for name, t in made.module.state_dict().items()}
    finish(made)
    for name, tensor in made.module.state_dict().items():
        assert torch.equal(tensor, before[name]) == name.startswith(("0.", "1.")), name


def test_nothing_left_to_train_is_refused() -> None:
    with pytest.raises(RunError, match="leaves nothing to train"):
        trainer(freeze='"0" "1" "6"')


def test_learning_rates_of_parts_and_weight_decay_make_groups() -> None:
    made = trainer(**{'lr "6"': ".1", "optimizer": "adamw lr=.01 no_decay=[norm bias]"})
    found = {
        (group["lr"], group["weight_decay"]): len(group["params"])
        for group in made.descent.optimizer.param_groups
    }
    assert found == {(0.01, 0.01): 1, (0.01, 0.0): 3, (0.001, 0.01): 1, (0.001, 0.0): 1}
    assert finish(made)[0]["lr"] == 0.01


class TestMixing:
    images = torch.arange(8.0)[:, None, None, None].expand(8, 2, 6, 6)

    def mixed(self, **options: str):
        recipe, problems = read(None, options=parse_options(options))
        assert not problems
        return mix(self.images, recipe, torch.Generator().manual_seed(3))

    def test_it_is_off_unless_asked_for(self) -> None:
        assert self.mixed() is None

    def test_mixup_weighs_images_by_the_share(self) -> None:
        found = self.mixed(mixup="1")
        expected = found.share * self.images + (1 - found.share) * self.images[found.others]
        torch.testing.assert_close(found.images, expected)

    def test_cutmix_has_the_share_of_its_own_pixels(self) -> None:
        found = self.mixed(cutmix="1")
        own = (found.images == self.images).float().mean((1, 2, 3))
        moved = found.others != torch.arange(8)
        assert 0 < found.share < 1
        torch.testing.assert_close(own[moved], torch.full_like(own[moved], found.share))


def test_class_weights_and_factors_reach_the_loss() -> None:
    output, target = torch.tensor([[2.0, 0.0], [1.0, 3.0]]), torch.tensor([0, 0])
    plain = nn.functional.cross_entropy(output, target, weight=torch.tensor([1.0, 5.0]))
    device = torch.device("cpu")
    weighted = make_loss(Choice("cross_entropy", (("weight", (1.0, 5.0)),)), device)
    assert weighted(output, target) == plain
    third = make_loss(Choice("cross_entropy", (("weight", 0.3),)), device)
    torch.testing.assert_close(third(output, target), 0.3 * plain)


@pytest.mark.parametrize(
    ("losses", "stopped"),
    [([], False), ([3, 2, 1], False), ([1, 2], False), ([1, 2, 3], True), ([3, 1, None, 1], True)],
)
def test_two_epochs_without_gain_stop(losses: list[float | None], stopped: bool) -> None:
    metrics = tuple({"epoch": n, "val_loss": loss} for n, loss in enumerate(losses))
    assert stopped_early(metrics, 2) == stopped
    assert not stopped_early(metrics, 0)


NET = "input 1x8x8\nstem: conv 4 k3 p1 | relu | gap | flatten\n"


def test_a_run_can_stop_early(here: Path) -> None:
    del here
    run = archc.train(
        NET + "fc 10\ntrain { data digits | lr stem 0 }", val=0.2, stop=1, lr=3.0, epochs=30
    )
    assert run.result["epochs"] < 30
    again = archc.train(None, resume=run.folder)
    assert again.result["epochs"] == run.result["epochs"]


def test_further_outputs_have_losses_of_their_own(here: Path) -> None:
    del here
    text = NET + "fc 10 -> y\noutput aux train\nfc 10\ntrain { data digits | epochs 1 }"
    alone = archc.train(text)
    both = archc.train(text, loss="aux cross_entropy weight=.5")
    assert both.metrics[0]["train_loss"] > alone.metrics[0]["train_loss"] + 0.5
    assert 0 <= both.result["test_accuracy"] <= 1


def test_weights_are_where_a_training_starts(here: Path) -> None:
    text = NET + "fc 10\ntrain { data digits }"
    first = archc.train(text, epochs=1)
    path = str(here / first.folder / "best.pt")
    second = archc.train(text, epochs=1, weights=path, optimizer="sgd lr=0", seed=9)
    assert second.result["test_loss"] == pytest.approx(first.result["test_loss"])
    with pytest.raises(RunError, match="cannot read"):
        archc.train(text, weights="nothing.pt")


def test_limited_batches_and_checkpoints_within_an_epoch(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archc.training import checkpoint

    saved: list[str] = []
    save = checkpoint.save
    monkeypatch.setattr(
        checkpoint,
        "save",
        lambda path, state, **keys: (saved.append(path.name), save(path, state, **keys)),
    )
    run = archc.train(
        NET + "fc 10\ntrain { data digits }",
        epochs=1,
        batch=10,
        limit_batches=4,
        checkpoint_every=0,
        deterministic=True,
    )
    torch.use_deterministic_algorithms(False)
    assert saved.count("checkpoint.pt") == 5
    last, previous = (
        checkpoint.load(here / run.folder / name)
        for name in ("checkpoint.pt", "previous-checkpoint.pt")
    )
    assert (last["epoch"], previous["epoch"], previous["position"]) == (1, 0, 40)


class TestForecast:
    def test_a_dry_run_writes_nothing(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        from archc.cli.main import main

        spec = NET + "fc 10\ntrain { data digits }"
        assert main(["train", "-e", spec, "--dry-run", "-q"]) == 0
        assert capsys.readouterr().out.startswith("90 parameters, about ")
        assert not list(here.iterdir())

    def test_what_cannot_fit_is_refused_before_the_data_is_loaded(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from archc.training import forecast

        monkeypatch.setattr(forecast, "available", lambda: 100_000)
        with pytest.raises(RunError, match=r"needs about .* and there are 100.0 kB on cpu"):
            archc.train("flatten | fc 10\ntrain { data mnist | batch 1000 }", data_root=here)
        assert not list(here.iterdir())

    def test_memory_counts_weights_and_results(self) -> None:
        from archc.pipeline import network
        from archc.spec import from_python
        from archc.training.forecast import memory_needed
        from archc.training.hardware import Hardware

        graph = network(from_python("input 4\nfc 6 | relu"))
        cpu = Hardware(torch.device("cpu"), "fp32")
        recipe = read(None, options=parse_options({"batch": "10", "optimizer": "sgd"}))[0]
        assert memory_needed(graph, recipe, cpu) == 4 * (30 * 2 + 10 * (6 + 6))
        assert memory_needed(graph, recipe._replace(ema=0.9), cpu) == 4 * (30 * 3 + 10 * (6 + 6))


@pytest.mark.parametrize("share", [0, 0.1, 0.25, 0.3, 0.5, 0.55, 0.9, 1])
@pytest.mark.parametrize("three", ["no", "yes"])
def test_a_cycle_of_few_steps_has_a_rate_in_each(share: float, three: str) -> None:
    """Torch divides by 0 where a phase would have no length."""
    line = {"schedule": f"onecycle pct_start={share} three_phase={three}"}
    choice = read(None, options=parse_options(line))[0].schedule
    for steps in range(1, 13):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
        schedule = make_schedule(choice, optimizer, 1, steps)
        assert schedule is not None
        for _ in range(steps - 1):
            optimizer.step()
            schedule.step()
            assert 0 <= optimizer.param_groups[0]["lr"] <= 0.1 + 1e-9
