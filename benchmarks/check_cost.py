"""What `archc check` and `archc summary` cost, beside what else tells shapes and counts.

    python benchmarks/check_cost.py [--runs 15] [SPEC]

Beside them stand the imports that nothing on lark and click can do without, PyTorch's own way, the
emitted module made and run on the meta device, and torchinfo's summary of it there (`pip install
.[benchmark]`). Prints CPU seconds of whole processes (the median of interleaved runs), peak memory,
and the ratio to the imports. `specs/torchvision/resnet.arch:resnet152` is a large one.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

# As installed: with the bytecode that the first run writes.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
ROOT = Path(__file__).resolve().parent.parent


def measure(command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak MiB of a child process."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT, env=ENVIRONMENT)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return usage.ru_utime + usage.ru_stime, peak


def on_meta(spec: str, folder: str) -> dict[str, list[str]]:
    """Commands that make the emitted module on the meta device and run it there."""
    # In children: a child's peak memory is at least what its parent had when it forked.
    report = json.loads(run("check", "--format", "json", spec))["files"][0]
    source = run("build", "--name", "Net", spec)
    made = f"with torch.device('meta'):\n    net, x = Net(), torch.empty(2, *{report['input']})\n"
    uses = {
        "PyTorch on meta": "net(x)",
        "torchinfo on meta": "import torchinfo\ntorchinfo.summary(net, input_data=x)",
    }
    if find_spec("torchinfo") is None:
        del uses["torchinfo on meta"]
    commands = {}
    for name, use in uses.items():
        file = Path(folder, f"{name.split()[0]}_net.py")
        file.write_text(f"{source}\n\n{made}{use}\n", encoding="utf-8")
        commands[name] = [sys.executable, str(file)]
    return commands


def run(*arguments: str) -> str:
    """What an archc command prints."""
    command = [sys.executable, "-m", "archc", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("spec", nargs="?", default="specs/lenet.arch")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archc = {
            f"archc {command}": [sys.executable, "-m", "archc", command, options.spec]
            for command in ("check", "summary")
        }
        imports = [sys.executable, "-c", "import lark, click"]
        commands = {"import lark, click": imports, **archc, **on_meta(options.spec, folder)}
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(options.runs):
            for name, command in commands.items():
                runs[name].append(measure(command))
    print(options.spec)
    base = statistics.median(cpu for cpu, _ in runs["import lark, click"])
    for name, measured in runs.items():
        cpu = statistics.median(cpu for cpu, _ in measured)
        peak = statistics.median(peak for _, peak in measured)
        print(f"{name:<20} {cpu:6.3f} CPU-s  {cpu / base:5.2f}x  {peak:6.1f} MiB")


if __name__ == "__main__":
    main()
