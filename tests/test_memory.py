"""What a run asks of this process's memory."""

import sys

import pytest

RESIDENT = """
import torch
from pathlib import Path
from archc.training import memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if {keep}:
    memory.keep_freed()
before = resident()
for _ in range(2):
    torch.ones(100_000_000, dtype=torch.uint8)
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")
@pytest.mark.parametrize("keep", [True, False])
def test_large_blocks_stay_with_the_process(run_python, keep):
    done = run_python("-c", RESIDENT.format(keep=keep))
    assert done.returncode == 0, done.stderr
    assert (int(done.stdout) > 90_000_000) is keep


def test_other_c_libraries_stay_as_they_are(monkeypatch):
    from archc.training import memory

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    memory.keep_freed()
