"""Random recipes, trained: some of `python -m tests.recipes`."""

import pytest
from recipes import Case, draw_case, judge


@pytest.mark.parametrize("number", range(60))
def test_a_random_recipe_is_trained_or_refused(number, tmp_path):
    case = draw_case(f"suite {number}")
    verdict = judge(case, tmp_path / "run")
    assert not verdict.wrong, case.text


MENDED = {
    "margins of maps": "input 3x8x8\nconv 5 k1\ntrain { data random | loss multi_margin }",
    "likelihoods of maps": "input 3x8x8\nconv 5 k1 | logsoftmax\ntrain { data random | loss nll }",
    "classes last": "input 3x8x8\nconv 4 k3 p1 | hwc | fc 3\ntrain { data random }",
    "a rate that vanishes": (
        "input 8\nfc 3\ntrain { data random | schedule polynomial power=100 | epochs 2 }"
    ),
    "a cycle that rises to the end": (
        "input 8\nfc 3\ntrain { data random | schedule onecycle pct_start=1 | epochs 2 }"
    ),
    "one label": (
        "input 8\nfc 1\ntrain { data random | loss bce_with_logits | metrics auroc ranking }"
    ),
    "one class": "input 8\nfc 1\ntrain { data random | metrics auroc calibration }",
    "the first step left out": "input 8\nfc 3\ntrain { data random | loss mse | schedule cosine }",
}


@pytest.mark.parametrize("name", MENDED)
def test_what_once_failed_is_trained(name, tmp_path):
    text = MENDED[name].replace("train {", "train { batch 64 |")
    options = ("--precision", "fp16") if name == "the first step left out" else ()
    verdict = judge(Case(text, options, ("eval", "RUN")), tmp_path / "run")
    assert verdict == ("done", ""), verdict.wrong


def test_a_rate_of_0_for_some_epochs_is_refused(tmp_path):
    """Torch divides by the factor where the rate rises."""
    text = "input 8\nfc 3\ntrain { data random | schedule constant factor=0 | epochs 2 }"
    assert judge(Case(text, (), ()), tmp_path / "run") == ("refused", "")
