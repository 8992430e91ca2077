"""What to say of arguments that do not fit their step."""

from collections.abc import Sequence

from archc.diagnostic import Diagnostic, Safety
from archc.elaborate.evaluate import Evaluated
from archc.elaborate.fitting import fitting
from archc.elaborate.names import Names
from archc.elsewhere import ACTIVATIONS, key_here, keys_elsewhere, value_here
from archc.errors import names as errors
from archc.errors.base import nearest
from archc.errors.shapes import open_size
from archc.errors.spelling import name_as_argument, tap_as_value, without_value
from archc.errors.steps import activation_inside
from archc.fixes import put_behind, without, write
from archc.layers.base import ALIASES, LAYERS
from archc.layers.kinds import Kind, Number, Optional, PerPosition, Unfit, Whole
from archc.layers.values import Ref, Value, depends_on_open, kind_of
from archc.source import Span
from archc.syntax import tree as t


def given_twice(call: t.Call, argument: t.Argument, name: str, before: t.Argument) -> Diagnostic:
    """What to say of an argument that is given again."""
    same = argument.value.span.text == before.value.span.text
    return errors.given_twice(argument.span, call.name.name, name, before.span, same)


def too_many(call: t.Call, further: Sequence[t.Argument], most: int) -> Diagnostic:
    place = further[0].span.to(further[-1].span)
    return errors.too_many_values(place, call.name.name, most)


def missing_value(call: t.Call, name: str, doc: str, missing: Sequence[str]) -> Diagnostic:
    """What to say of values that a step lacks."""
    word = call.name.name
    required = _required(word)
    if not set(missing) <= set(required):  # a block, which may have a layer's name
        return errors.missing_argument(call.span, word, name, doc)
    steps = LAYERS[word].examples[0][0].split(" | ")
    step = next(step for step in steps if step.split()[0] == word)
    if not set(missing) <= _OF_ANY_SHAPE:
        return errors.missing_argument(call.span, word, name, doc, step)
    values = dict(zip(required, step.split()[1:], strict=False))
    placed = [argument.span for argument in call.arguments if argument.form == "place"]
    in_place = required[len(placed) :] == list(missing)
    text = "".join(f" {values[n]}" if in_place else f" {n}={values[n]}" for n in missing)
    before = (placed or [call.name.span])[-1] if in_place else call.arguments[-1].span
    cut = before.end - call.span.start
    example = call.span.text[:cut] + text + call.span.text[cut:]
    return errors.missing_argument(call.span, word, name, doc, example, put_behind(before, text))


def _required(word: str) -> list[str]:
    """What a layer needs; nothing where no layer has the name."""
    declared = LAYERS[word].parameters if word in LAYERS else ()
    return [parameter.name for parameter in declared if parameter.required]


_OF_ANY_SHAPE = frozenset({"c", "i", "n"})
"""Channels, places and sizes of vocabularies: the values that fit whatever arrives."""


def unknown_key(
    argument: t.Argument, step: str, name: str, order: tuple[str, ...], site: Span | None = None
) -> tuple[Diagnostic, str | None]:
    """What to say of an argument that a step has not, and the one that was meant. `site` is the
    place of a step that is built."""
    value: object = argument.value
    others = value.others if isinstance(value, Evaluated) else ()
    place = argument.span
    # In a step that was written like a call the key may stand elsewhere.
    if argument.form == "key" and place.text.startswith(name):
        place = place._replace(end=place.start + len(name))
    activation = value_here(argument.value.span.text).lower()
    if name in ACTIVATIONS and site is not None and activation in (*LAYERS, *ALIASES):
        word = ALIASES.get(activation, activation)
        return activation_inside(argument.span, site, step, word), None
    named = isinstance(argument.value, t.Name) or (
        isinstance(argument.value, t.Literal) and isinstance(argument.value.value, str)
    )
    if name == "name" and named and site is not None:
        text = argument.value.span.text.strip("'\"")
        return name_as_argument(argument.span, site, text), None
    meant = key_here(name, order)
    safety: Safety = "safe" if meant else "unsafe"
    if meant is None:
        near = nearest(name, (*order, *others, *keys_elsewhere(order)))
        meant = key_here(near, order) or near if near else None
    problem = errors.unknown_argument(place, step, name, order, meant, safety)
    if argument.form != "key" or isinstance(value, Evaluated):
        # There is no word in the step's text to replace.
        problem = problem._replace(fixes=() if order or site is None else (without(place),))
    return problem, meant if meant in order else None


def unfit_value(
    word: str,
    name: str,
    place: Span,
    value: Value,
    unfit: Unfit,
    kind: Kind | None = None,
    names: Names | None = None,
) -> Diagnostic:
    """What to say of a value that is not of its argument's kind. `names` are those that could have
    been meant by a word."""
    if depends_on_open(value):
        return open_size(place, f"for `{name}` of `{word}`")
    instead = fitting(kind, value, place.text) if kind is not None else None
    if unfit.out_of_range:
        return errors.out_of_range(place, word, name, unfit.expected, kind_of(value), instead)
    if isinstance(value, Ref) and _takes_number(kind) and place.text.startswith("@"):
        return tap_as_value(place, value.name)
    if place.text == name == value:
        return without_value(place, word, name)
    known = names.known() if names and place.text == value and _takes_number(kind) else ()
    elsewhere = names.work.declared(str(value)) if names and known else ()
    return errors.wrong_kind(
        place, word, name, unfit.expected, kind_of(value), instead, known, elsewhere
    )


def _takes_number(kind: Kind | None) -> bool:
    inner = kind.kind if isinstance(kind, Optional) else kind
    return isinstance(inner, Number | Whole | PerPosition)


def behind_the_input(
    said: Diagnostic, call: t.Call, argument: t.Argument | None
) -> Diagnostic | None:
    """What to say of `fc 784 10`, where PyTorch's order has what arrives in front."""
    placed = [each for each in call.arguments if each.form == "place"]
    both = len(placed) == 2 and all(isinstance(each.value, t.Literal) for each in placed)
    if call.name.name != "fc" or not both or argument is not placed[1]:
        return None
    first, second = placed
    gap = first.span._replace(end=second.span.start)
    text = f"fc {second.span.text}"
    advice = f"write `{text}`: `fc` takes what leaves, and works out what arrives"
    return said._replace(help=advice, fixes=(write(gap, ""),))
