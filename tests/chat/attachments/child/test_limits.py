import builtins
import signal
import sys

import pytest

from engram.chat.attachments.child import limits

resource = pytest.importorskip("resource", reason="Windows limits nothing")


@pytest.fixture
def set_limits(monkeypatch):
    """What is set, without setting it: it would be this process's."""
    found = {}
    monkeypatch.setattr(resource, "setrlimit", found.__setitem__)
    monkeypatch.setattr(signal, "alarm", lambda seconds: found.__setitem__("alarm", seconds))
    monkeypatch.setattr(limits.Path, "write_text", lambda *_, **__: found.__setitem__("oom", True))
    return found


def test_memory_time_files_and_processes_are_bounded(set_limits):
    """One picture could fill the memory, or begin programs."""
    limits.confine()
    least = (limits.MEMORY, limits.MEMORY)
    assert set_limits[resource.RLIMIT_AS] == least or resource.getrlimit(resource.RLIMIT_AS) < least
    assert set_limits[resource.RLIMIT_NPROC] == (0, 0)
    assert set_limits[resource.RLIMIT_FSIZE] == (0, 0)
    assert set_limits["alarm"] == limits.ALONE
    assert set_limits["oom"]


def test_a_bound_that_is_lower_already_stays(set_limits, monkeypatch):
    """Where an administrator allows less, no picture would be opened at all."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (5, 7))
    limits.confine()
    assert set_limits[resource.RLIMIT_AS] == (7, 7)


@pytest.mark.parametrize("error", [ValueError("not allowed"), OSError(), AttributeError("none")])
def test_what_a_system_does_not_let_anybody_set_is_left_alone(set_limits, monkeypatch, error):
    """On macOS no picture would be opened."""

    def fails(*_):
        raise error

    monkeypatch.setattr(resource, "setrlimit", fails)
    limits.confine()


def test_a_system_without_limits_opens_pictures_all_the_same(set_limits, monkeypatch):
    """On Windows no picture would be opened."""
    kept = builtins.__import__

    def lacks(name, *arguments, **options):
        if name == "resource":
            raise ImportError(name)
        return kept(name, *arguments, **options)

    monkeypatch.delitem(sys.modules, "resource")
    monkeypatch.setattr(builtins, "__import__", lacks)
    monkeypatch.delattr(signal, "alarm")
    limits.confine()
    assert set(set_limits) <= {"oom"}
