"""What the child process takes from itself before it looks at foreign bytes."""

import contextlib
import signal
from pathlib import Path

MEMORY = 512 * 2**20  # bytes of address space, with those of the interpreter
# Seconds: of processor time, and until it ends by itself if its parent is gone.
SECONDS = 10
ALONE = 60

# No memory beyond what a picture needs, no file that could be written, no process or thread that
# could be begun. A superuser may begin processes all the same: these end with the group.
LIMITS = {
    "RLIMIT_AS": MEMORY,
    "RLIMIT_CPU": SECONDS,
    "RLIMIT_FSIZE": 0,
    "RLIMIT_CORE": 0,
    "RLIMIT_NPROC": 0,
    "RLIMIT_NOFILE": 16,
}


def confine() -> None:
    """Set all bounds that this system knows; the parent's clock bounds the rest."""
    # Where memory runs out, Linux is to end this process and not the bot.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    if hasattr(signal, "alarm"):
        signal.alarm(ALONE)
    try:
        import resource
    except ImportError:  # Windows has none
        return
    for name, most in LIMITS.items():
        # macOS has names for limits that it does not let anybody set.
        with contextlib.suppress(AttributeError, ValueError, OSError):
            kind = getattr(resource, name)
            _, hard = resource.getrlimit(kind)
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (least, least))
