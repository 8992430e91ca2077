"""What the scores of `specs/autoencoder.arch` and `specs/unet.arch` are to be compared with.

    python benchmarks/baselines.py --data-root data

Of an autoencoder: the mean squared error of an answer that is always the mean training image, and
of the best linear one with as many numbers in between (principal components of the training
images). Of the segmentation: the scores of an answer that is always the background.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from torchvision.datasets import MNIST

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "specs"))
from digits_on_pictures import load

CODE, CLASSES = 32, 11


def autoencoders(root: Path) -> tuple[float, float]:
    """The mean squared errors on the test images, with pixels of 0 to 1."""
    train, test = (
        MNIST(root, train=part, download=True).data.numpy().reshape(-1, 784) / 255
        for part in (True, False)
    )
    rest, centred = test - train.mean(0), train - train.mean(0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    largest = vectors[:, -CODE:]
    left = rest - rest @ largest @ largest.T
    return float((rest**2).mean()), float((left**2).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-root", type=Path, default=Path("data"))
    root = parser.parse_args().data_root
    mean, linear = autoencoders(root)
    print(f"autoencoder: mean image {mean:.4f}, {CODE} principal components {linear:.4f}")
    _, (_, classes) = load(root)
    share = float((classes == 0).mean())
    print(f"unet: background alone {100 * share:.2f} % of the pixels, iou {share / CLASSES:.4f}")


if __name__ == "__main__":
    main()
