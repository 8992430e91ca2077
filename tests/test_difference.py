"""What differs between two networks: alignment, arguments, connections, totals; `archc diff`."""

import json

import pytest
from conftest import ROOT, RunPython

import archc
from archc.difference import Change

BASE = "input 3x8x8\nconv 8 k3 p1 | relu | pool 2\nflatten | fc 10\n"


def told(change: Change) -> tuple[object, ...]:
    paths = (p.row.path if p else None for p in (change.before, change.after))
    return change.kind, *paths


def changes(before: str, after: str) -> list[tuple[object, ...]]:
    return [told(change) for change in archc.diff(before, after).changes]


@pytest.mark.parametrize(
    "other",
    [
        BASE,
        BASE.replace("k3 p1", "k=[3 3] p=1 in=3"),
        BASE.replace("relu", "{ id | relu }"),
        "input 3x8x8\na: unit 8\nflatten | fc 10\nblock unit(c) { conv c k3 p1 | relu | pool 2 }",
    ],
)
def test_networks_that_compute_the_same_are_equal(other: str) -> None:
    difference = archc.diff(BASE, other)
    assert difference.equal
    assert difference.changes == ()


def test_names_are_counted_and_make_no_difference() -> None:
    difference = archc.diff(BASE, BASE.replace("conv", "stem: conv"))
    assert difference.equal
    assert difference.renamed == 1


def test_steps_that_come_and_go() -> None:
    bn = BASE.replace("| relu", "| bn | relu")
    assert changes(BASE, bn) == [("added", None, "bn1")]
    assert changes(bn, BASE) == [("removed", "bn1", None)]


def test_what_is_new_behind_equal_steps_keeps_the_rest() -> None:
    two = BASE.replace("| relu", "| relu | relu")
    assert [kind for kind, *_ in changes(BASE, two)] == ["added"]


def test_arguments_shapes_and_costs() -> None:
    difference = archc.diff(BASE, BASE.replace("conv 8", "conv 16"))
    conv, relu, *_ = difference.changes
    assert conv.arguments == {"c": ("8", "16")}
    assert (relu.arguments, relu.bare) == ({}, True)
    assert [c.after.row.step for c in difference.changes if c.after] == [
        "conv", "relu", "pool", "flatten", "fc"
    ]  # fmt: skip
    assert not difference.equal
    assert "~  conv1     conv c=8 -> 16" in str(difference)


def test_connections() -> None:
    text = "input 3x8x8\nconv 8 -> a\nrelu -> b\n{} | sigmoid\nadd(id, @b)\n"
    (change,) = archc.diff(text.replace("{}", "@a"), text.replace("{}", "@b")).changes
    assert change.takes == ("conv1", "relu1")
    ends = "input 8\nrelu -> a\ntanh | output x\n{}\nsquare"
    assert not archc.diff(ends.replace("{}", "@a"), ends.replace("{}", "id")).equal


def test_outputs_of_other_steps() -> None:
    text = "input 8\nrelu{} | tanh{} | sigmoid\n"
    one, other = text.format(" | output x", ""), text.format("", " | output x")
    difference = archc.diff(one, other)
    assert (difference.changes, difference.outputs) == ((), ("x",))
    assert not difference.equal
    assert "the output `x` is that of another step" in str(difference)


def test_inputs_are_told_apart() -> None:
    text = "input a 8\ninput b 8\nadd(id, {}, @b | relu)\n"
    assert not archc.diff(text.format("@a"), text.format("@b")).equal
    assert not archc.diff("input 8\nrelu", "input 9\nrelu").equal


def test_deeper_networks_are_aligned_by_path() -> None:
    resnet = f"{ROOT}/specs/torchvision/resnet.arch"
    difference = archc.diff(f"{resnet}:resnet18", f"{resnet}:resnet34")
    assert {change.kind for change in difference.changes} == {"added"}
    assert len(difference.changes) == 56
    assert "56 steps" in str(difference)
    wider = archc.diff(f"{resnet}:resnet50", f"{resnet}:resnext50_32x4d")
    assert {change.kind for change in wider.changes} == {"changed"}
    assert wider.renamed == 0


@pytest.mark.parametrize(
    "path", sorted((ROOT / "specs").glob("[!b]*/*.arch")), ids=lambda p: p.stem
)
def test_every_network_is_its_own(path) -> None:
    from archc.difference import compare
    from archc.pipeline import analyse_each
    from archc.spec import from_command_line

    graph = analyse_each(from_command_line(str(path)))[0].graph
    assert compare(graph, graph).equal


def test_large_networks_take_bounded_work() -> None:
    difference = archc.diff("input 8\n9000 * relu", "input 8\n9500 * relu")
    assert len(difference.changes) == 500


def test_diff_as_a_command(run_archc: RunPython) -> None:
    same = run_archc("diff", "lenet", "specs/lenet.arch")
    assert (same.returncode, same.stderr) == (0, "")
    assert "parameters  62,006\n" in same.stdout
    other = run_archc("diff", "lenet", "mnist")
    assert other.returncode == 1
    assert "parameters  62,006 -> 421,642 (+359,636)" in other.stdout
    assert run_archc("diff", "-e", BASE, "-e", BASE).returncode == 0
    assert run_archc("diff", "lenet").returncode == 2
    assert run_archc("diff", "lenet", "-e", "conv").returncode == 1


def test_diff_as_json(run_archc: RunPython) -> None:
    done = run_archc(
        "diff", "-e", BASE, "-e", BASE.replace("| relu", "| bn | relu"), "--format", "json"
    )
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["version"], answer["equal"]) == (1, False)
    assert answer["before"]["parameters"] + 16 == answer["after"]["parameters"]
    (step,) = answer["steps"]
    assert (step["change"], step["before"]) == ("added", None)
    assert (step["after"]["path"], step["after"]["output"]) == ("bn1", [8, 8, 8])
