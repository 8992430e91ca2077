"""W0109: what a network ends in, and its loss."""

from archc.diagnostic import Label
from archc.errors.base import Draft, again, declare
from archc.fixes import put_steps_behind, without_step, write
from archc.source import Span


@declare(
    "W0109",
    wrong="input 1x8x8\nflatten | fc 10 | softmax\ntrain { data digits | loss cross_entropy }",
    right="input 1x8x8\nflatten | fc 10\ntrain { data digits | loss cross_entropy }",
)
def activation_of_the_loss(
    span: Span, word: str, loss: str, place: Span, instead: str | None
) -> Draft:
    """The network ends in an activation that its loss takes itself.

    `cross_entropy` takes the softmax of the network's scores, `bce_with_logits` the sigmoid. Taken
    twice it leaves differences of at most 1 between the scores: the network learns slowly, and
    never well. `archc predict` makes probabilities of the scores. `nll` wants `logsoftmax`, `bce`
    wants `sigmoid`.
    """
    taken = "sigmoid" if "sigmoid" in word else "softmax"
    said = f"`{loss}`" if place.text.startswith("loss") else f"the default loss, `{loss}`,"
    fix = write(span, instead) if instead else without_step(span)
    return Draft(
        f"expected {'log-probabilities' if instead else 'scores'} for `{loss}`,"
        f" got `{word}` at the end",
        span,
        help=f"write `{instead}`" if instead else f"leave `{word}` out",
        labels=() if instead else (Label(place, f"{said} takes the {taken} itself"),),
        fixes=(fix,) if span.text.startswith(word) else (),
    )


@again("W0109")
def scores_for_the_loss(span: Span, loss: str, wanted: str, activation: str, instead: str) -> Draft:
    """The network ends in scores, and its loss wants what an activation makes of them."""
    return Draft(
        f"expected {wanted} for `{loss}`, got `{span.text.split()[0]}` at the end",
        span,
        help=f"write `| {activation}` behind it, or `loss {instead}`",
        fixes=(put_steps_behind(span, activation),),
    )
