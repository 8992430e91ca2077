"""Costs, measured against PyTorch itself."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import archc
from archc.cost import summarize, units
from archc.cost.table import as_json, as_text
from archc.pipeline import network
from archc.spec import from_text

NETS = {
    "padded": ("1x45x41", "conv 2 k3 p1 | bn | relu | conv 3 k3 s2 | pool 2 | ln | conv 2 k3 p1"),
    "uneven": ("2x61x47", "conv 2 k3x5 s2x1 d2 | avgpool 3 s2 p1 | conv 2 k3 g2 | gelu"),
    "1d": ("2x121", "conv 4 k9 s3 d2 | glu | pool 4 s2 | bn | dropout | conv 2 k2 bias=no"),
    "3d": ("1x9x11x12", "conv 2 k3 | conv 1 k1x2x3 s=[1 2 1] | pool 2 s1"),
    "classifier": ("3x32x32", "conv 6 k5 | relu | pool 2 | flatten | fc 20 | relu | fc 10"),
    "global": ("1x20x23", "conv 2 k3 p1 | pool 3 s2 | gmp | conv 3 | gap"),
    "one window": ("1x20x20", "conv 2 k3 | conv 2 k18 | conv 2 k3 p1"),
    "one axis": ("1x12x15", "conv 2 k3 | softmax axis=2"),
    "joined": ("1x6x5", "conv 2 k3 | flatten from=2 | conv 2 k2 | flatten | fc 3"),
    "vector": ("12", "fc 7 | bn | tanh | fc 3"),
}

net = pytest.mark.parametrize(("shape", "text"), NETS.values(), ids=NETS)


def graph_of(text: str, shape: str):
    return network(from_text(text)._replace(inputs=(shape,)))


def sizes(shape: str) -> list[int]:
    return [int(size) for size in shape.split("x")]


# Against PyTorch


@net
def test_parameters_are_those_of_the_module(shape, text):
    counted = summarize(graph_of(text, shape)).parameters
    assert counted == sum(p.numel() for p in archc.compile(text, input=shape).parameters())


@net
def test_macs_are_half_of_torchs_flops(shape, text):
    module = archc.compile(text, input=shape).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, *sizes(shape)))
    summary = summarize(graph_of(text, shape))
    assert summary.flops == counter.get_total_flops() == 2 * summary.macs


def seen_by_the_centre(text: str, shape: str) -> tuple[int, ...]:
    """The receptive field of the middle of the result, found by what a NaN reaches."""
    module = archc.compile(text, input=shape).eval()
    spans = []
    for axis, size in enumerate(sizes(shape)[1:], start=2):
        inputs = torch.ones(size, *sizes(shape))
        for position in range(size):
            inputs[position].select(axis - 1, position).fill_(torch.nan)
        with torch.no_grad():
            results = module(inputs)
        middle = results[(slice(None), 0, *(side // 2 for side in results.shape[2:]))]
        (reached,) = middle.isnan().nonzero(as_tuple=True)
        spans.append(int(reached[-1] - reached[0] + 1))
    return tuple(spans)


@pytest.mark.parametrize("name", ["padded", "uneven", "1d", "3d"])
def test_receptive_field_is_what_a_central_output_depends_on(name):
    shape, text = NETS[name]
    steps = text.split(" | ")
    rows = summarize(graph_of(text, shape)).rows
    for count, row in enumerate(rows, start=1):
        found = seen_by_the_centre(" | ".join(steps[:count]), shape)
        assert row.receptive_field == found, row.path


@pytest.mark.parametrize("name", ["classifier", "global", "one window", "one axis", "joined"])
def test_receptive_field_behind_a_window_over_everything(name):
    shape, text = NETS[name]
    last = summarize(graph_of(text, shape)).rows[-1]
    assert last.receptive_field == seen_by_the_centre(text, shape)


def test_receptive_field_is_unknown_where_dimensions_are_joined():
    shape, text = NETS["joined"]
    fields = [row.receptive_field for row in summarize(graph_of(text, shape)).rows]
    assert fields == [(3, 3), None, None, (6, 5), (6, 5)]


def test_receptive_field_of_a_vector_has_no_dimensions():
    assert {row.receptive_field for row in summarize(graph_of("fc 3 | relu", "5")).rows} == {()}


def test_a_field_can_be_larger_than_the_input():
    rows = summarize(graph_of("conv 1 k7 p3 | conv 1 k7 p3", "1x10x10")).rows
    assert [row.receptive_field for row in rows] == [(7, 7), (13, 13)]


# Rows and totals


def test_memory_is_the_results_of_a_batch_and_views_are_free():
    summary = summarize(graph_of("conv 4 k3 | relu | flatten | fc 5", "1x6x6"), batch=8)
    assert [row.memory for row in summary.rows] == [8 * 64 * 4, 8 * 64 * 4, 0, 8 * 5 * 4]
    assert summary.memory == 8 * (64 + 64 + 5) * 4
    assert summary.input_memory == 8 * 36 * 4
    assert summary.parameter_memory == (4 * 9 + 4 + 64 * 5 + 5) * 4


def test_what_builds_nothing_has_no_row():
    rows = summarize(graph_of("id | conv 4 k3 | expect 4x6x6 | relu | id", "1x8x8")).rows
    assert [row.path for row in rows] == ["conv1", "relu1"]


def test_a_step_over_several_lines_is_shown_on_one():
    rows = summarize(graph_of("conv 4 k=[3, # high\n  5]   p1", "1x8x8")).rows
    assert rows[0].text == "conv 4 k=[3, 5] p1"


def test_depth_folds_what_is_nested_deeper():
    text = "a: { 2 * { conv 4 k3 | relu } | conv 4 } | b: { flatten } | fc 5"
    whole = summarize(graph_of(text, "1x8x8"))
    paths = {
        depth: [row.path for row in summarize(graph_of(text, "1x8x8"), 1, depth).rows]
        for depth in (1, 2, 9)
    }
    assert paths == {
        1: ["a", "b.flatten1", "fc1"],
        2: ["a.repeat1", "a.conv1", "b.flatten1", "fc1"],
        9: [row.path for row in whole.rows],
    }
    folded = summarize(graph_of(text, "1x8x8"), 1, 1)
    first = folded.rows[0]
    assert (first.step, first.text, first.line) == ("a", "5 steps", 1)
    assert (str(first.input), str(first.output)) == ("1x8x8", "4x4x4")
    assert first.receptive_field == whole.rows[4].receptive_field
    for name in ("parameters", "macs", "memory"):
        assert getattr(first, name) == sum(getattr(row, name) for row in whole.rows[:5])
        assert getattr(folded, name) == getattr(whole, name)


# Branches, blocks, shares


TREES = {
    "branches": ("1x21x21", "conv 2 k3 p1 | add(conv 2 k5 p2 | conv 2 k3 p1, id) | pool 3 s2"),
    "blocks": ("1x21x21", "block b(c) { concat(conv c k3 p1, pool 3 s1 p1) }\nb 1 | b 2 | 2 * b 1"),
    "named": ("1x21x21", "conv 2 k3 p1 | -> a | conv 2 k7 p3 | add(id, @a | conv 2 k11 p5)"),
    "back": ("1x21x21", "conv 1 k9 p4 -> a | conv 1 k3 p1 -> b | @a | conv 1 k5 p2 | add(id, @b)"),
    "shared": ("1x21x21", "share s = conv 1 k3 p1\ns | 2 * s | bn | s"),
    "windows": ("1x20x20", "conv 4 k1 | windows 5 s=2 { ln | attn 2 }"),
    "passed": ("1x21x21", "block b(m) { conv 1 k3 p1 | add(id, @m) }\nconv 1 k9 p4 -> a | b m=@a"),
    "body": ("1x21x21", "block twice { body | bn | body }\ntwice { conv 1 k3 p1 | relu }"),
}  # fmt: skip

tree = pytest.mark.parametrize(("shape", "text"), TREES.values(), ids=TREES)


@tree
def test_parameters_and_macs_of_a_tree_are_those_of_the_module(shape, text):
    module = archc.compile(text, input=shape).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, *sizes(shape)))
    summary = summarize(graph_of(text, shape))
    assert summary.flops == counter.get_total_flops()
    assert summary.parameters == sum(p.numel() for p in module.parameters())


@tree
def test_paths_are_those_of_the_state_dict(shape, text):
    module = archc.compile(text, input=shape)
    paths = {row.path for row in summarize(graph_of(text, shape)).rows if row.parameters}
    owners = {name.rpartition(".")[0] for name, _ in module.named_parameters()}
    assert {path for path in paths if any(f"{o}.".startswith(f"{path}.") for o in owners)} == paths
    assert {o for o in owners if any(f"{o}.".startswith(f"{path}.") for path in paths)} == owners


@tree
def test_the_field_of_a_tree_is_what_a_central_output_depends_on(shape, text):
    last = summarize(graph_of(text, shape)).rows[-1]
    reached = seen_by_the_centre(text, shape)
    clipped = zip(last.receptive_field, sizes(shape)[1:], strict=True)
    assert tuple(min(pair) for pair in clipped) == reached


def test_a_field_is_unknown_where_the_strides_of_branches_differ():
    text = "concat(pool 2 | up 2, conv 1 k3 p1) | -> a | concat(pool 2, conv 1 k2 s2) | relu"
    rows = {row.path: row.receptive_field for row in summarize(graph_of(text, "1x8x8")).rows}
    assert rows["concat1"] == (3, 3)
    text = "add(conv 1 k3, conv 1 k3 s1 p1 | conv 1 k2 s2 | pad [1 1 1 1])"
    row = summarize(graph_of(text, "1x8x8")).rows[-1]
    assert (row.step, row.receptive_field) == ("add", None)


def test_a_branch_of_one_position_sees_all_and_leaves_the_stride():
    rows = summarize(graph_of("conv 2 k3 p1 | mul(id, gap | conv 2) | conv 2 k3 p1", "1x9x9")).rows
    assert [row.receptive_field for row in rows[-2:]] == [(9, 9), (11, 11)]


def test_matmul_is_a_step_of_its_own():
    graph = graph_of("flatten from=2 | matmul(conv 6, conv 4 | transpose)", "6x4")
    found = as_json(summarize(graph))["steps"]
    assert [step["path"] for step in found if step["macs"]] == ["conv1", "conv2", "matmul1"]
    assert found[-1]["macs"] == 6 * 4 * 4


def test_merges_have_rows_and_memory_but_are_no_steps_of_the_json():
    summary = summarize(graph_of("add(conv 2, conv 2)", "2x4x4"))
    assert [(row.path, row.text) for row in summary.rows][-1] == ("add1", "add of 2")
    assert [step["path"] for step in as_json(summary)["steps"]] == ["conv1", "conv2"]
    assert summary.memory == 3 * 32 * 4


def test_shared_weights_count_once():
    rows = summarize(graph_of("share s = conv 3 k3 p1\ns | 2 * s | s", "3x4x4")).rows
    assert [row.path for row in rows] == ["s"] * 4
    assert [row.parameters for row in rows] == [84, 0, 0, 0]
    assert len({row.macs for row in rows}) == 1


def test_what_only_training_needs_has_lines_of_its_own(run_archc):
    text = "conv 4 k3 -> a | flatten | fc 5 | output aux train | @a | gap | flatten | fc 3"
    summary = summarize(graph_of(text, "1x8x8"))
    assert [row.path for row in summary.train_rows] == ["flatten1", "fc1"]
    assert summary.parameters == graph_of(text, "1x8x8").parameters == 40 + 725 + 15
    assert summary.macs == 4 * 36 * 9 + 12
    module = archc.compile(text, input="1x8x8").eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, 1, 8, 8))
    assert summary.flops == counter.get_total_flops()
    found = as_json(summary)
    assert found["train_outputs"] == {"aux": [5]}
    assert [step["path"] for step in found["steps"] if step["train"]] == ["flatten1", "fc1"]
    table = as_text(summary)
    assert "only for aux, in training" in table
    assert "725 are for training alone, with 720 further MACs" in table


def test_several_inputs_and_outputs_are_named():
    text = "input a 4\ninput b 2x6\nfc 3 -> x\n@b | flatten | fc 3 | output other | add(id, @x)"
    summary = summarize(network(from_text(text)))
    found = as_json(summary)
    assert (found["input"], found["output"]) == (
        {"a": [4], "b": [2, 6]},
        {"out": [3], "other": [3]},
    )
    assert str(summary).startswith("net: a 4, b 2x6 -> out 3, other 3\n")
    assert summary.input_memory == (4 + 12) * 4


def test_a_step_of_a_block_shows_its_numbers():
    text = "block b(c, k, act=gelu) { conv 2*c k=k p=half | act }\nb 4 3"
    rows = summarize(graph_of(text, "1x8x8")).rows
    assert [row.text for row in rows] == ["conv 8 k=3 p=half", "gelu"]


def test_long_tables_are_cut_and_say_so():
    summary = summarize(graph_of("5000 * { relu | bn }", "3x2x2"))
    assert len(summary.rows) == 10_000
    lines = as_text(summary).splitlines()
    assert len(lines) < 1100
    assert any("… 9,000 more" in line for line in lines)
    assert len(as_json(summary)["steps"]) == 10_000


@pytest.mark.parametrize(
    ("number", "count", "size"),
    [
        (0, "0", "0 B"),
        (999, "999", "999 B"),
        (1000, "1.00 k", "1000 B"),
        (1024, "1.02 k", "1.00 KiB"),
        (62_006, "62.0 k", "60.6 KiB"),
        (999_499, "999 k", "976 KiB"),
        (999_500, "1.00 M", "976 KiB"),
        (2**20 - 1, "1.05 M", "1.00 MiB"),
        (4_089_184_256, "4.09 G", "3.81 GiB"),
        (10**17, "100,000 T", "90,949 TiB"),
    ],
)
def test_short_numbers(number, count, size):
    assert (units.short_count(number), units.short_bytes(number)) == (count, size)
