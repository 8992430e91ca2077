"""Random networks, judged twice: by archc from their text, and by PyTorch from their structure.

`structure` says what a random network is and writes it as a spec; `generate` draws one; `reference`
builds and runs it with torch alone, by its own understanding of each step; `compare` holds the two
verdicts against each other. `python -m tests.differential --count 10000` runs many.
"""

import sys
from pathlib import Path

# The layers' arguments are drawn as in the tests of single layers.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
