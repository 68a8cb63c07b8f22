"""Order within a chat, no waiting between chats."""

import threading

import pytest

from engram.telegram import lanes as lanes_module
from engram.telegram.lanes import ChatLanes
from tests.machine_speed import ends, within


def test_jobs_of_one_lane_run_in_order():
    """Answers would come in a different order from the questions."""
    done, order = threading.Event(), []
    lanes = ChatLanes(8, "test")
    for number in range(200):
        lanes.put("a", lambda number=number: order.append(number))
    lanes.put("a", done.set)
    assert within(5, done.wait)
    assert order == list(range(200))


def test_a_slow_lane_delays_no_other():
    """One slow answer would keep every other chat waiting."""
    release, done = threading.Event(), threading.Event()
    lanes = ChatLanes(2, "test")
    lanes.put("slow", lambda: within(5, release.wait))
    lanes.put("slow", lambda: None)
    lanes.put("fast", done.set)
    assert within(5, done.wait)
    assert lanes.waiting == 1
    release.set()


def test_the_number_of_threads_is_bounded_and_nothing_is_lost():
    """A thousand chats would start a thousand threads."""
    release, lock, seen, left = threading.Event(), threading.Lock(), set(), threading.Semaphore(0)

    def job():
        with lock:
            seen.add(threading.get_ident())
        within(5, release.wait)
        left.release()

    lanes = ChatLanes(5, "test")
    for chat in range(50):
        lanes.put(chat, job)
    release.set()
    for _ in range(50):
        assert within(5, lambda moment: left.acquire(timeout=moment))
    assert len(seen) <= 5
    assert lanes.waiting == 0


def test_lanes_take_turns():
    """One chat with a hundred questions would be served before all others."""
    gate, order, done = threading.Event(), [], threading.Event()
    lanes = ChatLanes(1, "test")
    lanes.put("first", lambda: within(5, gate.wait))
    for number in range(3):
        lanes.put("a", lambda number=number: order.append(f"a{number}"))
    lanes.put("b", lambda: order.append("b0"))
    lanes.put("a", done.set)
    gate.set()
    assert within(5, done.wait)
    assert order == ["a0", "b0", "a1", "a2"]


def test_a_job_that_fails_does_not_end_its_lane(caplog):
    """One bug would silence a chat for good."""
    done = threading.Event()
    lanes = ChatLanes(1, "test")
    lanes.put("a", lambda: 1 / 0)
    lanes.put("a", done.set)
    assert within(5, done.wait)
    assert "test a: failed unexpectedly" in caplog.text


@pytest.mark.parametrize("rounds", [3])
def test_idle_threads_end_and_new_work_starts_new_ones(monkeypatch, rounds):
    """After a burst the bot would keep hundreds of threads, or have none left."""
    monkeypatch.setattr(lanes_module, "IDLE_SECONDS", 0.01)
    lanes, workers = ChatLanes(4, "test"), set()
    for _ in range(rounds):
        done = threading.Event()

        def job(done=done):
            workers.add(threading.current_thread())
            done.set()

        lanes.put("a", job)
        assert within(5, done.wait)
        for worker in list(workers):
            assert ends(worker, 5)


@pytest.mark.parametrize(("lane", "name"), [(7, "test 7"), ("a", "test a"), (object(), "test")])
def test_a_thread_is_named_after_its_chat(lane, name):
    """The log would not say which chat asked, or name an address in memory."""
    found, done, lanes = [], threading.Event(), ChatLanes(1, "test")
    lanes.put(lane, lambda: (found.append(threading.current_thread().name), done.set()))
    assert within(5, done.wait)
    assert found == [name]


def test_a_machine_without_a_thread_to_give_is_asked_again(monkeypatch):
    """After a moment without a free thread, nothing would ever be answered again."""
    done, lanes, start = threading.Event(), ChatLanes(1, "test"), threading.Thread.start

    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError):
        lanes.put("a", lambda: None)
    monkeypatch.setattr(threading.Thread, "start", start)
    lanes.put("b", done.set)
    assert within(5, done.wait)
    assert lanes.waiting == 0
