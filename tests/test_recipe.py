"""What `train { }` says: read, completed, checked against the network, without torch."""

from collections.abc import Mapping

import pytest

import archc
from archc import recipe
from archc.diagnostic import ArchError, Diagnostic
from archc.layers.values import Value
from archc.recipe import Choice, Recipe, parse_options
from archc.shape import Shape, feature_map, vector
from archc.source import Source
from archc.syntax import tree
from archc.syntax.parse import parse

IMAGES, CLASSES = feature_map(1, 8, 8), vector(10)


def read(
    lines: str, names: Mapping[str, Value] | None = None, **options: str
) -> tuple[Recipe, tuple[Diagnostic, ...]]:
    parsed = parse(Source("net.arch", f"train {{\n{lines}\n}}"))
    assert not parsed.diagnostics
    (train,) = parsed.file.items
    assert isinstance(train, tree.Train)
    return recipe.read(train, names, parse_options(options))


def right(lines: str, **options: str) -> Recipe:
    found, problems = read(lines, **options)
    assert not problems
    return found


def test_unsaid_keys_have_the_documented_values() -> None:
    found, problems = recipe.read(None)
    assert not problems
    assert found.data is None
    assert found.optimizer == Choice("adamw", (("lr", 1e-3),))
    assert (found.schedule, found.loss) == (None, Choice("cross_entropy"))
    assert (found.epochs, found.batch, found.seed, found.val) == (10, 128, 0, 0)


def test_every_line_is_read() -> None:
    found = right(
        """
        data cifar10
        normalize no
        augment { crop 32 pad=4 | flip }
        optimizer sgd lr=.1 momentum=.9
        schedule cosine warmup=1
        loss cross_entropy label_smoothing=.1
        epochs 3*10
        batch 64
        seed 7
        val .1
        """
    )
    assert found._replace(spans=()) == Recipe(
        data="cifar10",
        normalize="",
        augment=(Choice("crop", (("size", 32), ("pad", 4))), Choice("flip")),
        optimizer=Choice("sgd", (("lr", 0.1), ("momentum", 0.9))),
        schedule=Choice("cosine", (("warmup", 1),)),
        loss=Choice("cross_entropy", (("label_smoothing", 0.1),)),
        epochs=30,
        batch=64,
        seed=7,
        val=0.1,
    )


def test_values_may_read_parameters_of_the_file() -> None:
    found, problems = read("epochs 2*n", {"n": 4})
    assert (found.epochs, problems) == (8, ())


@pytest.mark.parametrize(
    "lines",
    [
        "data digits",
        "data random\naugment { crop 8 pad=2 | flip .3 }\nval .25",
        "optimizer adam betas=[.8 .95] lr=1e-05\nschedule multistep milestones=[2 5] gamma=.3",
        "loss mse target=input\nnormalize auto",
        'data folder "images of mine"\nweights "a.pt"\nloss python "pkg.mine:loss"',
        "freeze stem layer1.0\nlr head 10\nlr layer1 .1\naccumulate 4\nclip 1\nema .99\nstop 5",
        "loss nll weight=[1 2]\nloss aux cross_entropy weight=.3\nmixup .2\ncutmix 1",
        "data usps\nprepare { resize 20x18 | crop [16 16] | gray }\naugment { jitter .2 hue=.1 }",
        "optimizer sgd weight_decay=.1 no_decay=[norm bias]",
    ],
)
def test_a_recipe_written_out_reads_the_same(lines: str) -> None:
    found = right(lines)
    again, problems = recipe.read(None, options=parse_options(found.texts()))
    assert not problems
    assert again._replace(spans=()) == found._replace(spans=())


def test_an_autoencoder_gets_its_images_from_0_to_1() -> None:
    assert right("loss mse target=input").normalize == ""
    assert right("loss mse target=input\nnormalize auto").normalize == "auto"


class TestOptions:
    def test_an_option_replaces_the_files_line(self) -> None:
        found = right("epochs 3\noptimizer sgd momentum=.9", epochs="5", optimizer="adam")
        assert (found.epochs, str(found.optimizer)) == (5, "adam lr=0.001")

    def test_lr_changes_the_files_optimizer(self) -> None:
        found = right("optimizer sgd lr=.1 momentum=.9", lr="1e-2")
        assert str(found.optimizer) == "sgd lr=0.01 momentum=0.9"

    def test_lr_changes_the_optimizer_of_the_options(self) -> None:
        assert str(right("", lr=".5", optimizer="sgd").optimizer) == "sgd lr=0.5"

    def test_a_mistake_names_the_option(self) -> None:
        _, (problem,) = read("", optimizer="sgd momentun=.9")
        assert (problem.file, problem.code) == ("--optimizer", "E0403")
        assert problem.help == "did you mean `momentum`?"

    @pytest.mark.parametrize("text", ["3 | batch 2", "3\nbatch 2", "{", "3 }", "3 -> x"])
    def test_an_option_is_one_line(self, text: str) -> None:
        with pytest.raises(ArchError, match="--epochs:"):
            parse_options({"epochs": text})


