"""The diagram's charts: stages, branches, blocks and their bounds."""

import pytest
from charts import edges_of, graph_of, heads, stages

from archc.diagram import Drawing, dot
from archc.diagram.chart import Frame, nodes_of
from archc.diagram.charts import MAX_ASIDE, MAX_NODES, charts
from archc.diagram.units import Gap
from archc.pipeline import network
from archc.spec import from_command_line, from_text

# Stages


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ("conv 6 k5 | relu | pool 2", "3x32x32", ["conv 5×5, 6 · relu", "maxpool 2×2 /2"]),
        ("conv 8 k3 s2 | gelu | dropout .2", "3x9x9", ["conv 3×3 /2, 8 · gelu · dropout 0.2"]),
        ("conv 8 k1x7 s=[1 2] | leaky .1", "3x9x9", ["conv 1×7 /1×2, 8 · leaky 0.1"]),
        ("conv 8 k3 d2 g4", "8x9x9", ["conv 3×3 d2 g4, 8"]),
        ("conv 16 k3 g8 p1", "8x9x9", ["conv 3×3 depthwise, 16"]),
        ("conv 8 k3 w=he(fan_out) bias=no in=3", "3x9x9", ["conv 3×3, 8"]),
        ("conv 8 k9 s3", "2x99", ["conv k9 /3, 8"]),
        ("conv 8 k3 s=[1 2 2]", "1x9x9x9", ["conv 3×3×3 /1×2×2, 8"]),
        ("pool 3 s1 p1", "3x9x9", ["maxpool 3×3"]),
        ("avgpool to=2 | gap", "3x9x9", ["avgpool to 2×2", "global avgpool"]),
        ("gmp | flatten | relu", "3x9", ["global maxpool", "flatten · relu"]),
        ("fc 5 bias=no | bn | softmax", "3", ["fc 5 · bn · softmax"]),
        ("bn eps=1e-3 | relu | conv 4", "3x9x9", ["bn · relu", "conv 1×1, 4"]),
        ("softmax axis=2 | flatten from=2", "3x9x9", ["softmax axis=2", "flatten from=2"]),
    ],
)  # fmt: skip
def test_a_stage_is_a_layer_with_what_follows_it(text, shape, expected):
    assert heads(text, shape) == expected


def test_copies_are_one_stage_with_their_number():
    assert heads("3 * { conv 8 k3 p1 | relu }")[1:] == ["conv 3×3, 8 · relu × 2"]


def test_equal_stages_are_one_with_their_number():
    text = "conv 8 k3 p1 | relu | " * 3 + "conv 8 k3 p1"
    assert heads(text) == ["conv 3×3, 8 · relu", "conv 3×3, 8 · relu × 2", "conv 3×3, 8"]
    once, twice, _ = stages(graph_of(text))
    assert twice.parameters == 2 * (8 * 8 * 9 + 8)
    assert once.parameters == 3 * 8 * 9 + 8


def test_stages_hold_all_parameters_and_macs():
    graph = network(from_command_line("lenet"))
    assert sum(stage.parameters for stage in stages(graph)) == graph.parameters
    assert sum(stage.macs for stage in stages(graph)) == graph.macs


def test_what_builds_nothing_is_not_drawn():
    assert heads("id | expect 3x?x? | relu | id") == ["relu"]


def test_a_network_without_steps_that_build_can_be_drawn():
    assert edges_of(charts(graph_of("id")).main) == ["input -> output"]


def test_a_huge_network_is_cut_and_says_so():
    graph = graph_of(" | ".join(f"conv {width} k1" for width in range(1, 301)), "1x2x2")
    found = stages(graph)
    (gap,) = (stage for stage in found if isinstance(stage, Gap))
    assert len(found) == MAX_NODES + 1
    assert gap.stages == 300 - MAX_NODES
    assert sum(stage.parameters for stage in found) == graph.parameters
    assert "… 200 more" in dot(graph)
    assert "… 200 more" in str(Drawing(graph))


# Branches and named values


def test_branches_are_drawn_as_branches():
    chart = charts(graph_of("conv 4 | relu | add(conv 4 k3 p1 | bn, id) | tanh")).main
    assert edges_of(chart) == [
        "input -> conv 1×1, 4 · relu",
        "conv 1×1, 4 · relu -> conv 3×3, 4 · bn",
        "conv 3×3, 4 · bn -> add",
        "conv 1×1, 4 · relu ~> add",
        "add -> tanh",
        "tanh -> output",
    ]


def test_a_branch_that_is_alone_is_part_of_the_chain():
    assert heads("conv 4 | add(relu, id if C == 3) | bn") == ["conv 1×1, 4 · relu · bn"]


