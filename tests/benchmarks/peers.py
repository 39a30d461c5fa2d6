"""How long hostile peers hold the suite and how much memory they make it take: `python -m tests.benchmarks.peers [WORD...]`.

Each case runs in a child process of its own, against a server on loopback within it. Printed are its name, its seconds,
the megabytes by which its peak lies above that of a child that does nothing, and the outcome. With words only the cases
whose names hold one of them. A case that does not end is stopped, and one that takes too much memory fails by that.
"""

import importlib
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

MODULES = ("edge_peers", "swarm_peers")
"""The parts that have cases, beside this module."""
STOP_S = 60.0
"""Twice what any case's deadlines allow."""
MEMORY_MAX_BYTES = 3 * 2**30
OUTCOME_SHOWN = 150
Cases = dict[str, Callable[[], str]]


def cases() -> Cases:
    """Every case by its name."""
    found: Cases = {}
    for name in MODULES:
        found |= importlib.import_module(f"tests.benchmarks.{name}").CASES
    return found


def measured(case: Callable[[], str]) -> tuple[float, int, str]:
    """Seconds, peak memory in kB, and outcome of a case, in a child of this process."""
    readable, writable = os.pipe()
    child = os.fork()
    if not child:
        os.close(readable)
        _run(case, writable)
    os.close(writable)
    with open(readable, "rb") as pipe:  # noqa: PTH123 - a descriptor
        ended, _, _ = select.select([pipe], [], [], STOP_S)
        if not ended:
            os.kill(child, signal.SIGKILL)
        printed = pipe.read().decode()
    _, status, usage = os.wait4(child, 0)
    if not ended:
        return STOP_S, usage.ru_maxrss, f"no end within {STOP_S:g} s"
    took, _, outcome = printed.partition("\t")
    return float(took or 0), usage.ru_maxrss, outcome or f"ended with status {status}"


def _run(case: Callable[[], str], writable: int) -> NoReturn:
    """The case itself, in the child."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    os.dup2(
        os.open(os.devnull, os.O_WRONLY), 2
    )  # what a library tells there of errors that it drops is no outcome
    began = time.monotonic()
    try:
        outcome = case()
    except BaseException as error:  # noqa: BLE001 - what escapes is what is measured
        outcome = f"ESCAPED {type(error).__name__}: {error}"
    os.write(writable, f"{time.monotonic() - began:.2f}\t{' '.join(outcome[:1000].split())}".encode())
    os._exit(0)  # threads of the peers may still be sending


def main(words: Sequence[str]) -> None:
    """Every case whose name holds one of `words`, or every case."""
    every = cases()  # imported first, since a child begins with all that this process holds
    _, least_kb, _ = measured(lambda: "")
    for name, case in every.items():
        if words and not any(word in name for word in words):
            continue
        took, peak_kb, outcome = measured(case)
        more_mb = max(0, peak_kb - least_kb) / 1024
        shown = outcome if len(outcome) <= OUTCOME_SHOWN else f"{outcome[:OUTCOME_SHOWN]}..."
        sys.stdout.write(f"{name:45} {took:6.2f} s {more_mb:7.1f} MB  {shown}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
