"""What is made of a finished run: exports, comparisons."""

import json
from pathlib import Path

import pytest
import torch
from pages import Page
from trainings import NET

import archc
from archc.training import Run


def outputs(module: torch.nn.Module, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
    with torch.no_grad():
        found = module(*inputs)
    return list(found.values()) if isinstance(found, dict) else [found]


def in_onnxruntime(path: Path, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = {put.name: x.numpy() for put, x in zip(session.get_inputs(), inputs, strict=True)}
    return [torch.from_numpy(array) for array in session.run(None, feed)]


FAMILIES = [
    "alexnet:alexnet", "convnext:convnext_tiny", "densenet:densenet121",
    "efficientnet:efficientnet_b0", "googlenet:googlenet", "inception:inception_v3",
    "maxvit:maxvit_t", "mnasnet:mnasnet0_5", "mobilenetv2:mobilenet_v2",
    "mobilenetv3:mobilenet_v3_small", "regnet:regnet_y_400mf", "resnet:resnet18",
    "shufflenetv2:shufflenet_v2_x0_5", "squeezenet:squeezenet1_1", "swin:swin_t", "swin:swin_v2_t",
    "vgg:vgg11_bn", "vit:vit_b_32",
]  # fmt: skip
NETS = [
    "autoencoder", "dcgan_discriminator", "dcgan_generator", "mnist_bn", "text_gru", "text_lstm",
    "nets/convmixer", "nets/fcn", "nets/deeplab:deeplabv3_resnet50", "nets/mixer",
    "nets/r3d:r3d_18", "nets/siamese", "nets/transformer", "nets/two_inputs", "nets/unet",
    "nets/unet_recursive", "nets/vae", "nets/wavenet",
]  # fmt: skip
SHIPPED = [
    f"specs/{name.replace(':', '.arch:') if ':' in name else f'{name}.arch'}"
    for name in (*NETS, *(f"torchvision/{name}" for name in FAMILIES))
]
"""One of each family, which is what the others of it are made of."""

EXPORTED = {
    "several inputs and outputs": (
        "input a 4\ninput b 3\nconcat(@a, @b) | fc 5 -> x | fc 2 | output more\n@x | fc 3",
        [(4,), (3,)],
    ),
    "ids": ("input 12 int\nembed 30 8 | gru 8 | mean | fc 2", [(12, "int")]),
    "tokens": (
        "input 3x16x16\nconv 8 k4 s4 | tokens | cls | pos | add(id, ln | mha 2) | take 0 | fc 3",
        [(3, 16, 16)],
    ),
    "windows": (
        "input 3x16x16\nconv 8 k2 s2 | hwc | windows 4 s=2 { attn 2 } | mean | fc 3",
        [(3, 16, 16)],
    ),
    "open sizes": (
        "input 3x?x?\nconv 8 k3 p1 -> x | pool 2 ceil=yes | up like=@x | gap | flatten | fc 3",
        [(3, 19, 26)],
    ),
    "volumes": ("input 1x8x8x8\nconv 4 k3 | bn | relu | gap | flatten | fc 2", [(1, 8, 8, 8)]),
}


class TestExport:
    @pytest.mark.parametrize("suffix", [".onnx", ".pt2"])
    @pytest.mark.parametrize("net", EXPORTED)
    def test_exported_networks_compute_the_same_at_any_batch(
        self, net: str, suffix: str, tmp_path: Path
    ) -> None:
        from archc.cli.main import main

        text, shapes = EXPORTED[net]
        torch.manual_seed(0)
        path = tmp_path / f"net{suffix}"
        assert main(["export", "-e", text, "-o", str(path)]) == 0
        torch.manual_seed(0)
        module = archc.compile(text).eval()
        assert [file.name for file in tmp_path.iterdir()] == [path.name]
        program = None if suffix == ".onnx" else torch.export.load(str(path)).module()
        for batch in (1, 3):
            inputs = [
                torch.randint(30, (batch, shape[0]))
                if shape[1:] == ("int",)
                else torch.rand(batch, *shape)
                for shape in shapes
            ]
            found = outputs(program, inputs) if program else in_onnxruntime(path, inputs)
            for one, other in zip(found, outputs(module, inputs), strict=True):
                torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)

    @pytest.mark.slow
    @pytest.mark.parametrize("name", SHIPPED)
    def test_shipped_networks_compute_the_same(self, name: str, tmp_path: Path) -> None:
        from archc.pipeline import network
        from archc.spec import from_command_line
        from archc.training.export import _examples, export

        graph = network(from_command_line(name))
        torch.manual_seed(0)
        module = archc.load(Path(name)).eval()
        with torch.no_grad():
            for parameter in module.parameters():  # Heads that start at zero would prove nothing.
                parameter += 0.01 * torch.randn_like(parameter)
        export(module, graph, tmp_path / "net.onnx")
        inputs = [
            torch.cat([x, x[:1]]) + (0 if x.is_floating_point() else 7) for x in _examples(graph)
        ]
        found = in_onnxruntime(tmp_path / "net.onnx", inputs)
        for one, other in zip(found, outputs(module, inputs), strict=True):
            assert one.shape == other.shape
            if "vae" not in name:  # It draws noise.
                torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)

    def test_a_run_tells_what_it_expects(self, run: Run, tmp_path: Path) -> None:
        import onnx
        from safetensors import safe_open

        run.export(tmp_path / "net.onnx")
        model = onnx.load(str(tmp_path / "net.onnx"))
        found = {entry.key: entry.value for entry in model.metadata_props}
        run.export(tmp_path / "net.safetensors")
        with safe_open(str(tmp_path / "net.safetensors"), "pt") as file:
            beside = file.metadata()
        extra = {"archc": ""}
        run.export(tmp_path / "net.pt2")
        torch.export.load(str(tmp_path / "net.pt2"), extra_files=extra)
        for about in (found, beside, extra):
            said = json.loads(about["archc"])
            assert said["mean"] == pytest.approx([0.3056])
            assert said["classes"] == [str(digit) for digit in range(10)]
        images = torch.rand(4, 1, 8, 8)
        (scores,) = in_onnxruntime(tmp_path / "net.onnx", [images])
        torch.testing.assert_close(scores, *outputs(run.module, [images]), rtol=1e-4, atol=1e-5)

    def test_pretrained_statistics_are_exported(self, tmp_path: Path) -> None:
        safetensors = pytest.importorskip("safetensors")
        text = "input 3x4x4\nflatten | fc 2"
        run = archc.train(text, data="random", epochs=1, normalize="imagenet", run=tmp_path / "run")
        run.export(tmp_path / "net.safetensors")
        with safetensors.safe_open(tmp_path / "net.safetensors", "pt") as file:
            assert "0.485" in str(file.metadata())

    def test_large_weights_lie_beside_an_onnx_file(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from archc.training import export

        monkeypatch.setattr(export, "_LARGE", 1000)
        run.export(tmp_path / "net.onnx")
        names = sorted(file.name for file in tmp_path.iterdir())
        assert names == ["net.onnx", "net.onnx.data"]
        images = torch.rand(4, 1, 8, 8)
        (scores,) = in_onnxruntime(tmp_path / "net.onnx", [images])
        torch.testing.assert_close(scores, *outputs(run.module, [images]), rtol=1e-4, atol=1e-5)

    def test_what_pytorch_cannot_export_is_one_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from archc.cli.main import main

        def refuse(*args: object, **options: object) -> None:
            raise ValueError("not this\none")

        monkeypatch.setattr(torch.export, "export", refuse)
        assert main(["export", "-e", "fc 2", "--input", "4", "-o", str(tmp_path / "net.pt2")]) == 1
        said = capsys.readouterr().err
        assert "PyTorch cannot export this network: not this\n" in said
        assert not list(tmp_path.iterdir())

    def test_safetensors_hold_the_state_dict(self, run: Run, tmp_path: Path) -> None:
        from safetensors.torch import load_file

        run.export(tmp_path / "net.safetensors")
        found = load_file(tmp_path / "net.safetensors")
        for name, tensor in run.module.state_dict().items():
            assert torch.equal(found[name], tensor)

    def test_onnx_without_its_packages_says_what_to_install(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        import sys

        from archc.cli.main import main

        monkeypatch.setitem(sys.modules, "onnxscript", None)
        path = tmp_path / "net.onnx"
        assert main(["export", "-e", "fc 2", "--input", "4", "-o", str(path)]) == 2
        assert "pip install onnx onnxscript" in capsys.readouterr().err
        assert not list(tmp_path.iterdir())

    def test_other_suffixes_are_wrong_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        from archc.cli.main import main

        assert main(["export", "lenet", "-o", "net.h5"]) == 2
        assert ".onnx, .pt2, .safetensors" in capsys.readouterr().err


def test_compare_shows_results_and_differences(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from archc.cli.main import main

    other = archc.train(NET, run=tmp_path / "other", epochs=1, lr=0.01)
    assert main(["compare", str(run.folder), str(other.folder), "--format", "json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["runs"]
    assert first["result"]["test_accuracy"] == run.result["test_accuracy"]
    assert set(second["settings"]) == {"epochs", "optimizer"}
    assert main(["compare", str(run.folder), str(other.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines[1:]]
    assert names[-1] == "optimizer"
    assert names.count("epochs") == 1, "the results have them already"
    assert main(["compare", str(tmp_path)]) == 1


def test_compare_writes_a_page(run: Run, tmp_path: Path) -> None:
    text = "input 1x8x8\nconv 1\ntrain { data digits | loss mse target=input | epochs 2 }"
    other = archc.train(text, run=tmp_path / "<other>")
    found = archc.compare(run, other.folder)
    assert found.columns[1].result["test_accuracy"] is None
    found.save(tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text("utf-8"))
    assert page.open == []
    assert {"s0", "s1"} <= {style for style in page.styles if style.startswith("s")}
    assert "&lt;other&gt;" in page.text
    assert "<other>" not in page.text


def test_a_run_is_opened_again(run: Run) -> None:
    again = archc.open_run(run.folder)
    assert again.metrics == run.metrics
    assert again.result == run.result
    assert again.test_accuracy == run.result["test_accuracy"]
    assert again.evaluate()["test_accuracy"] == pytest.approx(run.test_accuracy)
    for name, tensor in again.module.state_dict().items():
        assert torch.equal(tensor, run.module.state_dict()[name])
    assert str(run.folder) in repr(again)
    assert "Linear" not in repr(again)
