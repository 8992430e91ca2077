"""What `archc check` costs, beside the imports that no check on lark and click can do without.

    python benchmarks/check_cost.py [SPEC]

Prints CPU seconds (the median of interleaved runs), peak memory and their ratios, and the same for
PyTorch's own shape check: building the emitted module on the meta device and running it there.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 15
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


def on_meta(spec: str, folder: str) -> list[str]:
    """A command that checks the emitted module as PyTorch users do."""
    # In children: a child's peak memory is at least what its parent had when it forked.
    report = json.loads(run("check", "--format", "json", spec))["files"][0]
    call = f"Net().to('meta')(torch.empty(2, *{report['input']}, device='meta'))"
    file = Path(folder, "net.py")
    file.write_text(f"{run('build', '--name', 'Net', spec)}\n\n{call}\n", encoding="utf-8")
    return [sys.executable, str(file)]


def run(*arguments: str) -> str:
    """What an archc command prints."""
    command = [sys.executable, "-m", "archc", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Measures and prints."""
    spec = sys.argv[1] if len(sys.argv) > 1 else "specs/lenet.arch"
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "import lark, click": [sys.executable, "-c", "import lark, click"],
            f"archc check {spec}": [sys.executable, "-m", "archc", "check", spec],
            "PyTorch on meta": on_meta(spec, folder),
        }
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(RUNS):
            for name, command in commands.items():
                runs[name].append(measure(command))
    base = statistics.median(cpu for cpu, _ in runs["import lark, click"])
    for name, measured in runs.items():
        cpu = statistics.median(cpu for cpu, _ in measured)
        peak = statistics.median(peak for _, peak in measured)
        print(f"{name:<32} {cpu:6.3f} CPU-s  {cpu / base:5.2f}x  {peak:6.1f} MiB")


if __name__ == "__main__":
    main()
