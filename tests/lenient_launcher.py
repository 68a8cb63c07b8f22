"""launcher.py with other bounds: `python tests/lenient_launcher.py patient,unpaced [ARGUMENTS]`.

`patient`: for a machine so slow that no market data could come in five seconds. `awaiting`: the
same for the daily signals, for which a panel waits much shorter. `unpaced`: for a Telegram that
enforces no limits; the bot sends to a chat as fast as it can. `skewed`: for a machine whose clock
is wrong, by the seconds in the file `clock` if there is one; what counts by `time.monotonic` does
not see that. `adjusted`: what happens unasked goes by the clock in the file `clock.json`.
"""

import contextlib
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from engram import wiring
from engram.app import main
from engram.market import regime
from engram.telegram.sending import turns
from tests.adjustable_clock import AdjustableClock
from tests.machine_speed import LONG

right = time.time


def skewed() -> float:
    """The time that the machine's clock shows."""
    with contextlib.suppress(OSError, ValueError):
        return right() + float(Path("clock").read_text("utf-8"))
    return right()


if __name__ == "__main__":
    leniences = sys.argv[1].split(",")
    if "patient" in leniences:
        wiring.CandleSource = partial(wiring.CandleSource, deadline=LONG)
    if "awaiting" in leniences:
        regime.LONGER = LONG
    if "skewed" in leniences:
        time.time = skewed
    if "unpaced" in leniences:
        turns.GROUP_PACE = turns.PRIVATE_PACE = (1000, 0.001)
    clock = AdjustableClock(Path("clock.json")) if "adjusted" in leniences else None
    sys.exit(main(sys.argv[2:], home=Path(__file__).parent.parent, clock=clock))
