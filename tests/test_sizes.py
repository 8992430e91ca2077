"""`archc sizes`: what is said of input sizes, in words and to programs."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from size_nets import AUX, SAID, SIAMESE, UNET

import archc
from archc.pipeline import network
from archc.sizing import find_sizes
from archc.sizing.runs import Run, holds, runs
from archc.sizing.search import search
from archc.sizing.words import sizes_text
from archc.spec import from_text


@pytest.mark.parametrize(("text", "said"), SAID.values(), ids=SAID)
def test_says_it_in_words(text, said):
    assert str(archc.sizes(text)).startswith(said)


# Runs of sizes

WORDS = {
    "any size from 21 on": (Run(21, None, 1),),
    "exactly 28": (Run(28, 28, 1),),
    "from 17 to 1,032": (Run(17, 1032, 1),),
    "28, 30 or 32": (Run(28, 28, 1), Run(30, 30, 1), Run(32, 32, 1)),
    "from 16 to 64 in steps of 16": (Run(16, 64, 16),),
    "32 and every larger multiple of 16": (Run(32, None, 16),),
    "odd sizes from 7 on": (Run(7, None, 2),),
    "21, 37 and so on in steps of 16": (Run(21, None, 16),),
    "from 32 to 33, 35 and so on in steps of 32": tuple(Run(n, None, 32) for n in (32, 33, 35)),
    "every size from 29 on except 31, 33 and 34": (
        Run(29, 30, 1), Run(32, 32, 1), Run(35, None, 1),
    ),
    "8 or any size from 40 on": (Run(8, 8, 1), Run(40, None, 1)),
    "8 or 32 and every larger multiple of 16": (Run(8, 8, 1), Run(32, None, 16)),
}  # fmt: skip


@pytest.mark.parametrize(("said", "found"), WORDS.items(), ids=WORDS)
def test_words_of_runs(said, found):
    assert sizes_text(found) == said


@given(
    st.lists(st.booleans(), min_size=1, max_size=20),
    st.lists(st.booleans(), min_size=1, max_size=9),
)
def test_runs_hold_exactly_what_was_accepted(start, pattern):
    accepted = start + pattern * 24
    found = runs(5, accepted)
    assert [holds(found, size) for size in range(5, 5 + len(accepted))] == accepted
    if any(pattern):
        # A pattern that came often enough goes on.
        later = [holds(found, 5 + len(start) + n) for n in range(40 * len(pattern))]
        assert later == pattern * 40


def test_very_large_inputs_are_tried_within_bounds():
    deep = network(from_text("input 1x90000\n500 * { conv 4 k3 p1 | relu | conv 4 k3 }"))
    found = search(deep)
    (group,) = found.groups
    assert group.runs == (Run(1001, None, 1),)
    assert not group.each
    (huge,) = search(network(from_text("input 1x1000000000\nconv 1 k3"))).groups
    assert huge.runs[0].stop is None
    many = "\n".join(f"input x{n} 3x8x8" for n in range(60))
    read = ", ".join(f"@x{n}" for n in range(60))
    wide = network(from_text(f"{many}\nconcat({read}) | conv 2"))
    assert len(search(wide).axes) == 120


# The command and the API


def test_one_network_in_text(run_archc):
    result = run_archc("sizes", "lenet")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0] == "H, W: from 32 to 35"
    assert result.stdout.rstrip("\n") == str(archc.sizes("specs/lenet.arch"))


def test_a_library_gives_a_line_a_network(run_archc, tmp_path):
    text = "input 3x32x32\nblock a { conv 2 k5 }\nblock b { gap | flatten | fc 2 }\n"
    (tmp_path / "two.arch").write_text(text)
    result = run_archc("sizes", "two.arch")
    assert result.stdout == (
        "two.arch:a: H, W: any size from 5 on\ntwo.arch:b: H, W: any size from 1 on\n"
    )
    chosen = run_archc("sizes", "two.arch:a", "--input", "image=1x8x6")
    assert chosen.stdout.startswith("H, W: any size from 5 on\n  4: `conv` needs")


def test_settings_and_texts(run_archc):
    text = "param k = 3\ninput 3x32x32\nconv 2 k=k"
    result = run_archc("sizes", "-e", text, "--set", "k=7")
    assert result.stdout.startswith("H, W: any size from 7 on\n")
    assert str(archc.sizes(text, k=7)) + "\n" == result.stdout


def test_json(run_archc):
    result = run_archc("sizes", "-e", UNET, "--format", "json")
    found = json.loads(result.stdout)
    (net,) = found["networks"]
    multiples = [{"from": 4, "to": None, "step": 4}]
    channels = [{"from": 2, "to": 2, "step": 1}]
    assert found["version"] == 1
    assert net["inputs"] == {
        "x": {"shape": [2, 8, 8], "axes": {"C": channels, "H": multiples, "W": multiples}}
    }
    assert net["refusals"][0]["axes"] == ["x.H"]
    assert (net["refusals"][0]["step"], net["refusals"][0]["line"]) == ("concat", 5)
    assert net["tried"]["x.H"] == {"from": 1, "to": 1024, "each": True}
    assert (net["besides"], net["but_not"], net["equal"]) == (None, None, [])


def test_json_of_what_depends_on_each_other():
    found = find_sizes(network(from_text(SIAMESE))).as_json()
    assert found["equal"] == [["a.H", "b.H"], ["a.W", "b.W"]]
    found = find_sizes(network(from_text(SAID["not each pair"][0]))).as_json()
    assert found["but_not"]["sizes"] == {"x.H": 8, "x.W": 8}
    assert found["besides"] == {"x.H": 516, "x.W": 7}
    evaluation = find_sizes(network(from_text(AUX))).as_json()["evaluation"]
    assert evaluation["axes"]["x.H"] == [{"from": 5, "to": None, "step": 1}]


def test_mistakes_are_reported(run_archc):
    result = run_archc("sizes", "-e", "input 3x8x8\nfc 10")
    assert result.returncode == 1
    assert result.stdout == ""
    assert "error[E0301]" in result.stderr
    with pytest.raises(archc.ArchError):
        archc.sizes("input 3x8x8\nfc 10")


def test_needs_no_torch(run_python):
    code = (
        "import archc, sys; archc.sizes('conv 2 k3', input='1x8x8'); print('torch' in sys.modules)"
    )
    assert run_python("-c", code).stdout == "False\n"


# Sizes that the spec leaves open

OPEN = {
    "map": ("input 2x?x?\n" + UNET.partition("\n")[2], "H, W: 4 and every larger multiple of 4\n"),
    "text": ("input ? int\nembed 10 4 | mha 2 | mean", "L: any size from 1 on\n"),
    "one": ("input 3x?x64\nconv 8 k3 s2 | gap | flatten | fc 3", "H, W: any size from 3 on\n"),
    "like another": (
        "input a 3x?x?\ninput b 3x7x9\nconcat(conv 4, @b | conv 4)",
        "a.H = b.H, a.W = b.W: any size from 1 on\n",
    ),
    "none found": (
        "input a 3x?x?\ninput b 3x?x?\nconcat(conv 4, @b | conv 4 k2)",
        "a.H, a.W, b.H, b.W: no sizes were found that fit, give some with --input\n",
    ),
}


@pytest.mark.parametrize(("text", "said"), OPEN.values(), ids=OPEN)
def test_open_sizes_are_tried(text, said):
    assert str(archc.sizes(text)).startswith(said)


def test_open_sizes_in_json():
    found = find_sizes(network(from_text(OPEN["one"][0]))).as_json()
    assert found["inputs"]["x"]["shape"] == [3, None, 64]
