"""PyTorch's own samples of its modules, replayed: the network of a text that says what a sample
says does what the module does, forward and backward, to the last bit.

`python -m tests.module_samples` prints how many there are, and what keeps the others out.
"""

import sys
from collections.abc import Iterator

import pytest
import torch
from conftest import ROOT
from module_samples import Inexpressible, Sample, Translation, mistakes, samples, translate, word_of
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.testing._internal.common_modules import ModuleInfo, module_db

from archc.diagnostic import has_errors
from archc.layers import LAYERS
from archc.module import build_module
from archc.pipeline import Analysis, analyse
from archc.probe import Probe
from archc.spec import from_text

sys.path.insert(0, str(ROOT / "tools"))
import stricter

MODULES = [info for info in module_db if word_of(info.module_cls)]

NO_LAYER = (
    "Bilinear FractionalMaxPool2d FractionalMaxPool3d GRUCell Hardshrink LPPool1d LPPool2d LPPool3d"
    " LSTMCell RNNCell Softmin Softshrink Tanhshrink Threshold Transformer TransformerDecoderLayer"
    " TransformerEncoder TransformerEncoderLayer"
)
"""Modules that no layer stands for: they are `nn.NAME`."""

NEVER = (
    "Bilinear FractionalMaxPool2d FractionalMaxPool3d GRUCell LSTMCell RNNCell Transformer"
    " TransformerDecoderLayer TransformerEncoder"
)
"""Those of them that take several values, or what the language cannot write."""

NO_MISTAKE = "CircularPad1d CircularPad2d CircularPad3d GRUCell LSTMCell RNNCell"
"""Modules without a sample of what they refuse that there is a text for."""

LEFT_OUT = {
    "a number alone": "CELU ELU GELU Hardshrink Hardtanh LeakyReLU LogSigmoid LogSoftmax Mish PReLU"
    " ReLU ReLU6 SELU Sigmoid SiLU Softmax Softmin Softplus Softshrink Softsign Tanh Tanhshrink"
    " Threshold",
    "refused with E0301": "GroupNorm",
    "no argument for `add_bias_kv`": "MultiheadAttention",
    "no argument for `add_zero_attn`": "MultiheadAttention",
    "no argument for `bias`": "GRU LSTM RNN",
    "no argument for `divisor_override`": "AvgPool2d AvgPool3d",
    "no argument for `nonlinearity`": "RNN",
    "no argument for `num_parameters`": "PReLU",
    "no argument for `proj_size`": "LSTM",
    "no argument for `return_indices`": "MaxPool1d MaxPool2d MaxPool3d",
    "no argument for `threshold`": "Softplus",
    "no argument for `track_running_stats`": "BatchNorm1d BatchNorm2d BatchNorm3d InstanceNorm1d"
    " InstanceNorm2d InstanceNorm3d",
    "`normalized_shape` of several axes": "LayerNorm RMSNorm",
    "`_random_samples` of Python's": "FractionalMaxPool2d FractionalMaxPool3d",
    "`activation` of Python's": "TransformerEncoderLayer",
    "`encoder_layer` of Python's": "TransformerEncoder",
    "`attn_mask` has no place in the pipe": "MultiheadAttention",
    "`hx` has no place in the pipe": "GRU GRUCell LSTM LSTMCell RNN RNNCell",
    "`input2` has no place in the pipe": "Bilinear",
    "`mask` has no place in the pipe": "TransformerEncoder",
    "`memory` has no place in the pipe": "TransformerDecoderLayer",
    "`src_key_padding_mask` has no place in the pipe": "TransformerEncoder TransformerEncoderLayer",
    "`src_mask` has no place in the pipe": "TransformerEncoderLayer",
    "`tgt` has no place in the pipe": "Transformer",
}
"""What samples have that no text says, and the modules whose samples have it."""

MISTAKES_LEFT_OUT = {
    "no argument for `batch_first`": "GRU LSTM RNN",
    "no argument for `bias`": "GRU LSTM RNN",
    "no argument for `device`": "GRU LSTM RNN",
    "the channels that arrive are no argument": "GRU LSTM RNN",
    "the dimensions that arrive choose the module": "CircularPad1d CircularPad2d CircularPad3d"
    " MaxPool2d",
    "`hx` has no place in the pipe": "GRUCell LSTMCell RNNCell",
    "ids are known when it runs": "Embedding",
}
"""The same for samples that a module refuses."""


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with Probe() as shared:
        yield shared