def test_split_parts_and_meets():
    chart = charts(graph_of("split(relu, id)", "4x8x8")).main
    assert edges_of(chart) == [
        "input -> split",
        "split -> relu",
        "relu -> concat",
        "split ~> concat",
        "concat -> output",
    ]


def test_named_values_lead_from_their_name_to_their_use():
    text = "conv 4 | -> a | pool 2 | conv 8 | up 2 | concat(id, @a) | conv 1"
    edges = edges_of(charts(graph_of(text)).main)
    assert "conv 1×1, 4 ~> concat" in edges
    assert "up 2 -> concat" in edges


def test_a_side_output_leaves_the_main_way():
    text = "conv 4 | -> a | flatten | fc 5 | output aux train | @a | conv 8"
    assert edges_of(charts(graph_of(text)).main) == [
        "input -> conv 1×1, 4",
        "conv 1×1, 4 ~> flatten",
        "flatten -> fc 5",
        "fc 5 -> aux (training)",
        "conv 1×1, 4 -> conv 1×1, 8",
        "conv 1×1, 8 -> output",
    ]


def test_several_inputs_and_outputs_are_nodes():
    text = "input a 4\ninput b 6\nfc 3 -> x\n@b | fc 3 | output other | add(id, @x) | output both"
    graph = network(from_text(text))
    assert edges_of(charts(graph).main) == [
        "a -> fc 3",
        "b -> fc 3",
        "fc 3 ~> other",
        "fc 3 -> add",
        "fc 3 -> add",
        "add -> both",
    ]
    assert "a 4, b 6 → both 3, other 3" in dot(graph)


def test_a_value_that_a_layer_takes_besides_leads_to_it():
    text = "conv 4 | -> a | pool 2 | up like=@a"
    assert "conv 1×1, 4 ~> up" in edges_of(charts(graph_of(text)).main)


def test_what_a_body_holds_is_drawn_in_place():
    text = "use std\nfc 8 | residual { -> x | fc 8 | add(id, @x) }"
    assert edges_of(charts(graph_of(text, "8")).main) == [
        "input -> fc 8",
        "fc 8 -> fc 8",
        "fc 8 -> add",
        "fc 8 ~> add",
        "fc 8 ~> add",
        "add -> add",
        "add -> output",
    ]


# Blocks

BOTTLENECK = """
block shortcut(c, s) { if s > 1 or C != c { conv c k1 s=s | bn } }
block unit(c, s=1) {
  let w = c//4
  add(conv w | relu | conv w k3 s=s p1 | relu | conv c, shortcut c s) | relu
}
"""


def test_calls_of_one_size_are_a_table():
    text = BOTTLENECK + "conv 8 | unit 16 | 2 * unit 16 | unit 32 s2 | unit 32"
    _, first, second = stages(graph_of(text))
    assert [(row.copies, row.input.channels, row.output.channels) for row in first.rows] == [
        (1, 8, 16),
        (2, 16, 16),
    ]
    assert [row.arguments for row in second.rows] == [{"c": "32", "s": "2"}, {"c": "32"}]
    assert (first.copies, second.copies) == (3, 2)


def test_a_block_is_drawn_once_for_all_its_uses_that_look_the_same():
    graph = graph_of(BOTTLENECK + "conv 8 | unit 16 | 2 * unit 16 | unit 32 s2 | unit 32")
    projected, plain = charts(graph).aside
    assert (projected.title, plain.title) == ("unit A", "unit B")
    assert edges_of(plain) == [
        "• -> conv 1×1, w · relu",
        "conv 1×1, w · relu -> conv 3×3, w · relu",
        "conv 3×3, w · relu -> conv 1×1, c",
        "conv 1×1, c -> add",
        "• ~> add",
        "add -> relu",
    ]
    assert "conv 1×1 /s, c · bn -> add" in edges_of(projected)


def test_the_network_s_nodes_hold_all_parameters_and_macs():
    graph = graph_of(BOTTLENECK + "conv 8 | unit 16 | 3 * unit 16 | for c in [32 64] { unit c s2 }")
    assert sum(stage.parameters for stage in stages(graph)) == graph.parameters
    assert sum(stage.macs for stage in stages(graph)) == graph.macs


def test_a_small_block_is_drawn_in_place_by_the_names_of_its_caller():
    text = "block cbr(c, k=1) { conv c k=k | bn | relu }\n"
    text += "block two(a, b) { cbr a | cbr 2*b k3 }\ntwo 4 6 | two 8 6 | two 4 3"
    (chart,) = charts(graph_of(text)).aside
    assert edges_of(chart) == [
        "• -> conv 1×1, a · bn · relu",
        "conv 1×1, a · bn · relu -> conv 3×3, 2*b · bn · relu",
    ]


