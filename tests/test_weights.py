"""Weights from outside: what fits is found, what does not is said, and nothing is run."""

import os
import pickle
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from compare import randomise, relative_error
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision import models

import archc
from archc.weights import Entry, match
from archc.weights.order import Disorder

NET = "input 1x8x8\nconv 8 k3 | bn | relu | flatten | fc 10"
RESNET = "specs/torchvision/resnet.arch:resnet18"


def state(text: str = NET) -> dict[str, Tensor]:
    net = archc.compile(text)
    randomise(net)
    return net.state_dict()


def assert_filled(net: nn.Module, expected: dict[str, Tensor]) -> None:
    found = net.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in found.items())


def problem(text: str, weights: object, **options: object) -> str:
    with pytest.raises(archc.ArchError) as raised:
        archc.load(text, weights=weights, **options)  # type: ignore[arg-type]
    assert len(raised.value.diagnostics) == 1
    return str(raised.value)


# --- what is found ---


@pytest.mark.parametrize("kind", ["dict", "pt", "safetensors", "legacy"])
def test_own_weights_come_back(tmp_path: Path, kind: str) -> None:
    given, file = state(), tmp_path / f"weights.{'pt' if kind == 'legacy' else kind}"
    if kind == "safetensors":
        save_file(given, file)
    else:
        torch.save(given, file, _use_new_zipfile_serialization=kind == "pt")
    for weights in [given] if kind == "dict" else [file, str(file)]:
        assert_filled(archc.load(NET, weights=weights), given)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "_orig_mod.module.", "student."])
@pytest.mark.parametrize("key", [None, "state_dict", "model"])
def test_wrappers_are_seen_through(prefix: str, key: str | None) -> None:
    given = state()
    wrapped: object = {prefix + name: tensor for name, tensor in given.items()}
    weights = wrapped if key is None else {"epoch": 3, key: wrapped, "optimizer": {}}
    assert_filled(archc.load(NET, weights=weights), given)  # type: ignore[arg-type]


def test_averaged_models_and_counts_that_are_missing() -> None:
    given = state()
    counted = given.pop("bn1.num_batches_tracked")
    averaged = {"n_averaged": torch.tensor(3), **{f"module.{n}": t for n, t in given.items()}}
    net = archc.load(NET, weights=averaged)
    assert_filled(net, {**given, "bn1.num_batches_tracked": counted})


