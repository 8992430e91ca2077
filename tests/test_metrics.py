"""Our metrics against torchmetrics', on random data."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from archc import recipe
from archc.datasets import DIGITS
from archc.recipe import parse_options
from archc.recipe.metrics import METRICS, WHOLE
from archc.shape import feature_map, vector
from archc.training.alone import ALONE
from archc.training.data import Split, normalizer
from archc.training.evaluate import evaluate
from archc.training.hardware import Hardware
from archc.training.objective import make_objective
from archc.training.problem import RunError
from archc.training.whole import Whole, functions

torchmetrics = pytest.importorskip(
    "torchmetrics", reason="torchmetrics is not installed (pip install torchmetrics)"
)
theirs = torchmetrics.functional

CLASSES = 5
CPU = Hardware(torch.device("cpu"), "fp32")


def ours(
    loss: str, names: tuple[str, ...], output: Tensor, target: Tensor, layout: Any = None
) -> dict[str, Any]:
    """The scores of a network that gives `output` whatever it sees, as an epoch's end has them."""
    made, problems = recipe.read(None, options=parse_options({"loss": loss}))
    assert not problems
    shape = layout or vector(output.shape[1])
    objective = make_objective(made, CPU.device, outputs={"out": shape})
    places = torch.arange(len(output))[:, None].float()
    net = _Given(output)
    plain = normalizer(DIGITS._replace(white=1), "", CPU.device)
    scores = evaluate(net, Split(places, target), plain, objective, CPU, metrics=names)
    return {**scores.more, "accuracy": scores.accuracy}


class _Given(torch.nn.Module):
    def __init__(self, output: Tensor) -> None:
        super().__init__()
        self.output = output

    def forward(self, places: Tensor) -> Tensor:
        return self.output[places[:, 0].long()]


def agree(mine: dict[str, Any], expected: dict[str, Tensor]) -> None:
    for name, value in expected.items():
        assert mine[name] == pytest.approx(float(value), rel=1e-5, abs=1e-6), name
    assert mine.keys() == expected.keys(), "each is compared"


