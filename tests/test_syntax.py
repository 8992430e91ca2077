"""From text to tree: separators, signs, values, brackets and what a syntax error says."""

from typing import Any

import pytest

from archc.source import Source, Span
from archc.syntax import tree
from archc.syntax.parse import MAX_SIZE, Parsed, parse


def parsed(text: str) -> Parsed:
    return parse(Source("test", text))


def items(text: str) -> tuple[tree.Item, ...]:
    result = parsed(text)
    assert result.diagnostics == (), [d.message for d in result.diagnostics]
    return result.file.items


def brief(node: Any) -> Any:
    """A node without spans, as nested tuples that begin with the node's name."""
    if isinstance(node, Span):
        return None
    if isinstance(node, tuple) and hasattr(node, "_fields"):
        fields = zip(node._fields, node, strict=True)
        return (type(node).__name__, *(brief(value) for name, value in fields if name != "span"))
    return tuple(brief(part) for part in node) if isinstance(node, tuple) else node


def value(text: str) -> Any:
    """The tree of an expression behind `let x =`."""
    (let,) = items(f"let x = {text}")
    assert isinstance(let, tree.Let)
    return brief(let.value)


def argument(text: str) -> Any:
    """The first argument of a step, briefly."""
    (step,) = items(text)
    assert isinstance(step, tree.Call)
    return brief(step.arguments[0].value)


@pytest.mark.parametrize(
    "text",
    [
        "conv 8 | relu",
        "conv 8\nrelu",
        "conv 8 |\nrelu",
        "conv 8\n| relu",
        "\n\n| conv 8 |\n\n   # a comment\n| relu |\n",
        "conv 8\r\nrelu\r\n",
        "conv 8;relu",
    ],
)
def test_separators_mean_the_same(text: str) -> None:
    assert [brief(item)[1] for item in items(text)] == [("Name", "conv"), ("Name", "relu")]


@pytest.mark.parametrize(
    "text",
    [
        "add(id, conv 8)",
        "add(\n  id,\n  conv 8\n)",
        "add(\n  id\n  ,\n  conv 8,\n)",
    ],
)
def test_line_breaks_are_free_in_brackets(text: str) -> None:
    (merge,) = items(text)
    assert isinstance(merge, tree.Merge)
    assert len(merge.branches) == 2


def test_lines_go_on_within_a_branch() -> None:
    (merge,) = items("concat(\n  conv 8\n  relu,\n  id\n)")
    assert isinstance(merge, tree.Merge)
    assert [len(branch.steps) for branch in merge.branches] == [2, 1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1 2 3]", (((1, 2, 3),), False)),
        ("[1, 2, 3]", (((1, 2, 3),), False)),
        ("[\n 1\n 2\n]", (((1,), (2,)), True)),
        ("[1 2; 3 4]", (((1, 2), (3, 4)), True)),
        ("[1 2;]", (((1, 2),), True)),
        ("[]", ((), False)),
    ],
)
def test_lists_and_tables(text: str, expected: tuple[Any, bool]) -> None:
    kind, rows, table = value(text)
    assert kind == "ListOf"
    assert (tuple(tuple(cell[1] for cell in row) for row in rows), table) == expected


def test_a_minus_behind_a_space_begins_a_value() -> None:
    assert argument("take -1") == ("Unary", "-", ("Literal", 1))
    (step,) = items("slice 1 -1")
    assert isinstance(step, tree.Call)
    assert len(step.arguments) == 2


@pytest.mark.parametrize("text", ["a-1", "a - 1", "(a -1)", "a -1"])
def test_a_minus_subtracts_where_spaces_are_free(text: str) -> None:
    assert value(text) == ("Binary", "-", ("Name", "a"), ("Literal", 1))


