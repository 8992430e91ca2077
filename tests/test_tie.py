"""`fc c tie=words`: one parameter under two names."""

import pytest
import torch
from torch import nn

import archc

LANGUAGE_MODEL = "input 9 int\nwords: embed 50 8 | lstm 8 | fc 50 tie=words"


class ByHand(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(50, 8)
        self.lstm1 = nn.LSTM(8, 8, batch_first=True)
        self.fc1 = nn.Linear(8, 50)
        self.fc1.weight = self.words.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc1(self.lstm1(self.words(x))[0])


def test_as_written_by_hand() -> None:
    torch.manual_seed(0)
    ours = archc.compile(LANGUAGE_MODEL)
    torch.manual_seed(0)
    theirs = ByHand()
    expected = theirs.state_dict()
    assert ours.state_dict().keys() == expected.keys()
    assert all(torch.equal(tensor, expected[n]) for n, tensor in ours.state_dict().items())
    ids = torch.randint(50, (2, 9))
    assert torch.equal(ours(ids), theirs(ids))
    counted = sum(p.numel() for p in theirs.parameters())
    assert archc.check(LANGUAGE_MODEL).parameters == counted
    assert archc.summary(LANGUAGE_MODEL).parameters == counted
    assert len(list(ours.parameters())) == len(list(theirs.parameters()))


def test_training_moves_both() -> None:
    net = archc.compile(LANGUAGE_MODEL)
    net(torch.randint(50, (2, 9))).sum().backward()
    torch.optim.SGD(net.parameters(), lr=0.1).step()
    assert net.fc1.weight is net.words.weight


@pytest.mark.parametrize("left_out", [None, "words.weight", "fc1.weight"])
def test_either_name_fills_it(left_out: str | None) -> None:
    given = archc.compile(LANGUAGE_MODEL).state_dict()
    kept = {name: tensor for name, tensor in given.items() if name != left_out}
    net = archc.load(LANGUAGE_MODEL, weights=kept)
    assert net.fc1.weight is net.words.weight
    assert torch.equal(net.words.weight, given["words.weight"])


def test_copies_under_both_names_fill_it_if_they_are_equal() -> None:
    given = {n: t.clone() for n, t in archc.compile(LANGUAGE_MODEL).state_dict().items()}
    net = archc.load(LANGUAGE_MODEL, weights=given)
    assert torch.equal(net.fc1.weight, given["fc1.weight"])
    given["fc1.weight"] += 1
    with pytest.raises(archc.ArchError, match=r"`fc1.weight` \(50x8\) is in the file alone"):
        archc.load(LANGUAGE_MODEL, weights=given)


def test_other_names_fill_it_by_order() -> None:
    theirs = nn.ModuleDict({"encoder": nn.Embedding(50, 8), "decoder": nn.Linear(8, 50)})
    theirs["decoder"].weight = theirs["encoder"].weight
    text = "input 9 int\nwords: embed 50 8 | fc 50 tie=words"
    net = archc.load(text, weights=theirs.state_dict())
    assert torch.equal(net.fc1.weight, theirs["encoder"].weight)
    assert torch.equal(net.fc1.bias, theirs["decoder"].bias)


TEXTS = {
    "input 8\n2 * { a: fc 8 | relu | fc 8 tie=a }": [
        ("repeat1.0.a", "repeat1.0.fc1"),
        ("repeat1.1.a", "repeat1.1.fc1"),
    ],
    "input 8\nblock b { a: fc 8 | relu | fc 8 tie=a }\n2 * b | relu | b": [
        ("b1.0.a", "b1.0.fc1"),
        ("b1.1.a", "b1.1.fc1"),
        ("b2.a", "b2.fc1"),
    ],
    "input 8\na: fc 8 | relu | 2 * fc 8 tie=a": [("a", "fc1.0"), ("a", "fc1.1")],
    "input 8\nfor i in 0..2 { a: fc 8 | tanh | fc 8 tie=a }": [
        ("loop1.0.a", "loop1.0.fc1"),
        ("loop1.1.a", "loop1.1.fc1"),
    ],
    "input 8\nshare s = fc 8\ns | relu | s | tanh | fc 8 tie=s": [("s", "fc1")],
    "input 8\na: fc 8 | add(id, relu | fc 8 tie=a) | p: { b: fc 8 | fc 8 tie=b | fc 8 tie=a }": [
        ("a", "fc1"),
        ("p.b", "p.fc1"),
        ("a", "p.fc2"),
    ],
    "input 8\na: fc 8 | b: fc 8 tie=a | fc 8 tie=b": [("a", "b"), ("a", "fc1")],
    "input 8\nuse std\na: fc 8 | residual { b: fc 8 | fc 8 tie=b | fc 8 tie=a }": [
        ("b", "fc1"),
        ("a", "fc2"),
    ],
}


@pytest.mark.parametrize("text", TEXTS)
def test_each_copy_has_its_own(text: str) -> None:
    net = archc.compile(text)
    names: dict[int, set[str]] = {}
    for name, parameter in net.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), set()).add(name.removesuffix(".weight"))
    groups = [group for group in names.values() if len(group) > 1]
    for owner, user in TEXTS[text]:
        assert any({owner, user} <= group for group in groups), (owner, user)
    assert sum(len(group) - 1 for group in groups) == len(TEXTS[text])
    assert archc.check(text).parameters == sum(p.numel() for p in net.parameters())
    assert net(torch.randn(2, 8)).shape == (2, 8)