@pytest.mark.parametrize(
    ("lines", "code", "place", "help"),
    [
        ("epoch 3", "E0401", "epoch", "did you mean `epochs`?"),
        ("data mnst", "E0402", "mnst", "did you mean `mnist`?"),
        ("data CIFAR", "E0402", "CIFAR", "did you mean `cifar10`?"),
        ("optimizer Adam", "E0402", "Adam", "did you mean `adam`?"),
        ("schedule cosin", "E0402", "cosin", "did you mean `cosine`?"),
        ("loss crossentropy", "E0402", "crossentropy", "did you mean `cross_entropy`?"),
        ("augment { flop }", "E0402", "flop", "did you mean `flip`?"),
        ("optimizer adam momentum=.9", "E0403", "momentum", None),
        (
            "loss cross_entropy label_smooting=.1",
            "E0403",
            "label_smooting",
            "did you mean `label_smoothing`?",
        ),
        ("epochs 2.5", "E0404", "2.5", None),
        ("epochs 0", "E0404", "0", None),
        ("epochs", "E0404", "epochs", None),
        ("batch 2 3", "E0404", "3", None),
        ("batch size=2", "E0404", "size=2", None),
        ("seed -1", "E0404", "-1", None),
        ("val 1", "E0404", "1", None),
        ("data 3", "E0404", "3", None),
        ('optimizer "adam"', "E0404", '"adam"', None),
        ("optimizer adam .1", "E0404", ".1", None),
        ("optimizer adam lr=yes", "E0404", "yes", None),
        ("optimizer adam betas=[.9]", "E0404", "[.9]", None),
        ("schedule multistep", "E0404", "schedule multistep", None),
        ("augment crop", "E0404", "augment crop", None),
        ("seed 1\nseed 2", "E0405", "seed", None),
        ("optimizer adam lr=1 lr=2", "E0405", "lr=2", None),
        ("add(epochs 3, batch 8)", "E0406", "add(epochs 3, batch 8)", None),
        ("optimizer sgd nesterov=yes", "E0407", "optimizer sgd nesterov=yes", None),
        ("epochs 1/0", "E0213", "1/0", None),
        ("ema 1", "E0404", "1", None),
        ("weights 3", "E0404", "3", None),
        ("freeze", "E0404", "freeze", None),
        ("lr stem", "E0404", "lr stem", None),
        ("lr stem .1\nlr stem .2", "E0405", "lr", None),
        ("data folder", "E0404", "data folder", None),
        ('data python "os.system"', "E0404", '"os.system"', None),
        ('loss python "f"', "E0404", '"f"', None),
        ("optimizer adam no_decay=[norms]", "E0404", "[norms]", None),
        ("optimizer rprop no_decay=[norm]", "E0403", "no_decay", None),
        ("loss mse weight=[1 2]", "E0404", "[1 2]", None),
        ("prepare { flip }", "E0402", "flip", None),
        ("augment { rotate 200 }", "E0404", "200", None),
        ("data kinetics", "E0418", "kinetics", None),
        ("data emnist lettres", "E0404", "lettres", "write `letters`"),
        ("data emnist part=letters", "E0403", "part", None),
        ("data oxford_pets", "E0402", "oxford_pets", "did you mean `oxfordiiitpet`?"),
        ("optimizer sparseadam", "E0418", "sparseadam", None),
        ("schedule LambdaLR", "E0418", "LambdaLR", None),
        ("schedule CosineAnnealingLR", "E0402", "CosineAnnealingLR", "did you mean `cosine`?"),
        ("schedule cosine t_max=3", "E0403", "t_max", "did you mean `T_max`?"),
        ("loss triplet_margin", "E0418", "triplet_margin", None),
        ("loss huber delta=0", "E0404", "0", None),
        ("optimizer adam betas=[.9 1]", "E0404", "[.9 1]", None),
        ("optimizer adafactor d=.5", "E0404", ".5", None),
        ("optimizer muon ns_steps=100", "E0404", "100", None),
        ("schedule plateau factor=1", "E0404", "1", None),
        ("augment { blur 4 }", "E0404", "4", None),
        ("loss BCEWithLogits", "E0402", "BCEWithLogits", None),
        ("metrics top0", "E0402", "top0", None),
        ("metrics f1 accuracy", "E0418", "accuracy", None),
        ('data "own"', "E0402", '"own"', 'write `data folder "own"`'),
        ('data "own/d.npz"', "E0402", '"own/d.npz"', 'write `data npz "own/d.npz"`'),
        ("metrics", "E0404", "metrics", None),
        ("normalize mean", "E0404", "mean", None),
        ('weights "a\0.pt"', "E0404", '"a\0.pt"', None),
    ],
)
def test_a_wrong_line_is_one_diagnostic_at_its_place(
    lines: str, code: str, place: str, help: str | None
) -> None:
    _, problems = read(lines)
    assert [(p.code, p.span.text) for p in problems] == [(code, place)]
    if help:
        assert problems[0].help == help


