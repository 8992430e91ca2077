"""What a `train` block says, read and checked without torch."""

from archc.recipe.check import check, no_data
from archc.recipe.choice import Choice
from archc.recipe.images import image_shape, prepared
from archc.recipe.model import Recipe
from archc.recipe.options import parse_options
from archc.recipe.read import read

__all__ = [
    "Choice",
    "Recipe",
    "check",
    "image_shape",
    "no_data",
    "parse_options",
    "prepared",
    "read",
]
