"""Order within a chat, no waiting between chats."""

import threading
import time
from functools import partial

import pytest

from engram.core.waits import Waits, Wakeup
from engram.telegram import lanes as lanes_module
from engram.telegram.lanes import ChatLanes
from tests.conftest import wait_until
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


def test_for_threads_that_are_held_up_there_are_a_few_others(monkeypatch):
    """A few chats whose calls hang would keep all others waiting."""
    monkeypatch.setattr(lanes_module, "HELD_UP", 0.05)
    release, done, last = threading.Event(), threading.Semaphore(0), threading.Event()
    lanes = ChatLanes(2, "test", spare=3)

    def held_up():
        assert within(60, release.wait)

    for chat in range(4):
        lanes.put(f"slow {chat}", held_up)
    for chat in range(3):
        lanes.put(f"fast {chat}", done.release)
    for _ in range(3):
        assert within(10, lambda moment: done.acquire(timeout=moment))
    lanes.put("slow 4", held_up)
    lanes.put("after all", last.set)
    time.sleep(0.5)
    assert not last.is_set()
    assert lanes._threads == 5
    release.set()
    assert within(10, last.wait)
    wait_until(lambda: not lanes._since, 10)


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


def test_a_machine_without_a_thread_to_give_is_asked_again(monkeypatch, caplog):
    """After a moment without a free thread, nothing would ever be answered again."""
    done, lanes, start = threading.Event(), ChatLanes(1, "test"), threading.Thread.start

    def refuse(thread):
        if thread.name == "timer":
            return start(thread)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    lanes.put("a", done.set)
    assert "can't start new thread" in caplog.text
    monkeypatch.setattr(threading.Thread, "start", start)
    assert within(5, done.wait)
    assert lanes.waiting == 0


def test_what_waits_costs_no_thread():
    """A thousand chats in line would cost a thousand threads, or wait for each other."""
    lanes, begun, ended = ChatLanes(2, "test"), [], threading.Semaphore(0)

    def task(signal):
        begun.append(threading.current_thread())
        yield Waits(signal, time.monotonic() + 1000.0)
        ended.release()

    signals = [Wakeup() for _ in range(100)]
    for number, signal in enumerate(signals):
        lanes.put(number, partial(task, signal))
    wait_until(lambda: len(begun) == 100, 5)
    assert len(set(begun)) <= 2
    assert lanes.waiting == 0
    for signal in signals:
        signal.set()
    for _ in signals:
        assert within(5, lambda moment: ended.acquire(timeout=moment))


def test_a_task_that_waits_keeps_its_lane():
    """The answer to a second question would come before that to the first."""
    lanes, woken, order, done = ChatLanes(4, "test"), Wakeup(), [], threading.Event()

    def first():
        order.append("first begins")
        yield Waits(woken, time.monotonic() + 1000.0)
        order.append("first ends")

    lanes.put("a", first)
    lanes.put("a", lambda: order.append("second"))
    lanes.put("b", lambda: order.append("other"))
    lanes.put("a", done.set)
    wait_until(lambda: len(order) == 2, 5)
    assert lanes.depth("a") == 2
    woken.set()
    assert within(5, done.wait)
    assert sorted(order[:2]) == ["first begins", "other"]
    assert order[2:] == ["first ends", "second"]


def test_a_wait_ends_at_its_time_and_only_once():
    """An answer would wait for ever for what does not come, or be made twice at once."""
    lanes, times, done = ChatLanes(4, "test"), [], threading.Event()
    first, second = Wakeup(), Wakeup()

    def task():
        yield Waits(first, time.monotonic() + 0.05)
        times.append("first")
        first.set()
        yield Waits(second, time.monotonic() + 1000.0)
        times.append("second")
        done.set()

    lanes.put("a", task)
    wait_until(lambda: times == ["first"], 5)
    second.set()
    assert within(5, done.wait)
    assert times == ["first", "second"]


def test_steps_that_fail_do_not_end_their_lane(caplog):
    """One bug after a wait would silence a chat for good."""
    lanes, done = ChatLanes(1, "test"), threading.Event()

    def fails():
        yield Waits(Wakeup(), 0.0)
        raise ZeroDivisionError

    lanes.put("a", fails)
    lanes.put("a", done.set)
    assert within(5, done.wait)
    assert "test a: failed unexpectedly" in caplog.text


def test_more_threads_come_when_there_may_be_more():
    """While model servers work on questions, nobody else would be answered."""
    allowed, release, done = [1], threading.Event(), threading.Event()
    lanes = ChatLanes(lambda: allowed[0], "test")
    lanes.put("slow", lambda: within(10, release.wait))
    lanes.put("fast", done.set)
    allowed[0] = 2
    assert within(5, done.wait)
    release.set()
