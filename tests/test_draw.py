"""The diagram's DOT text, and what Graphviz and the program make of it."""

import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from charts import graph_of
from conftest import ROOT, RunPython

import archc
from archc.cli.main import load_command
from archc.diagram import FORMATS, THEMES, CannotRender, Drawing, dot, render
from archc.diagram.dot import DIRECTIONS
from archc.diagram.program import TIME_LIMIT
from archc.diagram.text import MAX_TEXT
from archc.graph.sound import sound_part
from archc.pipeline import analyse, network
from archc.source import Source
from archc.spec import Spec, from_command_line

EXPECTED = ROOT / "tests" / "corpus" / "draw"
SHIPPED = ("digits", "lenet", "torchvision/resnet:resnet50", "torchvision/googlenet:googlenet")

needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None, reason="`dot` of Graphviz is not installed"
)


def without_dot(tmp_path: Path) -> dict[str, str]:
    """An environment in which no program is found."""
    return {"PATH": str(tmp_path)}


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


def test_a_network_with_a_mistake_is_drawn_up_to_it(run_archc: RunPython, tmp_path: Path) -> None:
    (tmp_path / "a.arch").write_text("input 3x8x8\nconv 8 k3\nrelu\nfc 10 | tanh\n")
    done = run_archc("draw", "a.arch", "-o", "a.dot")
    assert done.returncode == 1
    assert "error[E0301]" in done.stderr
    assert "wrote a.dot: the network up to its first mistake" in done.stderr
    drawn = (tmp_path / "a.dot").read_text()
    assert "3×8×8 → 8×6×6" in drawn
    assert "tanh" not in drawn
    (tmp_path / "b.arch").write_text("input 3x8x8\nfc 10\n")
    nothing = run_archc("draw", "b.arch", "-o", "b.dot")
    assert nothing.returncode == 1
    assert "no step stands in front of the first mistake" in nothing.stderr
    assert not (tmp_path / "b.dot").exists()


def test_what_is_sound_of_every_mistake_of_the_corpus_can_be_drawn() -> None:
    drawn = 0
    for path in sorted((ROOT / "specs" / "bad").glob("*.arch")):
        source = Source(path.name, path.read_text(encoding="utf-8"))
        found = analyse(Spec(source, path.stem, folder=str(path.parent)))
        mistakes = [d.span for d in found.diagnostics if d.severity == "error"]
        part = sound_part(found.graph, found.file, mistakes)
        if part is not None:
            assert Drawing(part).dot.startswith("digraph")
            drawn += 1
    assert drawn > 10
