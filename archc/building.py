"""A spec to the source of its module: the phases that `archc build` runs."""

from archc.emit import network_source
from archc.pipeline import analyse, variants
from archc.probe import Probe
from archc.spec import Spec


def build_source(spec: Spec, name: str | None = None) -> str:
    """The text of the PyTorch module, which ends with the network's class, called `name` if that is
    given. Raises ArchError."""
    with Probe() as probe:
        found = analyse(spec, probe=probe)
        return network_source(found.network(), name, variants(spec, found, probe))