def by_name(infos: list[ModuleInfo]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("info", infos, ids=lambda info: info.module_cls.__name__)


def test_layers_stand_for_all_modules_but_these() -> None:
    words = {info.module_cls.__name__: word_of(info.module_cls) for info in MODULES}
    assert {name for name, word in words.items() if word not in LAYERS} == set(NO_LAYER.split())
    assert set(NEVER.split()) < set(NO_LAYER.split())


@by_name(MODULES)
def test_samples_are_replayed(info: ModuleInfo, probe: Probe) -> None:
    name = info.module_cls.__name__
    replayed, reasons = 0, set()
    for training in (True, False):
        for sample in samples(info, training):
            try:
                translation = translate(sample)
                replay(sample, translation, training, probe)
                replayed += 1
            except Inexpressible as reason:
                reasons.add(str(reason))
    assert reasons == left_out(info, LEFT_OUT)
    assert (replayed > 0) == (name not in NEVER.split())


def left_out(info: ModuleInfo, table: dict[str, str]) -> set[str]:
    name = info.module_cls.__name__
    return {reason for reason, names in table.items() if name in names.split()}


def replay(sample: Sample, translation: Translation, training: bool, probe: Probe) -> None:
    """Raises Inexpressible where the text is refused by one of the policies."""
    analysis = analyse(from_text(translation.text), probe=probe)
    refuse_stricter(analysis)
    assert analysis.known, (str(sample), translation.text, analysis.diagnostics)
    assert sample.called is not None
    called = {**sample.called.arguments, **translation.instead}
    theirs = sample.build().train(training)
    if isinstance(theirs, LazyModuleMixin):
        theirs(**called)
    ours = build_module(analysis.graph).train(training)
    names = copy_state(theirs, ours)
    assert analysis.graph.parameters == sum(p.numel() for p in theirs.parameters())
    given = [value.detach().clone() for value in translation.given]
    for value in given:
        value.requires_grad_(value.is_floating_point())
    torch.manual_seed(0)
    expected = theirs(**called)
    if isinstance(expected, tuple):
        expected = expected[0]
    torch.manual_seed(0)
    found = ours(*given)
    assert found.shape[1:] == analysis.graph.output.dims
    alone = translation.alone
    assert_equal(found.squeeze(0) if alone else found, expected, sample)
    gradient = torch.rand_like(expected)
    their_gradients = gradients(expected, gradient, [*called.values(), *theirs.parameters()])
    parameters = dict(ours.named_parameters())
    own = [*given, *(parameters[names[name]] for name, _ in theirs.named_parameters())]
    our_gradients = gradients(found, gradient.unsqueeze(0) if alone else gradient, own)
    assert len(our_gradients) == len(their_gradients)
    for mine, other in zip(our_gradients, their_gradients, strict=True):
        assert_equal(mine.reshape(other.shape), other, sample)
    for name, tensor in theirs.state_dict().items():
        assert_equal(ours.state_dict()[names[name]], tensor, sample)


def refuse_stricter(analysis: Analysis) -> None:
    codes = {d.code for d in analysis.diagnostics if has_errors([d])}
    if codes:
        assert any(codes <= set(policy.codes) for policy in stricter.POLICIES), analysis.diagnostics
        raise Inexpressible(f"refused with {', '.join(sorted(codes))}")


def copy_state(theirs: nn.Module, ours: nn.Module) -> dict[str, str]:
    """Fills ours, whose names have the step's in front of them; returns these by theirs."""
    names = {name.partition(".")[2]: name for name in ours.state_dict()}
    state = theirs.state_dict()
    assert list(names) == list(state)
    ours.load_state_dict({names[name]: tensor for name, tensor in state.items()})
    return names


def gradients(out: Tensor, gradient: Tensor, inputs: list[object]) -> list[Tensor]:
    """Of each tensor that has one, once."""
    tensors = {id(value): value for value in inputs if isinstance(value, Tensor)}
    wanted = [tensor for tensor in tensors.values() if tensor.requires_grad]
    return list(torch.autograd.grad(out, wanted, gradient)) if wanted else []


def assert_equal(found: Tensor, expected: Tensor, sample: Sample) -> None:
    # Attention without a batch is computed in another way, which rounds otherwise.
    error = None if sample.cls is nn.MultiheadAttention else 0
    torch.testing.assert_close(
        found,
        expected,
        rtol=error,
        atol=error,
        equal_nan=True,
        msg=lambda text: f"{sample}\n{text}",
    )


MISTAKES = [info for info in MODULES if info.module_error_inputs_func is not None]


@by_name(MISTAKES)
def test_what_a_module_refuses_is_refused(info: ModuleInfo, probe: Probe) -> None:
    name = info.module_cls.__name__
    refused, reasons = 0, set()
    for sample in mistakes(info):
        try:
            text = translate(sample).text
        except Inexpressible as reason:
            reasons.add(str(reason))
        else:
            assert not analyse(from_text(text), probe=probe).ok, (str(sample), text)
            refused += 1
    assert reasons == left_out(info, MISTAKES_LEFT_OUT)
    assert (refused > 0) == (name not in NO_MISTAKE.split())
