"""What the nodes of a picture cost, where they stand."""

from archc.graph import Graph, LayerItem, MergeItem, Region, WindowItem, known
from archc.graph.totals import Totals
from archc.symbolic import Size, number


class Costs:
    """Parameters and MACs of parts of a network. Within `window` each runs on all windows. There
    are none to be `shown` of a block whose uses have different ones, and no MACs of a network whose
    input has open sizes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.shown = True
        self.open = any(known(put.value).open for put in graph.inputs)
        self.window: WindowItem | None = None
        self._trains = bool(graph.train_outputs)
        self._parameters, self._macs = Totals(), Totals()
        self._known: dict[tuple[int, int], tuple[int, int]] = {}

    def region(self, region: Region) -> tuple[int, int]:
        """The costs of a region."""
        if not self.shown:
            return 0, 0
        key = id(region), id(self.window)
        if key not in self._known:
            self._known[key] = self._alone(region)
        return self._known[key]

    def layer(self, item: LayerItem) -> tuple[int, int]:
        """The costs of a layer."""
        if not self.shown:
            return 0, 0
        if self.window is None:
            return item.parameters, self._number(item.macs)
        return self._alone(self.window.region._replace(items=(item,)))

    def merge(self, item: MergeItem) -> int:
        """The MACs of a merge itself."""
        times = 1 if self.window is None else self.window.window.number
        return self._number(times * item.macs) if self.shown else 0

    def _number(self, macs: Size) -> int:
        return 0 if self.open else number(macs)

    def _alone(self, region: Region) -> tuple[int, int]:
        if self.window is None and not self._trains:
            # All of it is part of every evaluation: sums of what is inside are not made again.
            macs = self._macs.macs(region)
            return self._parameters.parameters(region), self._number(macs)
        if self.window is not None:
            region = region._replace(items=(self.window._replace(region=region),))
        alone = self.graph._replace(region=region)
        return alone.parameters, self._number(alone.macs)
