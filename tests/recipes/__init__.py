"""Random recipes, trained: `python -m tests.recipes`."""

from .drawing import Case as Case
from .drawing import draw_case as draw_case
from .judging import judge as judge
