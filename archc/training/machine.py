"""Options of a training that are no keys of `train`, and the hardware that they mean."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archc.graph import Graph
from archc.recipe.every import Every, read_every
from archc.symbolic import Open
from archc.training import hardware, memory
from archc.training.problem import RunError
from archc.tuples import NamedTuple


class Machine(NamedTuple):
    """None leaves the choice to a run's config, or to us.

    `checkpoint_every` is the text of the interval between checkpoints within an epoch;
    `limit_batches` counts the batches of an epoch and of an evaluation. With `shard` several
    processes divide the weights among them. `profile` is for one call alone.
    """

    device: str | None = None
    precision: str | None = None
    compile: bool | None = None
    data_root: Path | None = None
    checkpoint_every: str | None = None
    limit_batches: int | None = None
    deterministic: bool | None = None
    tensorboard: bool | None = None
    profile: bool | None = None
    shard: bool | None = None

    def over(self, config: Mapping[str, Any]) -> "Machine":
        """These options where given, else those of a run."""
        said = {name: value for name, value in self._asdict().items() if value is not None}
        kept = {name: config.get(name) for name in Machine._fields}
        return Machine(**{**kept, "data_root": Path(config["data_root"]), **said})

    @property
    def root(self) -> Path:
        """Where data lies or goes."""
        return self.data_root or Path("data")

    def config(self) -> dict[str, object]:
        """What `config.json` says of them, beside the hardware that was found."""
        return {
            "data_root": str(self.root.absolute()),
            "compile": bool(self.compile),
            "checkpoint_every": self.checkpoint_every,
            "limit_batches": self.limit_batches,
            "deterministic": bool(self.deterministic),
            "tensorboard": bool(self.tensorboard),
            "shard": bool(self.shard),
        }

    @property
    def every(self) -> Every | None:
        """The interval between checkpoints within an epoch. Raises RunError."""
        if self.checkpoint_every is None:
            return None
        try:
            return read_every(str(self.checkpoint_every))
        except ValueError as error:
            raise RunError(f"--checkpoint-every: {error}") from None

    def hardware(self, graph: Graph) -> hardware.Hardware:
        """The device and precision for a network, and this process made ready for them. Raises
        RunError."""
        macs = graph.macs
        memory.keep_freed()
        hardware.be_deterministic(bool(self.deterministic))
        return hardware.choose(
            self.device or "auto",
            self.precision or "auto",
            None if isinstance(macs, Open) else macs,
        )
