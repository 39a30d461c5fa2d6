"""Mutants on trial: each is written into a copy of the work tree, where a forked process runs the tests."""

import gc
import importlib
import math
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import NoReturn

from tests.mutants.modules import Subject
from tests.mutants.quickest_first import QuickestFilesFirst
from tests.mutants.values import Mutant, Trial

PRELOADED = (
    "pytest", "_pytest.assertion.rewrite", "httpx", "aiohttp", "socketio", "aiortc", "pymediasoup", "numpy", "av",
    "pydantic", "docker", "rich.console", "rich.table", "yaml", "trustme", "cryptography.x509", "jinja2", "jsonschema",
    "libcst", "hypothesis", "_hypothesis_pytestplugin", "xdist.plugin", "xdist.dsession", "anyio.pytest_plugin",
    "unittest.mock", "pdb", "engineio", "concurrent.futures.thread", "cryptography.hazmat.primitives.asymmetric.ec",
)  # fmt: skip
"""What the tests import of others' code: loaded once, so that a trial costs its tests and not their imports."""

LEAST_DEADLINE_S = 20.0
DEADLINE_FACTOR = 6.0
"""A trial may compute for this many times what the tests take without a mutant."""
WAITING_FACTOR = 4.0
"""And it may last this many times longer: what only waits, for a busy machine as well, is not taken for endless."""

NOTHING_RUN = 5  # pytest's status where no test was collected

FORK = multiprocessing.get_context("fork")


class Interrupt:
    """Ctrl-C or a request to end, remembered: in a hook that Python runs at a fork, a signal's exception is lost."""

    def __init__(self) -> None:
        self.asked = False

    def install(self) -> None:
        """Take the process's SIGINT and SIGTERM."""
        signal.signal(signal.SIGINT, self._take)
        signal.signal(signal.SIGTERM, self._take)

    def _take(self, *_: object) -> None:
        self.asked = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raises KeyboardInterrupt where one was asked for."""
        if self.asked:
            raise KeyboardInterrupt


INTERRUPT = Interrupt()


ANOTHER_SECOND_S = 10.0


class NotGreenError(Exception):
    """The tests fail without any mutant, so they can judge none."""


@dataclass
class _Running:
    process: ForkProcess
    mutant: Mutant
    slot: Path
    since: float


def preload() -> None:
    """Imports what the tests need of others' code; what is not installed is not needed either."""
    from _pytest.config import default_plugins

    for name in (*PRELOADED, *(f"_pytest.{each}" for each in default_plugins)):
        with suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # else each trial's collector walks through all of it, which takes half of a short trial