def test_all_mistakes_come_in_one_run_and_the_other_lines_count() -> None:
    found, problems = read("epoch 3\nbatch 7\noptimizer adm\nval 2")
    assert [p.code for p in problems] == ["E0401", "E0402", "E0404"]
    assert found.batch == 7


class TestAgainstTheNetwork:
    def codes(
        self, lines: str, images: Shape | None = IMAGES, output: Shape | None = CLASSES
    ) -> list[str]:
        return [d.code for d in recipe.check(right(lines), images, output)]

    def test_what_fits_is_silent(self) -> None:
        assert self.codes("data digits\nbatch 1") == []
        assert self.codes("data random", feature_map(3, 5, 5), vector(7)) == []

    def test_shapes_behind_a_mistake_are_not_judged(self) -> None:
        assert self.codes("data cifar10", None, None) == []

    @pytest.mark.parametrize("data", ['folder "own"', "food101"])
    def test_pictures_are_maps_of_a_size(self, data: str) -> None:
        for images, code in (
            (vector(16), "E0410"),
            (feature_map(2, 8, 8), "E0410"),
            (feature_map(3, 8, 8, 8), "E0410"),
        ):
            assert self.codes(f"data {data}", images, vector(101)) == [code]
        assert self.codes(f"data {data}", feature_map(4, 8, 8), vector(101)) == []
        found = archc.check(f"input 3x?x?\ngap | flatten | fc 101\ntrain {{ data {data} }}")
        assert [d.code for d in found.diagnostics] == ["E0417"]

    def test_further_losses_have_the_targets_that_all_get(self) -> None:
        net = "input 1x8x8\nflatten | fc 64 -> h | reshape 1x8x8 | output map\n"
        net += "@h | fc 3 | output few\n@h | fc 10\ntrain {{ data digits\nloss {} }}"
        for loss, code in (
            ("few cross_entropy", "E0411"),
            ("few mse", "E0415"),
            ("few mse target=input", "E0413"),
        ):
            found = archc.check(net.format(loss)).diagnostics
            assert [d.code for d in found] == [code]
        assert archc.check(net.format("map mse target=input")).diagnostics == ()

    def test_the_images_must_be_the_input(self) -> None:
        assert self.codes("data mnist") == ["E0410"]

    def test_a_vector_of_the_right_size_gets_the_right_advice(self) -> None:
        (problem,) = recipe.check(right("data digits"), vector(64), CLASSES)
        assert problem.help == "write `input 1x8x8` and put `flatten` in front of the first step"

    @pytest.mark.parametrize("output", [vector(12), vector(1), feature_map(10, 2, 2)])
    def test_the_output_must_be_a_value_a_class(self, output: Shape) -> None:
        assert self.codes("data digits", output=output) == ["E0411"]

    def test_random_classes_are_those_of_the_output(self) -> None:
        assert self.codes("data random", output=feature_map(10, 2, 2)) == []

    def test_a_batch_of_1_needs_more_than_one_value_a_channel(self) -> None:
        found = right("data digits\nbatch 1")
        norm = found.spans[0][1]
        problems = recipe.check(found, IMAGES, CLASSES, single_value_norm=norm)
        assert [(p.code, p.span.text) for p in problems] == [("E0412", "batch 1")]
        assert not recipe.check(right("batch 2"), IMAGES, CLASSES, single_value_norm=norm)

    def test_a_reconstruction_has_the_shape_of_its_input(self) -> None:
        assert self.codes("data digits\nloss mse target=input", output=IMAGES) == []
        assert self.codes("data digits\nloss mse target=input") == ["E0413"]

    def test_a_crop_gives_images_of_the_input(self) -> None:
        assert self.codes("data digits\naugment { crop 8 pad=1 }") == []
        assert self.codes("data digits\naugment { crop 6 }") == ["E0414"]

    def test_values_are_not_compared_with_classes(self) -> None:
        assert self.codes("data digits\nloss mse") == ["E0415"]

    def test_metrics_of_all_examples_at_once_want_vectors(self) -> None:
        assert self.codes("data digits\nmetrics auroc") == []
        line = "data digits\nloss mse target=input\nmetrics mse"
        assert self.codes(line, output=IMAGES) == []
        assert self.codes(f"{line} pearson", output=IMAGES) == ["E0407"]

    def test_images_are_prepared_first(self) -> None:
        larger = feature_map(1, 12, 12)
        assert self.codes("data digits\nprepare { resize 12 }", larger) == []
        assert self.codes("data digits\nprepare { pad 3 | crop 12 }", larger) == []
        assert self.codes("data digits\nprepare { resize 9 }", larger) == ["E0410"]
        grey = feature_map(1, 32, 16)
        assert self.codes("data cifar10\nprepare { resize 32x16 | gray }", grey) == []

    def test_there_is_a_weight_a_class(self) -> None:
        weights = " ".join("1" * 10)
        assert self.codes(f"data digits\nloss cross_entropy weight=[{weights}]") == []
        assert self.codes("data digits\nloss cross_entropy weight=[1 2]") == ["E0404"]
        assert self.codes("data random\nloss nll weight=[1 2]") == ["E0404"]
        assert self.codes("data random\nloss bce_with_logits pos_weight=[1 2]") == ["E0404"]

    def test_a_kernel_fits_into_the_images(self) -> None:
        assert self.codes("data digits\naugment { blur 15 }") == []
        assert self.codes("data digits\naugment { blur 17 }") == ["E0414"]

    def test_stopping_early_needs_validation_data(self) -> None:
        assert self.codes("data digits\nstop 3") == ["E0407"]
        assert self.codes("data digits\nstop 3\nval .1") == []