def test_the_owner_says_how_it_starts() -> None:
    text = (
        "input 8\ndefault fc w=zeros bias=zeros\n"
        "block b { a: fc 8 w=ones | fc 8 tie=a bias=ones }\nfc 8 | fc 8 | 2 * b | fc 8"
    )
    net = archc.compile(text)
    for copy in net.b1:
        assert copy.fc1.weight is copy.a.weight
        assert bool((copy.fc1.weight == 1).all())
        assert bool((copy.fc1.bias == 1).all())
    assert not bool(net.fc3.weight.any())


def test_the_loop_that_starts_all_of_a_kind_leaves_it_alone() -> None:
    text = (
        "input 9 int\ndefault fc w=zeros\n"
        "words: embed 8 8 w=ones | fc 8 | fc 8 | fc 8 | fc 8 tie=words"
    )
    net = archc.compile(text)
    assert bool((net.words.weight == 1).all())
    assert not bool(net.fc1.weight.any())


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("words: fc 8 | fc 8 tie=word", "E0218", "did you mean `words`?"),
        ("fc 8 tie=a | a: fc 8", "E0218", "expected the label of a step before this one, got `a`"),
        ("2 * { a: fc 8 } | fc 8 tie=a", "E0218", "got `a`"),
        ("block b { a: fc 8 }\nb | fc 8 tie=a", "E0218", "got `a`"),
        ("a: fc 9 | fc 8 tie=a", "E0329", "needs a weight of 8x9, `a` has one of 9x8"),
        ("a: relu | fc 8 tie=a", "E0329", "`a` has none of its own"),
        ("a: { fc 8 | relu } | fc 8 tie=a", "E0329", "`a` has none of its own"),
        ("a: fc 8 | fc 8 tie=a w=zeros", "E0211", "without `w`"),
        ("fc 8 tie=3", "E0203", "the label of a step, such as `words`"),
        ("a: fcc 8 | fc 8 tie=a", "E0201", "`fc`"),
        ("if no { fc 8 tie=a }\nfc 8", "E0218", "got `a`"),
    ],
)
def test_refusals(text: str, code: str, message: str) -> None:
    report = archc.check(f"input 8\n{text}")
    assert [d.code for d in report.diagnostics] == [code]
    with pytest.raises(archc.ArchError, match="error") as raised:
        archc.build(f"input 8\n{text}")
    assert message in str(raised.value)