class ByHand(nn.Module):
    """The tensors of NET in its order, under names of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8))
        self.head = nn.Linear(288, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.relu(self.stem(x)).flatten(1))


def test_other_names_are_found_by_order() -> None:
    theirs = ByHand().eval()
    randomise(theirs)
    theirs.stem[1].num_batches_tracked += 7
    ours = archc.load(NET, weights=theirs.state_dict()).eval()
    x = torch.randn(2, 1, 8, 8)
    with torch.inference_mode():
        assert relative_error(ours(x), theirs(x)) < 1e-5
    assert ours.bn1.num_batches_tracked == 7


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
@pytest.mark.parametrize("name", ["resnet:resnet18", "regnet:regnet_x_400mf", "swin:swin_t"])
def test_files_of_torchvision(tmp_path: Path, name: str, suffix: str) -> None:
    """Files of safetensors are sorted by name: torchvision knows the order."""
    family, _, model = name.partition(":")
    theirs = models.get_model(model, weights=None).eval()
    randomise(theirs)
    file = tmp_path / f"weights.{suffix}"
    (save_file if suffix == "safetensors" else torch.save)(theirs.state_dict(), file)
    spec = f"specs/torchvision/{family}.arch:{model}"
    ours = archc.load(spec, input="3x64x64", weights=file).eval()
    x = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    with torch.inference_mode():
        assert relative_error(ours.double()(x), theirs.double()(x)) < 1e-9


def test_half_precision_is_widened() -> None:
    given = {name: tensor.half() for name, tensor in state().items()}
    net = archc.load(NET, weights=given)
    assert net.fc1.weight.dtype == torch.float32
    assert torch.equal(net.fc1.weight, given["fc1.weight"].float())


# --- what does not fit ---


def test_another_head() -> None:
    given = models.resnet18(weights=None).state_dict()
    text = problem(RESNET, given, classes=10)
    assert "resnet.arch:26:19: error[E0502]: `the state dict` does not fit the network" in text
    assert "`fc1.weight` is 10x512 here, 1000x512 in the file (`fc.weight`)" in text
    assert "`fc1.bias` is 10 here, 1000 in the file (`fc.bias`)" in text
    assert 'partial=["fc1"]' in text


@pytest.mark.parametrize("partial", [True, ["fc1"], "fc1", ["fc"]])
def test_another_head_is_left_out(partial: object) -> None:
    given = models.resnet18(weights=None).state_dict()
    net = archc.load(RESNET, weights=given, classes=10, partial=partial)  # type: ignore[arg-type]
    assert net.fc1.out_features == 10
    assert torch.equal(net.stage4.unit1.conv1.weight, given["layer4.0.conv1.weight"])


def test_parts_that_fit_can_be_left_out_too() -> None:
    given = state()
    torch.manual_seed(0)
    fresh = archc.load(NET)
    torch.manual_seed(0)
    net = archc.load(NET, weights=given, partial=["fc1"])
    assert torch.equal(net.fc1.weight, fresh.fc1.weight)
    assert torch.equal(net.conv1.weight, given["conv1.weight"])


def test_a_part_that_is_not_there() -> None:
    text = problem(NET, state(), partial=["fc2"])
    assert "error[E0504]: there is no part `fc2`" in text
    assert "did you mean `fc1`?" in text


def test_missing_and_further_tensors() -> None:
    given = state()
    given["head.bias"] = given.pop("fc1.bias")
    text = problem(NET, given)
    assert "`fc1.bias` (10) is not in the file (is it `head.bias`?)" in text
    assert "`head.bias` (10) is in the file alone" in text
    archc.load(NET, weights=given, partial=True)


def test_few_of_many_misfits_are_listed() -> None:
    given = {name: tensor[:1] for name, tensor in state().items() if tensor.ndim}
    text = problem(NET, given)
    assert text.count(" here, ") == 5
    assert "and 3 more" in text


@pytest.mark.parametrize("other", ["resnet34", "resnet50", "squeezenet1_1"])
def test_weights_of_another_network(other: str) -> None:
    given = models.get_model(other, weights=None).state_dict()
    text = problem(RESNET, given)
    assert "error[E0503]: `the state dict` does not tell which" in text
    assert "tensors have a counterpart there" in text


def test_a_network_stays_as_it_is_where_weights_do_not_fit() -> None:
    from archc.module import build_module
    from archc.pipeline import network
    from archc.spec import from_text
    from archc.weights import load_weights

    graph = network(from_text(NET))
    net = build_module(graph)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    with pytest.raises(archc.ArchError):
        load_weights(net, graph, {**state(), "fc1.bias": torch.zeros(11)})
    assert_filled(net, before)


# --- order does not guess ---


def entries(*modules: str) -> list[Entry]:
    """`name:8` is a norm, `name:8x4` a matrix; both have a bias."""
    found = []
    for module in modules:
        name, _, sizes = module.partition(":")
        shape = tuple(map(int, sizes.split("x")))
        found += [Entry(f"{name}.weight", shape), Entry(f"{name}.bias", shape[:1])]
    return found


OWN = entries("a1.ln1:8", "a1.fc1:8x8", "a2.ln1:8", "a2.fc1:8x8", "ln1:8")


def test_norms_may_be_made_elsewhere_in_their_module() -> None:
    given = entries("x.0.mlp:8x8", "x.0.norm:8", "x.1.mlp:8x8", "x.1.norm:8", "last:8")
    found = match(OWN, given)
    assert found.misfits == ()
    assert found.names["a2.ln1.weight"] == "x.1.norm.weight"
    assert found.names["a2.fc1.bias"] == "x.1.mlp.bias"


def test_modules_are_not_torn_apart() -> None:
    """The last norm was made first: by order alone every norm would be one too early."""
    given = entries("last:8", "x.0.norm:8", "x.0.mlp:8x8", "x.1.norm:8", "x.1.mlp:8x8")
    with pytest.raises(Disorder, match="`a1` would be torn apart"):
        match(OWN, given)


def test_sorted_files_have_lost_their_order() -> None:
    given = sorted(entries("x.0.norm:8", "x.0.z:8x8", "x.1.norm:8", "x.1.z:8x8", "z:8"))
    with pytest.raises(Disorder, match="sorted by name"):
        match(OWN, given)


def test_names_win_over_order() -> None:
    found = match(OWN, OWN[::-1])
    assert found.names == {entry.name: entry.name for entry in OWN}
    assert found.misfits == ()


# --- files that hold no weights ---


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("pwned",)


def torch_bytes(value: object, path: Path) -> bytes:
    torch.save(value, path)
    return path.read_bytes()


def test_damaged_and_foreign_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole = torch_bytes(state(), tmp_path / "x")
    place = whole.index(state()["fc1.weight"].numpy().tobytes())
    flipped = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    cases = {
        "empty.pt": (b"", "it is empty"),
        "page.pt": (b"\n<!DOCTYPE html><html></html>", "it begins as a web page"),
        "pointer.pt": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        "cut.pt": (whole[: len(whole) // 2], "it is damaged"),
        "flipped.pt": (flipped, "it is damaged"),
        "noise.pt": (bytes(range(256)) * 9, "it is damaged"),
        "text.pt": (b"hello", "it is damaged"),
        "pickle.pt": (pickle.dumps(Evil()), "it is damaged"),
        "evil.pt": (torch_bytes(Evil(), tmp_path / "x"), "posix.mkdir, which was not run"),
        "module.pt": (torch_bytes(nn.Linear(2, 2), tmp_path / "x"), "Linear, which was not run"),
        "list.pt": (torch_bytes([torch.zeros(1)], tmp_path / "x"), "got list"),
        "numbers.pt": (torch_bytes({"a": 1}, tmp_path / "x"), "got a dict of int"),
        "damaged.safetensors": (b"foo bar baz qux", "it is damaged"),
        "cut.safetensors": (b"\xff" * 100, "it is damaged"),
    }
    for name, (content, reason) in cases.items():
        Path(name).write_bytes(content)
        text = problem(NET, name)
        assert f"{name}:1:1: error[E0501]: `{name}` holds no weights" in text
        assert reason in text, text
    assert not Path("pwned").exists()


def test_archives_that_unpack_to_more_are_refused(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1_000_000)}, tmp_path / "a.pt")
    packed = zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(tmp_path / "a.pt") as plain, packed:
        for item in plain.infolist():
            packed.writestr(item.filename, plain.read(item.filename))
    assert "a compressed archive" in problem(NET, tmp_path / "b.pt")


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for name in ("none.pt", "none.safetensors"):
        with pytest.raises(FileNotFoundError):
            archc.load(NET, weights=tmp_path / name)
    with pytest.raises(IsADirectoryError):
        archc.load(NET, weights=tmp_path)


def test_safetensors_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file(state(), tmp_path / "x.safetensors")
    monkeypatch.setitem(sys.modules, "safetensors", None)
    assert "pip install safetensors" in problem(NET, tmp_path / "x.safetensors")
