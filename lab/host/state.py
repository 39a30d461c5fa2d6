"""What a lab leaves on the host while it is up: one folder with its certificates and a description."""

import dataclasses
import ipaddress
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import InputError, LabError
from lab.host import locks, users
from lab.host.ownership import is_lab_name
from lab.host.topology import checked_name
from lab.text.shell import lab_command

DESCRIPTION = "lab.json"
SECRET_FILES = "secret-files.json"
SECRET_BYTES = 500_000
"""As large as a secret of a Swarm may be."""


def home() -> Path:
    """Where the labs' folders are: `$XDG_STATE_HOME/jbcalling-lab`, as the XDG base directories have it."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "jbcalling-lab"


def home_label() -> str:
    """This home among all whose labs an engine may carry: its path, its user, and the inode of the folder it is in.

    The inode tells two containers apart, in which path and user are alike. The folder is made where it is not there.
    """
    return f"{home().absolute()} of user {os.geteuid()} (inode {_base().stat().st_ino})"


def _base() -> Path:
    """The folder that `home` is in, made where it is not there; raises InputError where it cannot be."""
    base = home().parent
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{base} cannot hold what describes a lab ({error.strerror}): set XDG_STATE_HOME to a folder of yours"
        ) from error
    return base


def folder(lab: str) -> Path:
    """The lab's own folder; raises InputError for a name that would lead out of `home`."""
    return home() / checked_name(lab)


def secrets_of(place: Path) -> set[str]:
    """The values that the lab with this folder made up: each of its secrets, and those kept together as JSON."""
    found: set[str] = set()
    for file in [*sorted((place / "secrets").glob("*")), *_noted(place)]:
        try:
            if not file.is_file() or file.stat().st_size > SECRET_BYTES:
                continue
            text = file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # then nobody prints it either
        found |= _texts_in(text) if file.name == "credentials.json" else {text.strip()}
    return found


def note_secret_files(lab: str, files: Iterable[Path]) -> None:
    """Keep where a stack's secrets are read from, so that their values are masked in what is collected."""
    write_secret(lab, SECRET_FILES, json.dumps([str(file.absolute()) for file in files]).encode())


def _noted(place: Path) -> list[Path]:
    try:
        return [Path(each) for each in json.loads((place / SECRET_FILES).read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return []  # nothing was deployed


def _texts_in(text: str) -> set[str]:
    """The two secrets at the head of the credentials; the files after them have shapes of their own."""
    try:
        return {each for each in json.loads(text) if isinstance(each, str)}
    except (ValueError, TypeError):
        return {text.strip()}


def every_secret() -> set[str]:
    """The secrets of all labs of this person, up or not."""
    try:
        places = list(home().iterdir())
    except OSError:
        return set()
    return {each for place in places if place.is_dir() for each in secrets_of(place)}


@dataclass(frozen=True)
class LabState:
    """A lab as it was brought up; enough for another process to use it.

    `addresses` maps node name to IPv4 address, `kernel` holds what prepare.sh found, `hosts` maps each public
    host name to the address where it is reached. `engine` is the id of the Docker engine that carries it: a
    person may use several, and what is not on one may be on another. `whole` is False while the lab is being made
    or changed: found so when nobody is at it any more, it was cut off, and no part of it is relied on. `store` is the
    volume with the files of its nodes' images, empty where each node has them itself.
    """

    name: str
    owner: str
    fingerprint: str
    created: str
    subnet: str
    node_image: str
    addresses: dict[str, str]
    kernel: Mapping[str, bool | None]
    privileged: bool
    hosts: dict[str, str] = field(default_factory=dict)
    stack: str = ""
    engine: str = ""
    whole: bool = True
    store: str = ""

    @property
    def manager(self) -> str:
        return next(iter(self.addresses))


@contextmanager
def held(lab: str, *, wait: bool = True, on_wait: Callable[[], None] | None = None) -> Iterator[bool]:
    """Keep every other process of this home from making, changing or removing the lab; see `exclusive_folder`.

    Not to be taken twice by one process: it would wait for itself.
    """
    place = folder(lab)
    _base()
    try:
        with (
            locks.exclusive_folder(place, wait=wait, on_wait=on_wait) as ours,
            in_use(lab, users.this_process()) if ours else nullcontext(),
        ):
            yield ours
    finally:
        locks.remove_empty(home())


def in_use(lab: str, who: str) -> AbstractContextManager[None]:
    """While the block runs, `who` is named among those who are at the lab; it keeps nobody from anything."""
    return users.using(home(), lab, who)


def users_of(lab: str) -> tuple[str, ...]:
    """The processes that are at the lab now, as `pid 123: python -m lab up`."""
    return users.users_of(home(), lab)


def save(state: LabState) -> None:
    """Write the state, whole or not at all, whatever happens to this process or machine meanwhile."""
    _replace(folder(state.name) / DESCRIPTION, json.dumps(dataclasses.asdict(state), indent=2).encode())


@contextmanager
def being_changed(state: LabState, *, harmless: bool = True) -> Iterator[None]:
    """While the block runs, and for ever where it is cut off, the lab is not whole. A block that fails and is
    `harmless` leaves it as whole as it was."""
    save(dataclasses.replace(state, whole=False))
    try:
        yield
    except Exception:
        if harmless:
            save(state)
        raise
    save(dataclasses.replace(load(state.name) or state, whole=state.whole))


def load(lab: str) -> LabState | None:
    """The state of `lab`, None when there is none; raises LabError when it cannot be read."""
    path = folder(lab) / DESCRIPTION
    try:
        found = LabState(**json.loads(path.read_text()))
        _check(found, lab)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise LabError(
            f"{path} is not a lab's state ({error}): remove the lab with: {lab_command('down', '--name', lab)}"
        ) from error
    return found


def _check(state: LabState, lab: str) -> None:
    """Raises ValueError for a description that another lab's would be, or that names what is no node or address."""
    if state.name != lab:
        raise ValueError(f"it describes a lab named {state.name!r}")
    if not state.addresses:
        raise ValueError("it names no node")
    for node, address in state.addresses.items():
        if not is_lab_name(node):  # a node is called as a lab may be
            raise ValueError(f"no node is called {node!r}")
        ipaddress.IPv4Address(address)
    if not isinstance(state.owner, str) or not isinstance(state.whole, bool):
        raise TypeError("owner or whole is of another type")


def readable(lab: str) -> LabState | None:
    """The state of `lab`; None also where it was written by halves, which is worth as much as none."""
    try:
        return load(lab)
    except LabError:
        return None


def names() -> tuple[str, ...]:
    """The labs that have a folder."""
    return tuple(sorted(p.name for p in home().glob("*") if p.is_dir() and is_lab_name(p.name)))


def retire(lab: str) -> None:
    """Before a lab is removed: what is left of it, if that is cut off, is not taken for a whole one."""
    known = readable(lab)
    if known is not None:
        save(dataclasses.replace(known, whole=False))


def forget(lab: str) -> None:
    """Empty the lab's folder; the folder itself, by which the caller holds the lab, goes when that is let go."""
    place = folder(lab)
    (place / DESCRIPTION).unlink(missing_ok=True)  # first: the rest is worth nothing without it
    for entry in place.iterdir() if place.exists() else ():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def write_secret(lab: str, name: str, content: bytes) -> Path:
    """A file in the lab's folder that only its user can read; written whole or not at all."""
    path = folder(lab) / name
    _replace(path, content)
    return path


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside it, let it reach the disk, put it in the old one's place."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)  # of a process that was killed here; its mode is not to be inherited
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