@pytest.mark.parametrize(
    ("lines", "code", "help"),
    [
        ("freeze stem layer", None, None),
        ("freeze layer.1.conv1\nlr layer.0 .1", None, None),
        ("loss aux cross_entropy weight=.3", None, None),
        ("freeze layr", "E0408", "did you mean `layer`?"),
        ("lr layer.2 .1", "E0408", "did you mean `layer.0`?"),
        ("loss out cross_entropy", "E0409", "its further outputs are `aux`"),
    ],
)
def test_names_of_parts_and_outputs(lines: str, code: str | None, help: str | None) -> None:
    text = (
        "stem: conv 2 | layer: 2 * { conv 2 | relu } | gap | flatten\n"
        "fc 10\noutput aux train\nfc 10"
    )
    found = archc.check(f"{text}\ntrain {{\n{lines}\n}}", input="1x8x8").diagnostics
    assert [(d.code, d.help) for d in found] == ([(code, help)] if code else [])


@pytest.mark.parametrize(
    ("steps", "train", "warned"),
    [
        ("fc 10 | softmax", "data digits", 1),
        ("fc 10 | softmax axis=1 -> p", "loss cross_entropy", 1),
        ("fc 10 | logsoftmax", "loss cross_entropy", 1),
        ("fc 10 | softmax", "loss nll", 1),
        ("head: { fc 10 | softmax }", "data digits", 1),
        ("fc 10 | softmax | output a | fc 10", "data digits", 0),
        ("fc 10 | softmax | fc 10", "data digits", 0),
        ("fc 10 | softmax", "epochs 3", 0),
        ("fc 10 | logsoftmax", "loss nll", 0),
        ("fc 10 | softmax", "loss mse", 0),
        ("fc 10 | sigmoid", "loss bce", 0),
        ("fc 10 | sigmoid", "loss bce_with_logits", 1),
        ("fc 10", "loss nll", 1),
        ("head: { fc 10 }", "loss bce", 1),
        ("fc 10 | relu", "loss bce", 0),
        ("mul(fc 10, fc 10 | softmax)", "data digits", 0),
        ("reshape 4x16 | softmax axis=2 | gap | flatten", "loss cross_entropy", 0),
    ],
)
def test_an_activation_that_the_loss_takes_itself(steps: str, train: str, warned: int) -> None:
    found = archc.check(f"input 1x8x8\nflatten | {steps}\ntrain {{ {train} }}").diagnostics
    assert sum(diagnostic.code == "W0109" for diagnostic in found) == warned
