"""Being asked to end: Ctrl-C, and the ways in which systems and services ask."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_NAMES = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that exist depend on the system; Ctrl-C (SIGINT) is Python's own KeyboardInterrupt."""


@contextlib.contextmanager
def ends_as_interrupt() -> Iterator[None]:
    """While this holds, being asked to end raises KeyboardInterrupt, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] is not signal.SIG_IGN:  # started by nohup: a closed terminal must not end it
            signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def asks_to_stop(stop: Callable[[], None]) -> Iterator[None]:
    """While this holds, being asked to end calls ``stop``; being asked a second time raises KeyboardInterrupt.

    For what has to come to an end of its own, such as requests that are under way. ``stop`` is called in the main
    thread, between any two steps of whatever goes on there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            _interrupt(number, frame)
        asked = True
        stop()

    numbers = [getattr(signal, name) for name in ("SIGINT", *_NAMES) if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
