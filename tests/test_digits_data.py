"""The embedded digits: the published images, and a split in proportion to the classes."""

import hashlib

import numpy as np
import pytest

from archc.resources import digits_file


@pytest.fixture(scope="module")
def digits():
    with np.load(digits_file(), allow_pickle=False) as archive:
        return dict(archive)


def test_arrays(digits):
    described = {name: (array.dtype.name, array.shape) for name, array in digits.items()}
    assert described == {
        "images": ("uint8", (1797, 8, 8)),
        "labels": ("uint8", (1797,)),
        "train": ("int16", (1437,)),
        "test": ("int16", (360,)),
    }
    assert digits["images"].max() == 16


def test_classes_are_those_of_the_published_test_file(digits):
    counts = np.bincount(digits["labels"]).tolist()
    assert counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_split_is_a_partition_in_proportion_to_the_classes(digits):
    both = np.concatenate([digits["train"], digits["test"]])
    assert sorted(both.tolist()) == list(range(1797))
    in_all = np.bincount(digits["labels"])
    in_test = np.bincount(digits["labels"][digits["test"]])
    assert np.abs(in_test - in_all * 360 / 1797).max() < 1


def test_content_never_changes(digits):
    content = b"".join(digits[name].astype("<i2").tobytes() for name in sorted(digits))
    assert (
        hashlib.sha256(content).hexdigest()
        == "671dc1ab4324932629fe92c0267ef2acfcfa1ded0c25c7cf773bd7dad843df7d"
    )
