"""`make demo`: the whole way of one network, from its text to a trained model."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPEC = "specs/digits.arch"
MADE = "build"
CONTENTS = {
    ".dot": "the diagram's text (pictures need Graphviz)",
    ".py": "the network as PyTorch source",
    ".svg": "the diagram",
}
REQUIRED_ACCURACY = 0.97


def main() -> int:
    (ROOT / MADE).mkdir(exist_ok=True)
    archc("check", SPEC)
    has_dot = shutil.which("dot") is not None
    archc("draw", SPEC, "-o", f"{MADE}/digits.svg", may_fail=not has_dot)
    archc("build", SPEC, "-o", f"{MADE}/digits.py")
    earlier = runs()
    archc("train", SPEC)
    (run,) = runs() - earlier
    accuracy = json.loads((run / "result.json").read_text())["test_accuracy"]

    print("\nMade here:")
    for file in sorted((ROOT / MADE).glob("digits.*")):
        print(f"  {MADE}/{file.name:<14} {CONTENTS.get(file.suffix, '')}")
    print(f"  runs/{run.name:<15} the run: weights, metrics, settings")
    print(f"Test accuracy: {accuracy:.1%}, {REQUIRED_ACCURACY:.0%} needed.")
    return 0 if accuracy >= REQUIRED_ACCURACY else 1


def archc(*arguments: str, may_fail: bool = False) -> None:
    """Shows and runs a command; its failure is the demo's."""
    print(f"\n$ archc {' '.join(arguments)}", flush=True)
    done = subprocess.run([sys.executable, "-m", "archc", *arguments], cwd=ROOT, check=False)
    if done.returncode and not may_fail:
        sys.exit(done.returncode)


def runs() -> set[Path]:
    """The folders of this spec's runs so far."""
    return set((ROOT / "runs").glob("digits-*"))


if __name__ == "__main__":
    sys.exit(main())