def test_operators_bind_as_in_python() -> None:
    assert value("1+2*3") == (
        "Binary",
        "+",
        ("Literal", 1),
        ("Binary", "*", ("Literal", 2), ("Literal", 3)),
    )
    assert value("-2**2")[:2] == ("Unary", "-")
    assert value("0..n-1")[:2] == ("Binary", "..")
    assert value("not a == b")[:2] == ("Unary", "not")
    assert value("a if b else c")[0] == "Ternary"
    assert value("a[1:]") == ("Slice", ("Name", "a"), ("Literal", 1), None, None)
    assert value("[c*2 for c n in rows]")[0] == "Comprehension"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conv k3", ("Literal", 3)),
        ("conv k1x7", ("Size", (1, 7))),
        ("conv 0x3", ("Size", (0, 3))),
        ("conv ?x7", ("Size", (None, 7))),
        ("conv .5", ("Literal", 0.5)),
        ("conv 1e-3", ("Literal", 0.001)),
        ("conv yes", ("Literal", True)),
        ("conv none", ("Literal", None)),
        ('conv "a b"', ("Literal", "a b")),
        ("conv same", ("Name", "same")),
        ("conv input", ("Name", "input")),
        ("conv @e1.C", ("At", "e1.C")),
        ("conv he(fan_out)", ("Apply", "he", (("Argument", "place", None, ("Name", "fan_out")),))),
        ("conv in=7*7", ("Binary", "*", ("Literal", 7), ("Literal", 7))),
    ],
)
def test_values(text: str, expected: Any) -> None:
    assert argument(text) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("input 3x32x32", tree.Input),
        ("input image 3x?x?", tree.Input),
        ("input [3 size size]", tree.Input),
        ("input 256 int", tree.Input),
        ("param width = 64", tree.Param),
        ("use std", tree.Use),
        ('use "resnet.arch" as r', tree.Use),
        ('use python "pkg.module:Class" as gate', tree.Use),
        ("block unit { relu }", tree.Block),
        ("block shortcut(c, s=1, ..a) { conv c s=s ..a }", tree.Block),
        ("block resnet50 = resnet bottleneck [3 4 6 3]", tree.Block),
        ("train { data cifar10 | epochs 3 }", tree.Train),
        ("let w = c*width//64", tree.Let),
        ("share head = { conv 64 | relu }", tree.Share),
        ("default conv bias=no w=he(fan_out)", tree.Default),
        ("with bn eps=1e-3 { bn }", tree.With),
        ("output aux train", tree.Output),
        ("output aux", tree.Output),
        ("conv 8 -> k3", tree.Tap),
        ("-> e1", tree.Tap),
        ("@e1", tree.Recall),
        ("k3: conv 8", tree.Labelled),
        ("(n-1) * unit C", tree.Repeat),
        ("for c n in zip(a, b) { unit c }", tree.Loop),
        ("if c > 1 { relu } else if c { id } else { gelu }", tree.Condition),
        ("residual { ln | mha 12 }", tree.Call),
        ("nn.Hardtanh 0 6", tree.Call),
    ],
)
def test_every_construct_is_read(text: str, kind: type) -> None:
    (item,) = items(text)
    assert isinstance(item, kind)
    assert item.span.text == text


def test_a_guarded_branch() -> None:
    (merge,) = items("add(main, id if s == 1)")
    assert isinstance(merge, tree.Merge)
    assert [branch.test is None for branch in merge.branches] == [True, False]


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("conv 8 ,", "E0101", ",", "expected the end of the step, got `,`"),
        ("x = 3", "E0101", "=", "expected a value or the end of the step, got `=`"),
        ("conv k=[3 3", "E0102", "[", "expected `]` for this `[`, got the end of the text"),
        ("conv 3)", "E0103", ")", "expected a bracket that `)` closes, got none that is open"),
        ("fc a + b", "E0104", "a + b", "expected a value without spaces or in parentheses"),
        ("conv(3, 4)", "E0105", "conv", "expected the values of `conv` behind a space"),
        ("fc 99999999999999999999", "E0106", "9" * 20, "expected a number of at most 2**53"),
        ("conv \x00", "E0101", "\x00", "got the character U+0000"),
        ("for c { relu }", "E0101", "{", "got `{`"),
        ("let = 3", "E0101", "=", "expected a name, got `=`"),
    ],
)
def test_what_a_syntax_error_says(text: str, code: str, place: str, message: str) -> None:
    (problem,) = parsed(text).diagnostics
    assert (problem.code, problem.span.text) == (code, place)
    assert message in problem.message


def test_no_message_speaks_of_the_parsers_insides() -> None:
    texts = [
        "conv =",
        "block",
        "let x",
        "for in",
        "add(",
        "a:",
        "->",
        "output",
        "[",
        "if {",
        "train",
    ]
    for text in texts:
        for problem in parsed(text).diagnostics:
            assert not any(word.isupper() and len(word) > 2 for word in problem.message.split())


@pytest.mark.parametrize(
    "text",
    [
        "let a = 8 //\n 2",
        "for i in 0..n // C { conv 8 | conv i }",
        "if C // a == 2 { conv a }",
        "conv (C // a)",
        "concat(conv C//a, conv b)",
    ],
)
def test_a_division_is_no_comment(text: str) -> None:
    assert not parsed(text).diagnostics


@pytest.mark.parametrize("text", ["t(,)", "conv(,8)", "t(a,,b)"])
def test_an_empty_place_in_a_call_is_left_out(text: str) -> None:
    (problem,) = parsed(text).diagnostics
    written = str(problem.help).split("`")[1]
    assert written == " ".join(written.split())


def test_every_syntax_error_is_reported_once_and_the_rest_is_read() -> None:
    result = parsed("conv(3)\nrelu\nx = 3\npool 2\nconv k=[3\nfc 10")
    assert [p.line for p in result.diagnostics] == [5, 1, 3]
    kinds = [type(item).__name__ for item in result.file.items]
    assert kinds == ["Call", "Call", "Let", "Call", "Broken", "Call"]


def test_an_unclosed_brace_loses_what_is_indented_behind_it() -> None:
    result = parsed("train {\n  data mnist\n  epochs 3\nrelu")
    assert [type(item).__name__ for item in result.file.items] == ["Broken", "Call"]
    assert len(result.diagnostics) == 1


def test_bounds() -> None:
    assert parsed("#" * (MAX_SIZE + 1)).diagnostics[0].code == "E0001"
    assert {d.code for d in parsed("{" * 200 + "relu" + "}" * 200).diagnostics} == {"E0107"}
    assert {d.code for d in parsed("let x = " + "not " * 300 + "yes").diagnostics} == {"E0107"}
    assert {d.code for d in parsed("let x = 1" + "+1" * 300).diagnostics} == {"E0107"}
