"""The diagram: its stages, its DOT text, and what Graphviz makes of it."""

import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from conftest import ROOT

import archc
from archc.cli.main import load_command
from archc.diagram import FORMATS, THEMES, CannotRender, Drawing, dot, render
from archc.diagram.chart import Chart, End, Frame, Merge, nodes_of
from archc.diagram.charts import MAX_ASIDE, MAX_NODES, charts
from archc.diagram.dot import DIRECTIONS
from archc.diagram.program import TIME_LIMIT
from archc.diagram.text import MAX_TEXT
from archc.diagram.units import Calls, Gap, Stage
from archc.graph import Graph
from archc.pipeline import network
from archc.spec import from_command_line, from_text

EXPECTED = ROOT / "tests" / "corpus" / "draw"
SHIPPED = ("digits", "lenet", "torchvision/resnet:resnet50", "torchvision/googlenet:googlenet")

needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None, reason="`dot` of Graphviz is not installed"
)


def graph_of(text: str, shape: str = "3x32x32", name: str = "net") -> Graph:
    return network(from_text(text, network=name)._replace(inputs=(shape,)))


def stages(graph: Graph, depth: int | None = None) -> list[Stage | Calls | Gap]:
    """The nodes of a network's own chart, its ends and merges apart."""
    contents = [node.content for node in nodes_of(charts(graph, depth).main.inside)]
    return [content for content in contents if isinstance(content, Stage | Calls | Gap)]


def words(content) -> str:
    """A node in words, as the picture shows it."""
    if isinstance(content, Stage):
        text = " · ".join([content.head, *content.behind])
    elif isinstance(content, Calls):
        text = content.title
    elif isinstance(content, Merge):
        return content.kind
    else:
        return content.name if isinstance(content, End) else "•"
    shared = " shared" if content.shared else ""
    return text + shared + (f" × {content.copies}" if content.copies != 1 else "")


def heads(text: str, shape: str = "3x32x32", depth: int | None = None) -> list[str]:
    """The stages in one line each, as the nodes show them."""
    return [words(stage) for stage in stages(graph_of(text, shape), depth)]


def edges_of(chart: Chart) -> list[str]:
    """The edges of a chart in words: `a -> b`, and `a ~> b` for those that lead past others."""
    names = {node.id: words(node.content) for node in nodes_of(chart.inside)}
    return [
        f"{names[edge.tail]} {'~>' if edge.skip else '->'} {names[edge.head]}"
        for edge in chart.edges
    ]


def without_dot(tmp_path: Path) -> dict[str, str]:
    """An environment in which no program is found."""
    return {"PATH": str(tmp_path)}


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


# DOT


@pytest.mark.parametrize("name", SHIPPED)
def test_dot_of_a_shipped_spec(name, expect):
    file = name.rpartition(":")[2]
    expect(EXPECTED / f"{file}.dot", dot(network(from_command_line(name))))


def test_the_picture_goes_on_to_the_graphviz_package():
    pytest.importorskip("graphviz")
    drawing = Drawing(network(from_command_line("lenet")))
    assert drawing.source().source.strip() == drawing.dot.strip()


def test_the_picture_says_in_words_what_it_shows():
    text = dot(network(from_command_line("lenet")))
    for words in (
        "<B>lenet</B>",
        "3×32×32 → 10",
        "LeNet-5 on CIFAR-10",
        "62.0 k params · 652 k MACs",
        "orange bar = share of MACs, blue = share of params",
        "<B>conv 5×5, 6</B> · relu",
        "48.1 k params",
        "353 k MACs",
        " 16 × 10 × 10 ",
    ):
        assert words in text, words


def test_an_edge_says_the_shape_where_it_changes():
    lines = dot(graph_of("relu | conv 4 k3 | tanh | pool 2 | conv 4 k3 p1 | pool 3")).splitlines()
    edges = [line.strip() for line in lines if " -> " in line]
    labelled = [line.partition(" [")[0] for line in edges if "label" in line]
    assert len(edges) == 6
    assert labelled == ["n3 -> n4", "n4 -> n5"]


def test_bars_are_shares_of_the_whole():
    text = dot(graph_of("flatten | fc 1 bias=no | fc 3 bias=no", "1"))
    widths = [int(part.partition('"')[0]) for part in text.split('FIXEDSIZE="TRUE" WIDTH="')[1:]]
    # The bar's frame, then its filled and its empty part: parameters and MACs of each stage.
    assert widths == [56, 14, 42] * 2 + [56, 42, 14] * 2


