"""The layers' pages: complete, fresh, and shown by `archc layers`."""

import pytest

from archc import reference
from archc.cli.main import main
from archc.layers import LAYERS


@pytest.mark.parametrize("word", LAYERS)
def test_a_page_says_all_that_is_declared(word: str) -> None:
    layer = LAYERS[word]
    page = reference.page(layer)
    assert page.startswith(f"# `{word}`\n")
    for parameter in layer.parameters:
        assert f"| `{parameter.name}` | {parameter.kind.describe()} |" in page
        assert parameter.doc in page
    for step, x, out in layer.examples:
        assert f"| `{step.replace('|', chr(92) + '|')}` | `{x}` | `{out}` |" in page
    for alias in layer.aliases:
        assert f"`{alias}`" in page


def test_a_signature_has_the_arguments_in_order() -> None:
    assert reference.signature(LAYERS["pool"]) == "pool [k] s=k p=0 d=1 ceil=no [to]"
    assert (
        reference.signature(LAYERS["conv"])
        == "conv c k=1 s=1 p=0 d=1 g=1 bias=yes mode=zeros [w] [in]"
    )


def test_all_layers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    listed = [line.split()[0] for line in lines if line.startswith(" ")]
    assert listed == [*LAYERS, "nn.NAME"]
    assert "Convolutions" in lines


def test_a_page_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "conv"]) == 0
    shown = capsys.readouterr()
    assert shown.out == reference.page(LAYERS["conv"])
    assert "`nn.Conv2d(3, 32, 3, padding=1)`" in shown.out
    assert not shown.err


def test_a_name_of_another_library_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "MaxPool2d"]) == 0
    shown = capsys.readouterr()
    assert shown.out == reference.page(LAYERS["pool"])
    assert shown.err == "archc: `MaxPool2d` is called `pool` here\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("cnov", "did you mean 'conv'?"), ("maxpol2d", "did you mean 'pool'?"), ("zzz", "lists them")],
)
def test_an_unknown_name_is_wrong_usage(
    name: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["layers", name]) == 2
    assert hint in capsys.readouterr().err
