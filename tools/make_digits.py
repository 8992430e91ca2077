"""Builds archc/data/digits.npz from scikit-learn's copy of the UCI digits.

For the record: the result is in the repository, and nothing else here needs scikit-learn.

    python -m venv /tmp/digits && /tmp/digits/bin/pip install scikit-learn
    /tmp/digits/bin/python tools/make_digits.py

The split does not depend on a random generator's version, and the archive carries no time, so
that every run gives the same bytes (with the same zlib).
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

TARGET = Path(__file__).resolve().parent.parent / "archc" / "data" / "digits.npz"
TEST_IMAGES = 360
SEED = "archc digits 1"


def main() -> None:
    digits = load_digits()
    labels = digits.target.astype(np.uint8)
    train, test = split(labels)
    arrays = {
        "images": digits.images.astype(np.uint8),
        "labels": labels,
        "train": train,
        "test": test,
    }
    TARGET.write_bytes(npz(arrays))
    print(f"{TARGET}: {len(train)} + {len(test)} images, {TARGET.stat().st_size:,} bytes")


def split(labels: NDArray[np.uint8]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Indices of the training and of the test images, ascending, each class in proportion."""
    wanted = test_counts(np.bincount(labels))
    test: list[int] = []
    for label, count in enumerate(wanted):
        members = np.flatnonzero(labels == label).tolist()
        test += sorted(members, key=draw)[:count]
    train = sorted(set(range(len(labels))) - set(test))
    return np.array(train, np.int16), np.array(sorted(test), np.int16)


def test_counts(sizes: NDArray[np.intp]) -> list[int]:
    """How many test images each class gives: largest remainders, exactly TEST_IMAGES in all."""
    total = int(sizes.sum())
    counts = [int(size) * TEST_IMAGES // total for size in sizes]
    by_remainder = sorted(
        range(len(sizes)), key=lambda label: -(int(sizes[label]) * TEST_IMAGES % total)
    )
    for label in by_remainder[: TEST_IMAGES - sum(counts)]:
        counts[label] += 1
    return counts


def draw(index: int) -> bytes:
    """A fixed random key of an image."""
    return hashlib.sha256(f"{SEED} {index}".encode()).digest()


def npz(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """What `np.savez_compressed` writes, with a constant time stamp."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            file.writestr(entry, content.getvalue(), compresslevel=9)
    return archive.getvalue()


if __name__ == "__main__":
    main()