def test_themes_differ_in_colours_alone():
    graph = network(from_command_line("digits"))
    texts = {theme: dot(graph, theme) for theme in THEMES}
    assert len(set(texts.values())) == 3
    assert {text.count("label") for text in texts.values()} == {texts["light"].count("label")}
    greys = {part[:6] for part in texts["print"].split("#")[1:] if not part.startswith("160")}
    assert all(grey[:2] == grey[2:4] == grey[4:] for grey in greys)
    assert 'bgcolor="#16181c"' in texts["dark"]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours. Source: WCAG 2.2, relative luminance."""

    def luminance(color: str) -> float:
        shares = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return sum(w * s for w, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_texts_stand_out_from_what_is_behind_them(theme):
    pairs = [(colors.text, colors.fill) for colors in (theme.ends, *theme.families.values())]
    pairs += [(theme.text, theme.background), (theme.text, theme.body)]
    pairs += [(theme.faint, theme.background)]
    assert min(contrast(*pair) for pair in pairs) >= 4.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"theme": "pink"}, "there is no theme 'pink'; there are light, dark, print"),
        ({"direction": "up"}, "there is no direction 'up'; there are tb, lr"),
    ],
)
def test_unknown_looks_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Drawing(graph_of("relu"), **arguments)


# Texts of a spec


HOSTILE = [
    "<script>alert(1)</script>",
    '"><a href="javascript:alert(1)">x</a>',
    "]]> --> &lt; &amp; &#60; <B> </TD></TR></TABLE>",
    "a &unknown; entity &#1; &#x0;",
    "back\\slash \\N \\G \\n \\",
    "bell\a null\0 escape\033[31m right\u202eleft zero\u200bwidth",
    "long " * 10_000,
    "\u202e\u200b",
    "日本語 Ünïcode 🙂 \ud800",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_texts_of_a_spec_cannot_steer_the_picture(text):
    graph = graph_of("conv 4 k3 | relu")._replace(title=text, name=text)
    source = dot(graph)
    assert len(source) < 10_000
    assert all(c.isprintable() for line in source.splitlines() for c in line)
    assert "\\" not in source
    if shutil.which("dot") is None:
        return
    root = ET.fromstring(render(source, "svg"))
    tags = {element.tag.partition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "title", "polygon", "path", "polyline", "text"}
    shown = " ".join(element.text or "" for element in root.iter() if element.tag.endswith("text"))
    printable = "".join(c for c in " ".join(text.split()) if c.isprintable())
    assert printable[: MAX_TEXT // 2] in shown.replace("\u2216", "\\")


# Graphviz


@needs_dot
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_look_renders(theme, direction):
    text = (
        "bn | conv 8 k3 | leaky .1 | " + "conv 8 k3 p1 | relu | " * 2 + "pool 2 | flatten | fc 10"
    )
    graph = graph_of(text)
    root = ET.fromstring(render(dot(graph, theme, direction), "svg"))
    assert [e.text for e in root.iter() if e.tag.endswith("title")] == ["net, 3×32×32 → 10"]
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert {"conv 3×3, 8", "× 2", "flatten", "fc 10"} <= set(texts)
    assert THEMES[theme].background in ET.tostring(root, encoding="unicode")
    width, height = (float(root.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    assert (height > width) == (direction == "tb")


@needs_dot
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_text_is_readable_at_the_width_of_a_page(direction):
    """The smallest text has 12 points; a page is 454 points wide, a slide 960."""
    root = ET.fromstring(
        render(dot(network(from_command_line("lenet")), direction=direction), "svg")
    )
    sizes = [float(e.attrib["font-size"]) for e in root.iter() if e.tag.endswith("text")]
    width = float(root.attrib["width"].removesuffix("pt"))
    target = 454 if direction == "tb" else 960
    assert min(sizes) * min(1, target / width) >= (11 if direction == "tb" else 6)


@needs_dot
@pytest.mark.parametrize(
    ("name", "start"),
    [("net.svg", b"<?xml"), ("net.PNG", b"\x89PNG"), ("net.pdf", b"%PDF"), ("a.b.dot", b"digraph")],
)
def test_the_suffix_says_the_format(run_archc, tmp_path, name, start):
    result = run_archc("draw", "lenet", "-o", name)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", f"wrote {name}\n")
    assert (tmp_path / name).read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [name]


def test_dot_text_needs_no_graphviz(run_archc, tmp_path):
    result = run_archc("-q", "draw", "lenet", "-o", "net.dot", env=without_dot(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "net.dot").read_text("utf-8") == dot(network(from_command_line("lenet")))


def test_without_graphviz_the_dot_text_is_written_beside(run_archc, tmp_path):
    (tmp_path / "out").mkdir()
    result = run_archc("draw", "lenet", "-o", "out/net.svg", env=without_dot(tmp_path))
    assert (result.returncode, result.stdout) == (1, "")
    assert os.listdir(tmp_path / "out") == ["net.dot"]
    assert "`dot` of Graphviz is not installed" in result.stderr
    assert "apt install graphviz" in result.stderr
    assert "wrote out/net.dot" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "-o is missing"),
        (["-o", "net.jpg"], "ends in one of .svg, .png, .pdf, .dot, got 'net.jpg'"),
        (["-o", "net"], "ends in one of .svg, .png, .pdf, .dot, got 'net'"),
        (["-o", ".svg"], "ends in one of .svg, .png, .pdf, .dot, got '.svg'"),
        (["-o", "net.svg", "--theme", "pink"], "--theme"),
        (["-o", "net.svg", "--direction", "up"], "--direction"),
        (["-o", "missing/net.dot"], "missing/net.dot: No such file or directory"),
    ],
)
def test_wrong_usage(run_archc, tmp_path, arguments, message):
    result = run_archc("draw", "lenet", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert os.listdir(tmp_path) == []


def test_a_mistake_is_a_diagnostic_and_nothing_is_written(run_archc, tmp_path):
    result = run_archc("draw", "-e", "conv 8 k9", "--input", "1x4x4", "-o", "net.svg")
    assert (result.returncode, result.stdout) == (1, "")
    assert "-e:1:8: error[E0303]" in result.stderr
    assert os.listdir(tmp_path) == []


def test_formats_are_graphvizs():
    with pytest.raises(ValueError, match="there is no format 'jpg'; there are svg, png, pdf"):
        render("digraph {}", "jpg")
    assert FORMATS == ("svg", "png", "pdf")


@needs_dot
def test_a_text_that_is_not_dot_is_said():
    with pytest.raises(CannotRender, match=r"`dot` failed: .*syntax error"):
        render("digraph {", "svg")


def test_a_layout_that_takes_too_long_is_given_up(monkeypatch):
    def endless(command, **options):
        raise subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(shutil, "which", lambda _: "dot")
    monkeypatch.setattr(subprocess, "run", endless)
    with pytest.raises(CannotRender, match=f"more than {TIME_LIMIT} seconds"):
        render("digraph {}", "svg")


# The API


@needs_dot
def test_a_notebook_shows_the_picture():
    drawing = archc.draw("conv 4 k3 | relu", input="1x8x8", theme="dark")
    assert drawing._repr_svg_() == drawing.svg()
    assert "#16181c" in drawing.svg()


def test_without_graphviz_a_notebook_shows_the_stages(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    drawing = archc.draw("conv 4 k3 | relu | flatten | fc 5", input="1x8x8")
    assert drawing._repr_svg_() is None
    assert repr(drawing).splitlines() == [
        "net: 1×8×8 → 5",
        "  conv 3×3, 4 · relu: 4×6×6, 40 params",
        "  flatten: 144",
        "  fc 5: 5, 725 params",
    ]
    drawing.save(tmp_path / "net.dot")
    assert (tmp_path / "net.dot").read_text("utf-8") == drawing.dot
    with pytest.raises(CannotRender):
        drawing.save(tmp_path / "net.svg")
    assert os.listdir(tmp_path) == ["net.dot"]


def test_drawing_dot_loads_the_core_alone(run_python):
    code = (
        "import sys; from archc.cli.main import main;"
        "assert main(['draw', 'digits', '-o', 'net.dot']) == 0;"
        "assert not {'torch', 'numpy', 'graphviz'} & sys.modules.keys()"
    )
    result = run_python("-c", code)
    assert result.returncode == 0, result.stderr


def test_the_command_offers_every_look():
    choices = {p.name: list(getattr(p.type, "choices", ())) for p in load_command("draw").params}
    assert (choices["theme"], choices["direction"]) == (list(THEMES), list(DIRECTIONS))
