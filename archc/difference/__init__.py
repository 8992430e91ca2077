"""What differs between two networks: steps, how they are connected, shapes, parameters, MACs."""

from archc.difference.compare import Change, Difference, Part, compare

__all__ = ["Change", "Difference", "Part", "compare"]
