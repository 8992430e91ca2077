"""What a network costs: parameters, MACs, memory, receptive fields. docs/conventions.md defines
them."""

from archc.cost.summary import Row, Summary, built, summarize

__all__ = ["Row", "Summary", "built", "summarize"]
