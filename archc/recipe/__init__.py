"""What a `train` block says, read and checked without torch."""

from archc.recipe.check import check
from archc.recipe.model import Choice, Recipe
from archc.recipe.options import parse_options
from archc.recipe.read import read

__all__ = ["Choice", "Recipe", "check", "parse_options", "read"]
