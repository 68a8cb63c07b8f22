"""launcher.py for a machine so slow that no market data could come in five seconds."""

import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from engram import wiring
from engram.app import main
from tests.machine_speed import LONG

if __name__ == "__main__":
    wiring.CandleSource = partial(wiring.CandleSource, deadline=LONG)
    sys.exit(main(home=Path(__file__).parent.parent))
