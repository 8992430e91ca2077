"""Data sets: what is said of them holds, missing ones are explained, batches are right."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT

from archc import datasets, recipe
from archc.datasets import DATASETS, DIGITS, RANDOM, DataSet
from archc.pipeline import network
from archc.recipe import Choice
from archc.spec import from_python
from archc.training.batches import augment, permutation, stream
from archc.training.data import Loaded, Normalizer, Split, hold_back, in_turn, normalizer
from archc.training.drawn import drawn
from archc.training.named import load
from archc.training.problem import RunError

REAL = Path(os.environ.get("ARCHC_DATA", ROOT.parent / "shared" / "data"))
CPU = torch.device("cpu")


def silent(remark: str) -> None:
    del remark


def real(name: str) -> Path:
    """The folder of real data, where the data set is there."""
    inside = {"mnist": "MNIST/raw", "cifar10": "cifar-10-batches-py"}[name]
    if not (REAL / inside).is_dir():
        pytest.skip(f"{name} is not in {REAL} (ARCHC_DATA names another folder)")
    return REAL


def loaded(dataset: DataSet, root: Path) -> tuple[Split, Split]:
    found = load(dataset, root, silent)
    return found.train, found.test


@pytest.mark.parametrize("name", ["digits", "mnist", "cifar10"])
def test_the_table_says_what_the_files_hold(name: str, tmp_path: Path) -> None:
    dataset = DATASETS[name]
    train, test = loaded(dataset, tmp_path if name == "digits" else real(name))
    assert dataset.shape is not None
    channels, *sides = dataset.shape.dims
    assert train.images.shape == (dataset.train, *sides, channels)
    assert test.images.shape == (dataset.test, *sides, channels)
    assert train.images.dtype == torch.uint8
    assert int(train.images.max()) == dataset.white
    assert sorted(train.classes.unique().tolist()) == list(range(dataset.classes or 0))
    levels = np.arange(256) / dataset.white
    for channel in range(channels):
        counts = np.bincount(train.images[..., channel].numpy().ravel(), minlength=256)
        mean = np.average(levels, weights=counts)
        deviation = np.sqrt(np.average((levels - mean) ** 2, weights=counts))
        assert mean == pytest.approx(dataset.mean[channel], abs=1e-4)
        assert deviation == pytest.approx(dataset.std[channel], abs=1e-4)


def test_names_that_others_use_lead_to_ours() -> None:
    assert datasets.known_as("CIFAR-10") == "cifar10"
    assert datasets.known_as("FashionMNIST") == "fashionmnist"
    assert datasets.known_as("imagenet21k") is None
    assert datasets.find("MNIST") is None


def test_random_data_is_the_networks_and_the_same_each_time() -> None:
    def of(text: str) -> tuple[Split, Split]:
        found = drawn(network(from_python(text)), recipe.read(None)[0])
        return found.train, found.test

    train, test = of("input 3x4x5\nflatten | fc 7")
    assert train.images.shape == (RANDOM.train, 4, 5, 3)
    assert test.size == RANDOM.test
    assert int(train.classes.max()) == 6
    again, _ = of("input 3x4x5\nflatten | fc 7")
    assert torch.equal(train.images, again.images)
    vectors, _ = of("input 9\nfc 2")
    assert vectors.images.shape == (RANDOM.train, 9)


@pytest.mark.parametrize("name", ["mnist", "fashionmnist", "cifar10"])
def test_missing_data_without_a_network_names_both_ways_out(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision import datasets as readers

    def no_network(self: Any) -> None:
        raise RuntimeError("no route to host")

    monkeypatch.setattr(getattr(readers, DATASETS[name].torchvision), "download", no_network)
    remarks: list[str] = []
    with pytest.raises(RunError, match=r"connect to a network, or point --data-root at"):
        load(DATASETS[name], tmp_path, remarks.append)
    assert remarks == [f"downloading {name} into {tmp_path}"]


@pytest.mark.parametrize("cut", [0, 3, 1000])
def test_a_damaged_file_is_said_to_be_damaged(cut: int, tmp_path: Path) -> None:
    shutil.copytree(real("mnist") / "MNIST", tmp_path / "MNIST")
    images = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte"
    images.write_bytes(images.read_bytes()[:cut])
    with pytest.raises(RunError, match=r"mnist in .* is damaged"):
        loaded(DATASETS["mnist"], tmp_path)


def test_pickles_are_read_only_where_their_checksum_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CIFAR-10 comes as pickles, which can run anything."""
    import pickle

    from torchvision.datasets import CIFAR10

    class Attack:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "run",))

    monkeypatch.setattr(CIFAR10, "download", lambda self: None)
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name, _ in (*CIFAR10.train_list, *CIFAR10.test_list, (CIFAR10.meta["filename"], "")):
        (folder / name).write_bytes(pickle.dumps(Attack()))
    with pytest.raises(RunError):
        loaded(DATASETS["cifar10"], tmp_path)
    assert not (tmp_path / "run").exists()


