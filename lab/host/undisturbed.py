"""Work that Ctrl-C must not cut in half: what asks this process to end takes effect when the work is done."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ASK_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back the signals of ASK_TO_END in the block; one that came is raised as KeyboardInterrupt after it.

    Only the main thread is told of signals, so in another one nothing is held back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {each: signal.signal(each, lambda number, _: came.append(number)) for each in ASK_TO_END}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt
