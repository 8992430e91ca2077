"""Steps whose word stands for nothing: what was most likely meant."""

import re

from archc.diagnostic import Diagnostic, Safety
from archc.elaborate.blocks import Target
from archc.elaborate.walk import Walker
from archc.elsewhere import step_here, written_here
from archc.errors import steps as errors
from archc.errors.base import nearest
from archc.layers import ALIASES, LAYERS
from archc.layers.base import Layer
from archc.probe import STEPS
from archc.resources import shipped_block
from archc.syntax import tree as t
from archc.syntax.tokens import MERGES
from archc.tuples import NamedTuple


class Guess(NamedTuple):
    """What to say of an unknown step, and the step that was most likely meant, with what its word
    stands for; None where nobody can tell. `sure` says that it leaves no doubt."""

    diagnostic: Diagnostic
    call: t.Call
    target: Target | None
    sure: bool


def unknown_step(walker: Walker, call: t.Call) -> Guess:
    """What to say of a word that stands for nothing, and what the step most likely means."""
    word = call.name.name
    lowered = word.lower()
    here = _layer(lowered) or ALIASES.get(lowered.replace("_", "")) or STEPS.get(lowered)
    place = call.name.span
    layer = LAYERS[here] if here is not None and here in LAYERS else None
    same_order = layer is not None and _same_order(call, layer)
    if layer is not None and not same_order and (meant := _in_our_order(call)):
        step, text, safety = meant
        said = errors.written_elsewhere(place, call.span, text, safety)
        return Guess(said, step, walker.resolve(step.name.name), safety == "safe")
    if here is not None:
        said = errors.called_elsewhere(place, word, here, "safe" if same_order else "unsafe")
        return Guess(said, call, walker.resolve(here), same_order)
    if walker.frame.find(word) is not None:
        return Guess(errors.value_as_step(place, word), call, None, False)
    found = _in_parts(walker, call) or _without_parentheses(walker, call)
    if found is not None:
        return found
    count = _only_value(call)
    if word == "repeat" and count is not None and call.body is not None:
        return Guess(errors.repeated(place.to(count.span), count.span.text), call, None, False)
    known = (*LAYERS, *walker.frame.file.known_names())
    near = nearest(word, known)
    if (file := shipped_block(word)) is not None:
        return Guess(errors.shipped(place, file), call, None, False)
    said = errors.unknown_step(place, word, known)
    return Guess(said, call, walker.resolve(near) if near else None, False)


def _in_parts(walker: Walker, call: t.Call) -> Guess | None:
    """`max pool 2`, `conv3x3 8` and `conv_bn_relu 8`: words that are more or less than a layer."""
    word, place = call.name.name.lower(), call.name.span
    first = call.arguments[0] if call.arguments else None
    if first is not None and first.form == "place" and isinstance(first.value, t.Name):
        here = ALIASES.get(word + first.value.name.lower())
        if here is not None:
            whole = place.to(first.span)
            step = call._replace(arguments=call.arguments[1:])
            said = errors.called_elsewhere(whole, whole.text, here, "safe")
            return Guess(said, step, walker.resolve(here), True)
    sized = re.fullmatch(r"([a-z]+?)_?(\d+x\d+)", word)
    if sized and _layer(sized[1]):
        sides = sized[2].split("x")
        text = f"k{sides[0] if sides[0] == sides[1] else sized[2]}"
        said = errors.sized(place, call.span, _layer(sized[1]) or "", text)
        return Guess(said, call, None, False)
    numbered = re.fullmatch(r"([a-z]+(?:[123]d)?)_?(\d+)", word)
    placed = any(argument.form == "place" for argument in call.arguments)
    if numbered and not placed and (layer := _layer(numbered[1])) and _takes_number(layer):
        text = f"{layer} {numbered[2]}"
        return Guess(errors.numbered(place, text), call, None, False)
    parts = [_layer(part) for part in re.split(r"[_.]", word)]
    if len(parts) > 1 and None not in parts:
        return Guess(errors.joined(place, call.span, [p or "" for p in parts]), call, None, False)
    return None


def _layer(word: str) -> str | None:
    """The layer that a word means."""
    return word if word in LAYERS else ALIASES.get(word)


def _takes_number(layer: str) -> bool:
    """Whether a layer needs its first value."""
    return any(parameter.required for parameter in LAYERS[layer].parameters[:1])


def _without_parentheses(walker: Walker, call: t.Call) -> Guess | None:
    """`add @skip` and `concat [a, b]` for `add(id, @skip)`."""
    word = call.name.name
    if word not in MERGES:
        return None
    placed = [a.value for a in call.arguments if a.form == "place"]
    if len(placed) == 1 and isinstance(placed[0], t.ListOf) and not placed[0].table:
        placed = [value for row in placed[0].rows for value in row]
    branches = [_branch(walker, value) for value in placed]
    if len(branches) == 1:
        branches.insert(0, "id")
    text = f"{word}({', '.join(branches)})" if branches else f"{word}(id, ...)"
    said = errors.without_parentheses(call.name.span, call.span, text, bool(branches))
    return Guess(said, call._replace(arguments=()), None, False)


def _branch(walker: Walker, value: t.Expr) -> str:
    """A branch as it is written: a value that has a name is taken up."""
    name = value.name if isinstance(value, t.Name | t.At) else ""
    walker.frame.taken.add(name)
    bare = isinstance(value, t.Name) and walker.frame.find(name) is not None
    return f"@{name}" if bare else value.span.text


def _only_value(call: t.Call) -> t.Argument | None:
    return call.arguments[0] if len(call.arguments) == 1 else None


def _same_order(call: t.Call, layer: type[Layer]) -> bool:
    """Whether values mean the same under a layer's name elsewhere: none does, or the one of a layer
    that begins with its channels or side does; others begin with what arrives."""
    places = [argument for argument in call.arguments if argument.form == "place"]
    decides = any(parameter.decides_sizes for parameter in layer.parameters[:1])
    return not places or (len(places) == 1 and decides)


def _in_our_order(call: t.Call) -> tuple[t.Call, str, Safety] | None:
    """A step with the values of PyTorch's or Keras's class in our order, its text, and whether that
    is safe; None for classes that nobody knows."""
    values = [a.value for a in call.arguments if a.form == "place"]
    passed_on = any(argument.form == "rest" for argument in call.arguments)
    if call.body is not None or passed_on or any(isinstance(v, t.Name) for v in values):
        return None
    here = written_here(call.name.name, [(a.name, a) for a in call.arguments])
    if here is None:
        return None
    placed = (argument._replace(form="place", name=None) for argument in here.placed)
    keyed = (argument._replace(form="key", name=key) for key, argument in here.keyed)
    step = call._replace(name=call.name._replace(name=here.word), arguments=(*placed, *keyed))
    text = step_here(here.map(lambda argument: argument.value.span.text))
    return step, text, "safe" if here.sure else "unsafe"
