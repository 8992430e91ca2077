"""The child's life: started, given a time for each answer, killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from threading import Timer
from typing import Any

VARIABLE = "ARCHC_PYTHON"
"""The environment variable that names a Python with torch, where it is not the running one."""

START_SECONDS = 60.0
"""The time to import torch."""

ANSWER_SECONDS = 20.0

LONGEST = 2**24
"""The most characters of an answer."""


class Died(Exception):
    """The child is no more; `status` is its exit status, None where it was stopped: too slow, or
    what it said was no answer."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Child:
    """A running child. `seconds` counts the time that was spent waiting for it."""

    def __init__(self) -> None:
        """Starts it and waits for torch. Raises Died."""
        python = os.environ.get(VARIABLE) or sys.executable
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child.py")
        self.seconds = 0.0
        try:
            self._process = subprocess.Popen(
                [python, "-P", script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="ascii",
                # Ctrl-C is for the one who asks, who then ends the child and what it has started.
                start_new_session=True,
            )
        except OSError as error:
            raise Died(f"{python} does not start: {error.strerror}") from None
        try:
            found = self._hear(START_SECONDS)
        except Died as died:
            raise Died(f"{python} could not load torch: it {died.reason}") from None
        if not isinstance(found.get("torch"), str):
            self.kill()
            raise Died(f"{python} has no torch")

    def ask(self, question: str) -> Mapping[str, Any]:
        """Asks a question of one line. Raises Died."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(question + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError):  # closed: it was killed
            raise self._death() from None
        return self._hear(ANSWER_SECONDS)

    def kill(self) -> None:
        """Ends the child and what it has started."""
        self._signal()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            # A question that nobody has read is of no use any more.
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def _signal(self) -> None:
        process = self._process
        if process.poll() is None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (AttributeError, OSError):  # Windows has no groups
                process.kill()

    def _hear(self, seconds: float) -> Mapping[str, Any]:
        """The next answer. Raises Died."""
        assert self._process.stdout is not None
        late: list[bool] = []

        def stop() -> None:
            late.append(True)
            self._signal()

        timer, start = Timer(seconds, stop), time.monotonic()
        timer.daemon = True
        timer.start()
        try:
            heard = json.loads(self._process.stdout.readline(LONGEST) or '""')
        except (ValueError, RecursionError):
            heard = None
        finally:
            timer.cancel()
            self.seconds += time.monotonic() - start
        if late:
            self.kill()
            raise Died(f"gives no answer within {seconds:g} seconds")
        if heard == "":
            raise self._death()
        if not isinstance(heard, dict):
            self.kill()
            raise Died("writes where its answer is expected")
        return heard

    def _death(self) -> Died:
        """Why nothing more comes."""
        try:
            status = self._process.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            status = -9
        self.kill()
        if status < 0:
            names = {int(known): known.name for known in signal.Signals}
            return Died(f"was ended by {names.get(-status, f'signal {-status}')}")
        return Died(f"ends the process with status {status}", status)
