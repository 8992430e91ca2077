"""The recipe of a training: what `train` says, with what it leaves unsaid filled in."""

from typing import NamedTuple

from archc.layers.values import Value, written
from archc.source import Span


class Choice(NamedTuple):
    """One of several things by its name, such as an optimizer, with the options given."""

    name: str
    options: tuple[tuple[str, Value], ...] = ()

    def get(self, option: str, default: Value = None) -> Value:
        """The value of an option, or the default where it was not given."""
        return dict(self.options).get(option, default)

    def __str__(self) -> str:
        """As a spec writes it: `adam lr=0.001`."""
        return " ".join([self.name, *(f"{name}={written(value)}" for name, value in self.options)])


class Recipe(NamedTuple):
    """How to train. `val` is the share of the training data held back for validation, 0 for none.

    `spans` has the place of every key that was said.
    """

    data: str | None = None
    normalize: bool = True
    augment: tuple[Choice, ...] = ()
    optimizer: Choice = Choice("adamw", (("lr", 1e-3),))
    schedule: Choice | None = None
    loss: Choice = Choice("cross_entropy")
    epochs: int = 10
    batch: int = 128
    seed: int = 0
    val: float = 0
    spans: tuple[tuple[str, Span], ...] = ()

    @property
    def reconstructs(self) -> bool:
        """Whether the target is the network's own input, as for an autoencoder."""
        return self.loss.get("target") == "input"

    def span(self, key: str) -> Span | None:
        """Where a key was said."""
        return dict(self.spans).get(key)

    def texts(self) -> dict[str, str]:
        """Every key with the text that, read again, gives the same recipe."""
        return {
            **({"data": self.data} if self.data else {}),
            "normalize": "auto" if self.normalize else "no",
            **({"augment": f"{{ {' | '.join(map(str, self.augment))} }}"} if self.augment else {}),
            "optimizer": str(self.optimizer),
            "schedule": str(self.schedule or "none"),
            "loss": str(self.loss),
            "epochs": str(self.epochs),
            "batch": str(self.batch),
            "seed": str(self.seed),
            "val": written(self.val),
        }