def copy_of(root: Path, to: Path) -> Path:
    """The files that git knows or would add, with their times, so that compiled modules stay valid."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, to / name)
    return to


def unmutated_s(subject: Subject, slots: Sequence[Path]) -> float:
    """What the tests take without a mutant, in seconds. Raises NotGreenError where they fail; leaves compiled modules."""
    taken = 0.0
    for slot in slots:
        since = time.monotonic()
        process = started(subject, slot, compiled=True)
        try:
            process.join()
        finally:
            _kill(process)
        taken = time.monotonic() - since
        INTERRUPT.check()
        if process.exitcode:
            text = (slot / "trial.log").read_text(errors="replace")
            raise NotGreenError(
                f"{' '.join(subject.tests)}: red without a mutant (status {process.exitcode})\n{text[-3000:]}"
            )
    return taken


def started(
    subject: Subject, slot: Path, *, compiled: bool = False, compute_s: float | None = None
) -> ForkProcess:
    """A process that runs the subject's tests in a copy, and is ended when it has computed for `compute_s`.

    `compiled`: it may leave compiled modules and notes there.
    """
    process = FORK.Process(target=_run_tests, args=(slot, subject, compiled, compute_s))
    process.start()
    return process


def _run_tests(slot: Path, subject: Subject, compiled: bool, compute_s: float | None) -> None:
    os.setpgid(0, 0)  # Ctrl-C is the parent's; it ends the whole group
    if compute_s is not None:
        seconds = math.ceil(compute_s)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    log = os.open(slot / "trial.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.chdir(slot)
    sys.dont_write_bytecode = not compiled
    here = str(Path(__file__).parents[2])
    sys.path[:] = [str(slot), *(p for p in sys.path if p not in ("", here))]
    for name in [n for n in sys.modules if n.partition(".")[0] in ("tests", "fixtures", "lab", "conftest")]:
        del sys.modules[name]
    if subject.nearest and not compiled and (pid := os.fork()):
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status not in (0, NOTHING_RUN):
            os._exit(1)
        others = [each for each in subject.tests if each not in subject.nearest]
        _pytest(slot, others, noting=False, but=subject.nearest)
    _pytest(slot, subject.tests if compiled or not subject.nearest else subject.nearest, noting=compiled)


def _pytest(slot: Path, tests: Sequence[str], *, noting: bool, but: Sequence[str] = ()) -> NoReturn:
    """Ends the process with pytest's status: what a mutant left running keeps nobody waiting.

    The files `but` are left out, also where their folder is among the tests.
    """
    pytest = importlib.import_module("pytest")
    options = [
        "-x",
        "-q",
        "-n",
        "0",
        "--no-header",
        "--tb=line",
        "-p",
        "no:cacheprovider",
        f"--rootdir={slot}",
        *(f"--ignore={slot / name}" for name in but),
    ]
    order = QuickestFilesFirst(slot / "seconds.json", noting=noting)
    status = int(pytest.main([*options, f"--basetemp={slot}/.tmp", *tests], plugins=[order]))
    sys.stdout.flush()
    os._exit(status)


def trials(
    subject: Subject, mutants: Sequence[Mutant], slots: Sequence[Path], deadline_s: float
) -> Iterator[Trial]:
    """One trial per mutant, as they end, one at a time in each copy; `deadline_s` is of computing."""
    waiting, free = list(reversed(mutants)), list(slots)
    running: list[_Running] = []
    originals = {slot: (slot / subject.module).read_text() for slot in slots}
    try:
        while waiting or running:
            while waiting and free:
                running.append(_begin(subject, waiting.pop(), free.pop(), deadline_s))
            INTERRUPT.check()
            wait([each.process.sentinel for each in running], timeout=0.5)
            for each in [r for r in running if _is_over(r, deadline_s)]:
                running.remove(each)
                yield _ended(each)
                (each.slot / subject.module).write_text(originals[each.slot])
                free.append(each.slot)
    finally:
        for each in running:
            _kill(each.process)


def _begin(subject: Subject, mutant: Mutant, slot: Path, deadline_s: float) -> _Running:
    module = slot / subject.module
    module.write_text(mutant.source)
    # A compiled module is known by size and whole seconds of time: one made in this second would be taken for this one.
    later = time.time() + ANOTHER_SECOND_S
    os.utime(module, (later, later))
    return _Running(started(subject, slot, compute_s=deadline_s), mutant, slot, time.monotonic())


def _is_over(running: _Running, deadline_s: float) -> bool:
    lasts_s = time.monotonic() - running.since
    return not running.process.is_alive() or lasts_s > WAITING_FACTOR * deadline_s


def _ended(running: _Running) -> Trial:
    seconds = time.monotonic() - running.since
    is_late = running.process.is_alive()
    _kill(running.process)
    if is_late or running.process.exitcode == -signal.SIGXCPU:
        return Trial(running.mutant, "timed out", seconds)
    if running.process.exitcode == NOTHING_RUN:
        raise NotGreenError("no test was collected")
    return Trial(running.mutant, "killed" if running.process.exitcode else "survived", seconds)


def _kill(process: ForkProcess) -> None:
    """Ends a trial and all that it started."""
    if process.pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.join()
