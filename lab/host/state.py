"""What a lab leaves on the host while it is up: one folder with its certificates and a description."""

import dataclasses
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError
from lab.host.topology import NAME, checked_name
from lab.text.shell import lab_command

SECRET_FILES = "secret-files.json"
SECRET_BYTES = 500_000
"""As large as a secret of a Swarm may be."""


def home() -> Path:
    """Where the labs' folders are: `$XDG_STATE_HOME/jbcalling-lab`, as the XDG base directories have it."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "jbcalling-lab"


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
    person may use several, and what is not on one may be on another.
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

    @property
    def manager(self) -> str:
        return next(iter(self.addresses))


def save(state: LabState) -> None:
    """Write the state, whole or not at all."""
    place = folder(state.name)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place / "lab.json.new"
    fresh.write_text(json.dumps(dataclasses.asdict(state), indent=2))
    fresh.replace(place / "lab.json")


def load(lab: str) -> LabState | None:
    """The state of `lab`, None when there is none; raises LabError when it cannot be read."""
    path = folder(lab) / "lab.json"
    if not path.exists():
        return None
    try:
        return LabState(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise LabError(
            f"{path} is not a lab's state ({error}): remove the lab with: {lab_command('down', '--name', lab)}"
        ) from error


def names() -> tuple[str, ...]:
    """The labs that have a folder."""
    return tuple(sorted(p.name for p in home().glob("*") if p.is_dir() and NAME.fullmatch(p.name)))


def forget(lab: str) -> None:
    """Remove the lab's folder, and the common parent when it was the last."""
    shutil.rmtree(folder(lab), ignore_errors=True)
    if home().exists() and not any(home().iterdir()):
        home().rmdir()


def write_secret(lab: str, name: str, content: bytes) -> Path:
    """A file in the lab's folder that only its user can read."""
    path = folder(lab) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path
