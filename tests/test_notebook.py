"""`%%arch NAME` in a real IPython shell."""

from typing import Any

import pytest
import torch

pytest.importorskip("IPython")


@pytest.fixture(scope="module")
def shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.testing.globalipapp import start_ipython

    made = start_ipython() or InteractiveShell.instance()
    # As a notebook shows things.
    made.display_formatter.active_types = made.display_formatter.format_types
    made.run_line_magic("load_ext", "archc")
    return made


def run(shell: Any, line: str, cell: str) -> Any:
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        shell.run_cell_magic("arch", line, cell)
    return captured


def test_a_cell_is_shown_and_bound(shell: Any) -> None:
    shown = run(shell, "net", "input 1x28x28\nconv 8 k3 | relu | gap | flatten | fc 10").outputs
    assert "<svg" in shown[0].data["image/svg+xml"]
    assert "conv" in shown[1].data["text/markdown"]
    assert shell.user_ns["net"](torch.rand(2, 1, 28, 28)).shape == (2, 10)


def test_the_line_has_options(shell: Any) -> None:
    text = "param width = 4\nfc width | relu | fc 2"
    run(shell, "other --input 6 --set width=9", text)
    assert shell.user_ns["other"].fc1.weight.shape == (9, 6)


def test_a_mistake_is_explained_and_nothing_is_bound(shell: Any) -> None:
    said = run(shell, "bad", "input 3x4x4\nconv 8 k9\n").stderr
    assert "<cell>:2:8: error[E0303]" in said
    assert "Traceback" not in said
    assert "bad" not in shell.user_ns


@pytest.mark.parametrize("line", ["", "a b", "1x", "net --sizes", "net --input", "'"])
def test_a_wrong_line_is_explained(line: str, shell: Any) -> None:
    said = run(shell, line, "fc 1").stderr
    assert said.startswith("%%arch: ")
    assert "Traceback" not in said