def test_a_block_of_calls_alone_is_their_table():
    text = BOTTLENECK + "block stage(c, n) { n * unit c }\nconv 8 | one: stage 16 2"
    drawn = charts(graph_of(text))
    _, table = stages(graph_of(text))
    assert (table.holder, table.title, table.copies) == ("one", "unit", 2)
    assert [chart.title for chart in drawn.aside] == ["unit A", "unit B"]


def test_a_recursive_block_is_drawn_once_a_structure():
    text = "block net(c, n) { conv c k3 p1 | if n > 0 { concat(id, pool 2 | net 2*c (n-1) | up 2)"
    text += " | conv c } }\nnet 4 3 | conv 1"
    drawn = charts(graph_of(text))
    recursive, innermost = drawn.aside
    assert [recursive.title, innermost.title] == ["net A", "net B"]
    assert "maxpool 2×2 /2 -> net" in edges_of(recursive)
    assert "maxpool 2×2 /2 -> conv 3×3, 32" in edges_of(innermost)


def test_depth_says_how_many_levels_are_opened():
    text = BOTTLENECK + "stem: { conv 8 | pool 2 } | for c in [16 32] { unit c | conv c } | gap"
    graph = graph_of(text)
    assert heads(text, depth=1) == ["stem · 2 steps", "loop1 · 2 turns", "global avgpool"]
    assert charts(graph, 1).aside == charts(graph, 2).aside == ()
    opened = ["conv 1×1, 8", "maxpool 2×2 /2", "unit", "conv 1×1, 16", "unit", "conv 1×1, 32"]
    assert heads(text, depth=2) == heads(text) == [*opened, "global avgpool"]
    assert [chart.title for chart in charts(graph, 3).aside] == ["unit"]
    for depth in (1, 2, 3):
        assert sum(stage.macs for stage in stages(graph, depth)) == graph.macs


def test_copies_and_labelled_groups_have_frames():
    inside = charts(graph_of("stem: { conv 8 | pool 2 } | 3 * { conv 8 | pool 1 }")).main.inside
    assert [one.title for one in inside if isinstance(one, Frame)] == ["stem", "× 3"]


def test_windows_have_a_frame_and_count_each_of_them():
    graph = graph_of("conv 4 | windows 4 s=2 { ln | attn 2 | add(id, fc 4) } | relu")
    frame = charts(graph).main.inside[2]
    assert frame.title == "windows 4×4, shifted"
    assert sum(stage.macs for stage in stages(graph)) == graph.macs


def test_shared_weights_are_marked_and_counted_once():
    text = "share head = { conv 3 k3 p1 | relu }\nhead | pool 2 | head"
    graph = graph_of(text)
    assert heads(text) == [
        "conv 3×3, 3 · relu shared",
        "maxpool 2×2 /2",
        "conv 3×3, 3 · relu shared",
    ]
    assert [stage.parameters for stage in stages(graph)] == [84, 0, 0]
    assert "<I>shared</I>" in dot(graph)


def test_shared_parts_are_drawn_aside_like_blocks():
    text = "share head = { conv 3 k3 p1 | relu | conv 3 }\nhead | pool 2 | head"
    drawn = charts(graph_of(text))
    assert heads(text) == ["head shared", "maxpool 2×2 /2", "head shared"]
    assert [chart.title for chart in drawn.aside] == ["head"]


@pytest.mark.parametrize(
    "text",
    [
        f"concat({', '.join(['relu'] * 500)})",
        f"block wide {{ concat({', '.join(['relu'] * 500)}) }}\nwide",
        " | ".join(f"{{ conv {n} | -> v{n} | add(id, @v{n}) }}" for n in range(1, 200)),
        "\n".join(f"block b{n} {{ conv {n + 1} | bn | conv 1 }}" for n in range(99))
        + "\n"
        + " | ".join(f"b{n}" for n in range(99)),
        "block b0 { relu | pool 1 }\n"
        + "\n".join(f"block b{n} {{ b{n - 1} | b{n - 1} }}" for n in range(1, 15))
        + "\nb14",
        "50000 * { relu | pool 1 }",
    ],
    ids=["wide", "wide block", "long", "many blocks", "deep", "repeated"],
)
def test_pictures_are_bounded(text):
    drawn = charts(graph_of(text, "1x2x2"))
    sizes = [len(list(nodes_of(chart.inside))) for chart in (drawn.main, *drawn.aside)]
    assert sizes[0] <= MAX_NODES + 3
    assert sum(sizes[1:]) <= 200 + MAX_ASIDE
    assert "digraph" in dot(graph_of(text, "1x2x2"))
