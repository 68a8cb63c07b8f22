"""All series of a folder, walked over on all cores."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from multiprocessing import active_children, get_context, parent_process, resource_tracker

import numpy as np

from tests.study.candle_files import Folder
from tests.study.walk import CASE, STRIDES, Daily, walk

BITCOIN = "BTC/USDT"


def study(
    folder: Folder,
    processes: int,
    strides: Mapping[str, int] = STRIDES,
    progress: Callable[[str], None] = lambda _: None,
) -> np.ndarray:
    """The cases of every market of `folder`; each process holds the candles of one market."""
    bitcoin = None
    if BITCOIN in folder.files and "1d" in (series := folder.series(BITCOIN)):
        bitcoin = Daily.of(series["1d"])
    markets = folder.markets
    one = partial(of_market, folder, bitcoin, strides)
    found: dict[int, np.ndarray] = {}
    count = 0
    progress(f"Markets to walk over: {len(markets)}")
    with workers(min(processes, len(markets))) as pool:
        with no_interrupts():
            walked = [pool.submit(one, number) for number in range(len(markets))]
        for done in as_completed(walked):
            number, cases = done.result()
            found[number] = cases
            count += len(cases)
            progress(f"{len(found)} of {len(markets)} markets, {count:,} cases: {markets[number]}")
    return np.concatenate([np.empty(0, CASE), *(found[number] for number in sorted(found))])


@contextmanager
def workers(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that are gone as soon as the study is: done, failed, interrupted or killed."""
    # Not forked: that would inherit locks of threads that it has not.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), leave_with_parent)
    try:
        yield pool
    except BaseException:
        for child in active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def no_interrupts() -> Iterator[None]:
    """Ctrl-C waits until the end of this; processes that are started meanwhile never get it."""
    noted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    masks = hasattr(signal, "pthread_sigmask")  # not on Windows
    if masks:
        # Inherited by new processes. Without a tracker, starting one would lift it.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        signal.signal(signal.SIGINT, before)
    if noted:
        raise KeyboardInterrupt


def leave_with_parent() -> None:
    """Have this process end when the one that started it is gone, however that ended."""

    def watch() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def of_market(
    folder: Folder, bitcoin: Daily | None, strides: Mapping[str, int], number: int
) -> tuple[int, np.ndarray]:
    """The cases of one market on all timeframes, with its number."""
    series = folder.series(folder.markets[number])
    own = Daily.of(series["1d"]) if "1d" in series else None
    cases = [
        walk(
            series[frame],
            number,
            (None if frame == "1d" else own, bitcoin),
            stride,
            folder.longest_pause,
        )
        for frame, stride in strides.items()
        if frame in series
    ]
    return number, np.concatenate([np.empty(0, CASE), *cases])
