"""The one setting of the host that a guest needs: how many pieces of memory a process may map."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import PreflightError
from lab.host import locks, state
from lab.text.shell import command_line

SETTING = Path("/proc/sys/vm/max_map_count")
WANTED = 1_000_000
"""Each process of the guest is one of the host whose every page may be a mapping; Linux's default is 65530."""
NOTE = ".max_map_count"
"""In the labs' home: the value before ours, until it is put back. A killed run leaves it for the next."""


@contextmanager
def raised(setting: Path = SETTING) -> Iterator[None]:
    """The setting is high enough while the block runs, and afterwards as it was, for the last of several at once.

    Raises PreflightError with the command where it cannot be raised.
    """
    state.home().mkdir(parents=True, exist_ok=True, mode=0o700)
    note = state.home() / NOTE
    with locks.exclusive(state.home()):
        found = int(setting.read_text())
        if found < WANTED:
            _set(setting, WANTED, f"it is {found}")
            note.write_text(f"{found}\n")
    try:
        yield
    finally:
        put_back(setting)


def put_back(setting: Path = SETTING) -> None:
    """What a run found before it raised the setting, unless nothing is noted."""
    note = state.home() / NOTE
    try:
        before = int(note.read_text())
    except FileNotFoundError:
        return
    _set(setting, before, "a run that has ended raised it")
    note.unlink()


def _set(setting: Path, value: int, why: str) -> None:
    try:
        setting.write_text(f"{value}\n")
    except OSError as error:
        raise PreflightError(
            f"vm.max_map_count: {why}, {value} wanted, and it cannot be set ({error.strerror}): "
            + command_line(["sudo", "sysctl", "-w", f"vm.max_map_count={value}"])
        ) from error