def split(count: int, *shape: int) -> Split:
    images = torch.randint(256, (count, *shape), dtype=torch.uint8, generator=stream(1))
    return Split(images, torch.arange(count))


class TestHoldingBack:
    def test_every_image_is_in_one_part(self) -> None:
        data = hold_back(Loaded(DIGITS, split(100, 2), split(5, 2)), 0.2, seed=3)
        assert (data.train.size, data.val.size, data.test.size) == (80, 20, 5)
        both = torch.cat([data.train.classes, data.val.classes])
        assert sorted(both.tolist()) == list(range(100))

    def test_the_seed_draws_them(self) -> None:
        first, same, other = (
            hold_back(Loaded(DIGITS, split(100, 2), split(5, 2)), 0.2, seed).val.classes
            for seed in (3, 3, 4)
        )
        assert torch.equal(first, same)
        assert not torch.equal(first, other)


class TestNormalizing:
    def test_pixels_get_mean_0_and_deviation_1(self) -> None:
        train, _ = loaded(DIGITS, Path())
        floats = normalizer(DIGITS, "auto", CPU)(train.images)
        assert floats.shape == (1437, 1, 8, 8)
        assert floats.mean().item() == pytest.approx(0, abs=1e-3)
        assert floats.std().item() == pytest.approx(1, abs=1e-3)

    def test_without_they_lie_from_0_to_1(self) -> None:
        train, _ = loaded(DIGITS, Path())
        floats = normalizer(DIGITS, "", CPU)(train.images)
        assert (floats.min().item(), floats.max().item()) == (0, 1)

    def test_channels_keep_their_own(self) -> None:
        dataset = DATASETS["cifar10"]
        images = split(2, 32, 32, 3).images
        floats = normalizer(dataset, "auto", CPU)(images)
        expected = (images[1, 5, 6, 2].item() / 255 - dataset.mean[2]) / dataset.std[2]
        assert floats[1, 2, 5, 6].item() == pytest.approx(expected, abs=1e-5)
        assert floats.is_contiguous(memory_format=torch.channels_last)

    @pytest.mark.parametrize("shape", [(4, 3), (4, 8, 3), (4, 8, 9, 3), (2, 5, 6, 7, 3)])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_numbers_of_any_order_in_memory_stay_as_they_are(self, shape, channels) -> None:
        normalize = Normalizer(torch.rand(channels), torch.rand(channels))
        numbers = torch.rand(shape)
        for given in (numbers, numbers.transpose(0, 1).contiguous().transpose(0, 1)):
            expected = (given * normalize.scale + normalize.shift).movedim(-1, 1)
            before = given.clone()
            assert torch.equal(normalize(given), expected)
            assert torch.equal(given, before)


class TestBatches:
    def test_an_epoch_sees_every_image_once(self) -> None:
        order = permutation(100, 0, 0)
        assert sorted(order.tolist()) == list(range(100))

    def test_seed_and_epoch_decide_the_order(self) -> None:
        orders = [permutation(100, seed, epoch).tolist() for seed in (0, 1) for epoch in (0, 1)]
        assert len({tuple(order) for order in orders}) == 4
        assert permutation(100, 1, 0).tolist() == orders[2]

    def test_in_turn_leaves_nothing_out(self) -> None:
        parts = list(split(10, 2).batches(in_turn(10, 4)))
        assert [part.size for part in parts] == [4, 4, 2]
        assert torch.cat([part.classes for part in parts]).tolist() == list(range(10))


