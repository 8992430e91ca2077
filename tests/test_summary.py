"""The tables and formats of `archc summary`."""

import csv
import io
import json
import re

import pytest

import archc
from archc.cost import summarize
from archc.cost.table import as_text
from archc.pipeline import network
from archc.spec import from_text


def graph_of(text: str, shape: str):
    return network(from_text(text)._replace(inputs=(shape,)))


# The command

LENET = "conv 6 k5 | relu | pool 2\nconv 16 k5 | relu | pool 2 | flatten\nfc 120 | relu | fc 10"


def test_the_table_as_text(run_archc):
    result = run_archc("summary", "-e", LENET, "--input", "3x32x32")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "net: 3x32x32 -> 10",
        "",
        "part      step        output    parameters     MACs    memory  receptive field",
        "-" * 78,
        "conv1     conv 6 k5   6x28x28          456  352,800  18.4 KiB              5x5",
        "relu1     relu        6x28x28            -        -  18.4 KiB              5x5",
        "pool1     pool 2      6x14x14            -        -  4.59 KiB              6x6",
        "conv2     conv 16 k5  16x10x10       2,416  240,000  6.25 KiB            14x14",
        "relu2     relu        16x10x10           -        -  6.25 KiB            14x14",
        "pool2     pool 2      16x5x5             -        -  1.56 KiB            16x16",
        "flatten1  flatten     400                -        -         -              all",
        "fc1       fc 120      120           48,120   48,000     480 B              all",
        "relu3     relu        120                -        -     480 B              all",
        "fc2       fc 10       10             1,210    1,200      40 B              all",
        "-" * 78,
        "total                 10            52,202  642,000  56.4 KiB",
        "",
        "52,202 parameters in 204 KiB, 642,000 MACs an example (1,284,000 FLOPs)",
        "in float32 for 1 example: input 12.0 KiB, results 56.4 KiB",
    ]


def test_json_has_the_promised_keys(run_archc):
    result = run_archc("summary", "lenet", "--format", "json", "--batch", "4")
    found = json.loads(result.stdout)
    assert (found["version"], found["batch"]) == (1, 4)
    assert (found["input"], found["output"]) == ([3, 32, 32], [10])
    assert (found["parameters"], found["macs"], found["flops"]) == (62_006, 651_720, 1_303_440)
    assert found["steps"][0] == {
        "path": "conv1",
        "step": "conv",
        "text": "conv 6 k5",
        "line": 4,
        "input": [3, 32, 32],
        "output": [6, 28, 28],
        "parameters": 456,
        "macs": 352_800,
        "memory": 4 * 4 * 6 * 28 * 28,
        "receptive_field": [5, 5],
        "train": False,
    }
    assert sum(step["parameters"] for step in found["steps"]) == 62_006


def test_csv_has_plain_numbers(run_archc):
    result = run_archc("summary", "lenet", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert sum(int(row["macs"]) for row in rows) == 651_720
    assert (rows[0]["output"], rows[0]["receptive_field"]) == ("6x28x28", "5x5")


def test_markdown_is_one_table(run_archc):
    result = run_archc("summary", "digits", "--format", "markdown")
    table = [line for line in result.stdout.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in table} == {8}
    assert table[0].startswith("| part | step |")
    assert table[-1].startswith("| total |")


def test_a_narrow_terminal_cuts_texts_and_keeps_numbers():
    summary = summarize(graph_of("conv 16 k3 s=[1 2] p=[1 1] bias=no mode=reflect | relu", "1x9x9"))
    lines = as_text(summary, width=78).splitlines()[2:6]
    assert max(map(len, lines)) == 78
    assert "…" in lines[2]
    assert re.search(r"\b6,480\b", lines[2])
    assert "mode=reflect" in as_text(summary)


def test_colour_is_asked_for(run_archc):
    plain = run_archc("summary", "digits").stdout
    colored = run_archc("--color", "always", "summary", "digits").stdout
    assert "\033[" not in plain
    assert re.sub(r"\033\[\d*m", "", colored) == plain != colored


def test_a_mistake_is_a_diagnostic(run_archc):
    result = run_archc("summary", "-e", "conv 8 k9", "--input", "1x4x4")
    assert (result.returncode, result.stdout) == (1, "")
    assert "-e:1:8: error[E0303]" in result.stderr


@pytest.mark.parametrize("option", ["--batch", "--depth"])
def test_wrong_numbers_are_wrong_usage(run_archc, option):
    assert run_archc("summary", "digits", option, "0").returncode == 2


def test_summary_needs_no_torch(run_python):
    code = (
        "import sys; from archc.cli.main import main; assert main(['summary', 'digits']) == 0;"
        "assert not {'torch', 'numpy'} & sys.modules.keys()"
    )
    result = run_python("-c", code)
    assert result.returncode == 0, result.stderr


def test_the_api_shows_the_table():
    summary = archc.summary("conv 4 k3 | relu", input="1x8x8", batch=2)
    assert summary.rows[0].receptive_field == (3, 3)
    assert str(summary).startswith("net: 1x8x8 -> 4x6x6\n")
