"""archc against PyTorch on random networks, and where it is stricter on purpose."""

import os
import secrets
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from conftest import ROOT
from differential.__main__ import judge, judged
from differential.values import POLICIES
from torch import nn

import archc

sys.path.insert(0, str(ROOT / "tools"))
import stricter

COUNT = 600


def test_random_networks() -> None:
    """A fresh seed each time; what fails is shown with it, and `python -m tests.differential
    --seed SEED --only NUMBER` shows it again."""
    seed = secrets.randbelow(10**9)
    kinds, _, failures = judged((seed, 0, COUNT))
    shown = "\n".join(f"seed {seed}, {f.number}: {f.wrong}\n{f.spec}" for f in failures[:3])
    assert not failures, shown
    assert min(kinds["accepted"], kinds["refused"]) > COUNT / 30


@pytest.mark.slow
def test_planted_faults_are_noticed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.differential.mutation", "--count", "60"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout


def test_a_network_is_that_of_its_seed() -> None:
    assert judge(1, 5) == judge(1, 5)


def test_few_policies() -> None:
    """What the reference may refuse without PyTorch is on the page."""
    assert {policy.name for policy in stricter.POLICIES} == POLICIES
    assert len(stricter.POLICIES) <= 12


@pytest.mark.parametrize("policy", stricter.POLICIES, ids=lambda policy: policy.name)
def test_stricter_than_torch(policy: stricter.Policy) -> None:
    report = archc.check(policy.spec, input=policy.input)
    errors = [d.code for d in report.diagnostics if d.severity == "error"]
    assert errors, policy
    assert set(errors) <= set(policy.codes)
    x = torch.rand(2, *map(int, policy.input.split("x")), requires_grad=True)
    y = eval(policy.torch, {"x": x, "nn": nn, "F": F, "torch": torch})
    y.sum().backward()
