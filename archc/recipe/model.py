"""The recipe of a training: what `train` says, with what it leaves unsaid filled in."""

from archc.layers.values import Value, written
from archc.recipe.choice import Choice
from archc.recipe.losses import wanted
from archc.source import Span
from archc.tuples import NamedTuple


class Recipe(NamedTuple):
    """How to train.

    `source` is the path behind `folder` and `npz`, or the `pkg:fn` behind `python`; `choices` are
    options of a data set, such as EMNIST's `split`. `normalize` is `auto`, `imagenet` or empty.
    `val` is the share of the training data held back for validation. `further` are the losses of
    further outputs and `rates` the factors of parts' learning rates, by name. Of the numbers 0
    means: not at all. `stop` counts epochs without gain, `metrics` are scored besides loss and
    accuracy. `spans` has the place of every key that was said.
    """

    data: str | None = None
    source: str | None = None
    choices: tuple[tuple[str, Value], ...] = ()
    normalize: str = "auto"
    prepare: tuple[Choice, ...] = ()
    augment: tuple[Choice, ...] = ()
    optimizer: Choice = Choice("adamw", (("lr", 1e-3),))
    schedule: Choice | None = None
    loss: Choice = Choice("cross_entropy")
    further: tuple[tuple[str, Choice], ...] = ()
    epochs: int = 10
    batch: int = 128
    seed: int = 0
    val: float = 0
    weights: str | None = None
    freeze: tuple[str, ...] = ()
    rates: tuple[tuple[str, float], ...] = ()
    accumulate: int = 1
    clip: float = 0
    ema: float = 0
    mixup: float = 0
    cutmix: float = 0
    stop: int = 0
    metrics: tuple[str, ...] = ()
    spans: tuple[tuple[str, Span], ...] = ()

    @property
    def reconstructs(self) -> bool:
        """Whether the target is the network's own input, as for an autoencoder."""
        return self.loss.get("target") == "input"

    @property
    def classifies(self) -> bool:
        """Whether the targets are classes."""
        return wanted(self.loss.name) == "classes"

    @property
    def watches(self) -> str | None:
        """What says how training goes on by validation data, and needs some."""
        if self.stop:
            return "`stop` watches the loss"
        if self.schedule is not None and self.schedule.get("mode") == "max":
            return "`plateau mode=max` watches the accuracy"
        return None

    def span(self, key: str) -> Span | None:
        """Where a key was said."""
        return dict(self.spans).get(key)

    def texts(self) -> dict[str, str]:
        """Every key with the text that, read again, gives the same recipe."""
        data = str(Choice(self.data or "", self.choices))
        data = f"{data} {written(self.source)}" if self.source else data
        rare = ("accumulate", "clip", "ema", "mixup", "cutmix", "stop")
        unsaid = Recipe._field_defaults
        numbers = {key: value for key in rare if (value := getattr(self, key)) != unsaid[key]}
        pipes = {key: pipe for key in ("prepare", "augment") if (pipe := getattr(self, key))}
        return {
            **({"data": data} if data else {}),
            "normalize": self.normalize or "no",
            **{key: f"{{ {' | '.join(map(str, pipe))} }}" for key, pipe in pipes.items()},
            "optimizer": str(self.optimizer),
            "schedule": str(self.schedule or "none"),
            "loss": str(self.loss),
            **{f"loss {name}": str(choice) for name, choice in self.further},
            "epochs": str(self.epochs),
            "batch": str(self.batch),
            "seed": str(self.seed),
            "val": written(self.val),
            **({"weights": written(self.weights)} if self.weights else {}),
            **({"freeze": " ".join(map(_part, self.freeze))} if self.freeze else {}),
            **{f"lr {_part(name)}": written(factor) for name, factor in self.rates},
            **{key: written(number) for key, number in numbers.items()},
            **({"metrics": " ".join(self.metrics)} if self.metrics else {}),
        }


def _part(name: str) -> str:
    """The name of a part as a line can have it: texts hold any name."""
    return f'"{name}"'