def draw(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def of_classes(output: Tensor, target: Tensor, **options: Any) -> dict[str, Tensor]:
    def made(name: str, **more: Any) -> Tensor:
        function: Callable[..., Tensor] = getattr(theirs.classification, f"multiclass_{name}")
        return function(output, target, num_classes=output.shape[1], **options, **more)

    tops = {f"top{k}": made("accuracy", average="micro", top_k=k) for k in (2, 3)}
    return {
        **tops,
        "accuracy": made("accuracy", average="micro"),
        "balanced_accuracy": made("accuracy", average="macro"),
        "precision": made("precision", average="macro"),
        "recall": made("recall", average="macro"),
        "f1": made("f1_score", average="macro"),
        "iou": made("jaccard_index", average="macro"),
        "kappa": made("cohen_kappa"),
        "mcc": made("matthews_corrcoef"),
    }


OF_CLASSES = tuple(name for name in METRICS["classes"] if name not in ("top5", "top10"))


@pytest.mark.parametrize("seed", range(4))
def test_of_classes(seed: int) -> None:
    """Three batches of an evaluation, of which some classes are rare."""
    random = draw(seed)
    output = torch.randn(300, CLASSES, generator=random) + torch.tensor([2.0, 1, 0, 0, -1])
    target = torch.randint(CLASSES, (300,), generator=random)
    agree(ours("cross_entropy", OF_CLASSES, output, target), of_classes(output, target))


def test_of_classes_that_are_never_given_or_never_there() -> None:
    """The mean of recalls alone is over those that occur; there scikit-learn differs from
    torchmetrics, and we follow it."""
    output = torch.randn(200, CLASSES, generator=draw(1))
    output[:, 3] = -9.0
    target = torch.randint(CLASSES - 1, (200,), generator=draw(2))
    found, expected = ours("cross_entropy", OF_CLASSES, output, target), of_classes(output, target)
    recalls = theirs.classification.multiclass_recall(
        output, target, num_classes=CLASSES, average="none"
    )
    agree(found, {**expected, "balanced_accuracy": recalls[:4].mean()})
    output[:, 4] = -9.0
    found, expected = ours("cross_entropy", OF_CLASSES, output, target), of_classes(output, target)
    agree(found, expected)


@pytest.mark.parametrize("last", [False, True], ids=["channels first", "channels last"])
def test_of_maps_with_an_ignored_class(last: bool) -> None:
    output = torch.randn(20, CLASSES, 6, 7, generator=draw(3))
    target = torch.randint(CLASSES, (20, 6, 7), generator=draw(4))
    target[torch.rand(20, 6, 7, generator=draw(5)) < 0.2] = 255
    expected = of_classes(output, target, ignore_index=255)
    shape = feature_map(CLASSES, 6, 7)
    if last:
        output, shape = output.movedim(1, -1), shape._replace(layout="last", dims=(6, 7, CLASSES))
    names, loss = OF_CLASSES, "cross_entropy ignore_index=255"
    agree(ours(loss, names, output, target, shape), expected)


@pytest.mark.parametrize("loss", ["bce_with_logits", "bce", "multi_label_soft_margin"])
def test_of_labels(loss: str) -> None:
    chances = torch.rand(300, CLASSES, generator=draw(6))
    target = (torch.rand(300, CLASSES, generator=draw(7)) < 0.3).to(torch.uint8)

    def made(name: str, **more: Any) -> Tensor:
        function: Callable[..., Tensor] = getattr(theirs.classification, f"multilabel_{name}")
        return function(chances, target.long(), num_labels=CLASSES, **more)

    expected = {
        "exact": made("exact_match"),
        **{name: made(name, average="macro") for name in ("precision", "recall")},
        "f1": made("f1_score", average="macro"),
        "iou": made("jaccard_index", average="macro"),
        "accuracy": made("accuracy", average="micro"),
    }
    output = chances if loss == "bce" else chances.logit()
    agree(ours(loss, tuple(METRICS["labels"]), output, target), expected)


@pytest.mark.parametrize("shape", [(300, 1), (300, 3), (40, 3, 5, 6)])
def test_of_values(shape: tuple[int, ...]) -> None:
    target = torch.randn(shape, generator=draw(8)) * 3 + 5
    output = target + torch.randn(shape, generator=draw(9))
    by_channel = [t.movedim(1, -1).reshape(-1, shape[1]) for t in (output, target)]
    layout = vector(shape[1]) if len(shape) == 2 else feature_map(*shape[1:])
    flat = [t.flatten() for t in (output, target)]
    expected = {
        "mae": theirs.mean_absolute_error(*flat),
        "mse": theirs.mean_squared_error(*flat),
        "rmse": theirs.mean_squared_error(*flat, squared=False),
        "r2": theirs.r2_score(*by_channel),
    }
    found = ours("mse", tuple(METRICS["values"]), output, target, layout)
    assert found.pop("accuracy") is None
    agree(found, expected)


# --- metrics that torchmetrics computes: what it gets of several batches, the last one short ---


def test_of_classes_as_a_whole() -> None:
    output = torch.randn(300, CLASSES, generator=draw(10)) * 2
    target = torch.randint(CLASSES, (300,), generator=draw(11))
    target[:20] = 9
    metrics = vars(torchmetrics.classification)

    def made(name: str, **more: Any) -> Tensor:
        metric = metrics[f"Multiclass{name}"](CLASSES, ignore_index=9, **more)
        return metric(output, target)  # type: ignore[no-any-return]

    expected = {
        "auroc": made("AUROC"),
        "average_precision": made("AveragePrecision"),
        "specificity": made("Specificity", average="macro"),
        "calibration": made("CalibrationError"),
    }
    found = ours("cross_entropy ignore_index=9", tuple(WHOLE["classes"]), output, target)
    found.pop("accuracy")
    agree(found, expected)


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    output, target = torch.randn(200, 2, generator=draw(12)), torch.arange(200) % 2
    score = output[:, 1] - output[:, 0]
    pairs = score[target == 1][:, None] > score[target == 0]
    found = ours("cross_entropy", ("auroc",), output, target)["auroc"]
    assert found == pytest.approx(float(pairs.double().mean()), abs=1e-4)


@pytest.mark.parametrize("loss", ["bce_with_logits", "bce"])
def test_of_labels_as_a_whole(loss: str) -> None:
    """Logits between 0 and 1, which torchmetrics by itself takes for probabilities."""
    chances = torch.rand(300, CLASSES, generator=draw(13)) / 4 + 0.5
    target = (torch.rand(300, CLASSES, generator=draw(14)) < 0.3).to(torch.uint8)
    metrics = vars(torchmetrics.classification)
    names = ("AUROC", "AveragePrecision", "Specificity", "HammingDistance", "RankingLoss")
    expected = {
        name: metrics[f"Multilabel{made}"](CLASSES)(chances, target.long())
        for name, made in zip(WHOLE["labels"], names, strict=True)
    }
    output = chances if loss == "bce" else chances.logit()
    found = ours(loss, tuple(WHOLE["labels"]), output, target)
    found.pop("accuracy")
    agree(found, expected)


@pytest.mark.filterwarnings("ignore:Metric `SpearmanCorrcoef` will save:UserWarning")
@pytest.mark.parametrize("outputs", [1, 3])
def test_of_values_as_a_whole(outputs: int) -> None:
    target = torch.randn(300, outputs, generator=draw(15)) * 3 + 5
    output = target + torch.randn(300, outputs, generator=draw(16))
    expected = {
        "mape": torchmetrics.MeanAbsolutePercentageError()(output, target),
        "pearson": torchmetrics.PearsonCorrCoef(outputs)(output, target).mean(),
        "spearman": torchmetrics.SpearmanCorrCoef(outputs)(output, target).mean(),
        "explained": torchmetrics.ExplainedVariance()(output, target),
        "cosine": torchmetrics.CosineSimilarity(reduction="mean")(output, target),
    }
    found = ours("mse", tuple(WHOLE["values"]), output, target)
    found.pop("accuracy")
    agree(found, expected)


def test_of_a_label_alone() -> None:
    output, target = torch.randn(200, 1, generator=draw(17)), (torch.arange(200) % 2)[:, None]
    found = ours("bce_with_logits", ("auroc", "hamming", "ranking"), output, target)
    of_one = theirs.classification
    agree(
        {name: found[name] for name in ("auroc", "hamming")},
        {
            "auroc": of_one.binary_auroc(output[:, 0], target[:, 0]),
            "hamming": of_one.binary_hamming_distance(output[:, 0], target[:, 0]),
        },
    )
    assert found["ranking"] is None


def test_what_torchmetrics_refuses_is_told() -> None:
    output, target = torch.zeros(9, CLASSES, 2), torch.zeros(9, 3, dtype=torch.int64)
    objective = make_objective(recipe.read(None)[0], CPU.device)
    whole = Whole(functions(("auroc",), objective), objective, 9)
    whole.add(output, target)
    with pytest.raises(RunError, match="`metrics auroc` does not go with these outputs: Expected"):
        whole.metrics(ALONE, 1, 9)


def test_metrics_come_in_the_order_of_the_line() -> None:
    output, target = torch.randn(9, CLASSES), torch.arange(9) % CLASSES
    names = ("f1", "auroc", "top2", "calibration")
    assert tuple(ours("cross_entropy", names, output, target))[:-1] == names


def test_without_torchmetrics_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "torchmetrics", None)
    with pytest.raises(RunError, match=r"`metrics auroc` needs a package: pip install torchmet"):
        ours("cross_entropy", ("f1", "auroc"), torch.zeros(2, 2), torch.arange(2))


def test_what_no_example_tells_is_none() -> None:
    output, target = torch.randn(9, CLASSES, generator=draw(1)), torch.full((9,), 7)
    found = ours("cross_entropy ignore_index=7", OF_CLASSES, output, target)
    assert {name for name, value in found.items() if value is None} >= {"f1", "kappa", "mcc"}
    same = torch.ones(9, 2)
    assert ours("mse", ("r2",), same + 1, same)["r2"] is None