class TestAugmenting:
    def test_flip_turns_whole_images(self) -> None:
        images = split(200, 4, 5, 3).images
        flipped = augment(images, [Choice("flip")], stream(0))
        turned = [
            torch.equal(after, before.flip(1))
            for before, after in zip(images, flipped, strict=True)
        ]
        kept = [torch.equal(after, before) for before, after in zip(images, flipped, strict=True)]
        assert all(a or b for a, b in zip(turned, kept, strict=True))
        assert 70 < sum(turned) < 130
        assert torch.equal(
            augment(images, [Choice("flip", (("p", 1.0),))], stream(0)), images.flip(2)
        )

    def test_crop_is_a_window_of_the_padded_image(self) -> None:
        images = split(50, 4, 5, 2).images
        cropped = augment(images, [Choice("crop", (("size", 4), ("pad", 1)))], stream(0))
        corners = set()
        for before, after in zip(images, cropped, strict=True):
            padded = torch.nn.functional.pad(before, (0, 0, 1, 1, 1, 1))
            windows = {
                (top, left): padded[top : top + 4, left : left + 5]
                for top in range(3)
                for left in range(3)
            }
            corners |= {key for key, window in windows.items() if torch.equal(window, after)}
        assert len(corners) == 9

    def test_one_stream_gives_one_result(self) -> None:
        images = split(20, 8, 8, 1).images
        transforms = [Choice("crop", (("size", 8), ("pad", 2))), Choice("flip")]
        first, same, other = (augment(images, transforms, stream(key)) for key in (5, 5, 6))
        assert torch.equal(first, same)
        assert not torch.equal(first, other)

    @pytest.mark.parametrize(
        "text",
        [
            "{ vflip 1 }",
            "{ rotate 30 }",
            "{ affine 10 translate=[.1 .1] }",
            "{ jitter .3 hue=.1 }",
            "{ resized_crop 8 }",
            "{ erase 1 }",
            "{ randaugment }",
            "{ trivialaugment }",
            "{ autoaugment cifar10 }",
            "{ augmix }",
            "{ perspective p=1 }",
            "{ blur 3 }",
        ],
    )
    def test_transforms_of_torchvision_draw_for_each_image(self, text: str) -> None:
        (line,) = recipe.parse_options({"augment": text})
        transforms = recipe.read(None, options=[line])[0].augment
        one = torch.randint(256, (1, 8, 8, 3), dtype=torch.uint8, generator=stream(2))
        images = one.repeat(16, 1, 1, 1)
        before = torch.get_rng_state()
        first, same, other = (augment(images, transforms, stream(key)) for key in (5, 5, 6))
        assert torch.equal(torch.get_rng_state(), before), "the training's own numbers stay"
        assert first.shape == images.shape
        assert first.dtype == torch.uint8
        assert torch.equal(first, same)
        if "vflip" in text:
            assert torch.equal(first, images.flip(1))
        else:
            assert not torch.equal(first, other)
            assert len({image.numpy().tobytes() for image in first}) > 3

    @pytest.mark.parametrize(
        "text",
        [
            "gray .5",
            "invert",
            "equalize",
            "autocontrast",
            "posterize 2",
            "solarize 50",
            "sharpness 3",
        ],
    )
    def test_transforms_happen_to_some_images(self, text: str) -> None:
        (line,) = recipe.parse_options({"augment": f"{{ {text} }}"})
        transforms = recipe.read(None, options=[line])[0].augment
        dark = torch.randint(99, (1, 32, 32, 3), dtype=torch.uint8, generator=stream(2))
        first, same = (augment(dark.repeat(16, 1, 1, 1), transforms, stream(5)) for _ in range(2))
        assert torch.equal(first, same)
        found = [image.numpy().tobytes() for image in first]
        assert len(set(found)) == 2
        assert dark[0].numpy().tobytes() in found
