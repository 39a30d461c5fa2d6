"""One normal form for what stack files write in several: the long syntax, mappings, texts.

The forms are those that `docker stack config` prints, what is empty left out as there, but for durations, which are
in seconds, and paths, which are seen from the stack's folder. So its output and this reading can take each other's
place, and either can be deployed.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab.compose import reference, values
from lab.compose.fields import Field, Read, each, kept, pairs, struct
from lab.compose.forms_of_keys import DEPLOY, OBJECTS, REFERENCE, SERVICE, VOLUME
from lab.named_files import caps
from lab.named_files.opening import NamedFileError, read_text

Document = dict[str, Any]
KeyPath = tuple[str | int, ...]
Fail = Callable[[KeyPath, str], Exception]
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\[^\\/.][^\\/]*[\\/][^\\/.][^\\/]*[\\/]")
"""A path that is absolute on Windows: Docker's client leaves it as it is."""


class Normaliser:
    """Turns one checked document into its normal form; what cannot be is raised as `fail(path, reason)`."""

    def __init__(self, folder: Path, environment: Mapping[str, str], fail: Fail) -> None:
        self._folder, self._environment, self._fail = folder, environment, fail
        self._ports = 0

    def document(self, raw: Mapping[str, Any]) -> Document:
        """The normal form; keys that begin with `x-` are dropped, sections that are empty are left out."""
        normal: Document = {
            "version": raw.get("version") if raw.get("version") not in (None, "", "3") else "3.13"
        }
        normal["services"] = {
            name: self._service(name, service) for name, service in (raw.get("services") or {}).items()
        }
        for section in OBJECTS:
            found = {
                name: self._object(section, name, entry or {})
                for name, entry in (raw.get(section) or {}).items()
            }
            if found:
                normal[section] = found
        return normal

    def _object(self, section: str, name: str, entry: Mapping[str, Any]) -> Document:
        at = (section, name)
        found: Document = struct(OBJECTS[section])(entry, at)
        external = entry.get("external")
        if isinstance(external, dict):
            found["external"] = True
            if external.get("name"):
                if found.get("name"):
                    raise self._fail((*at, "external"), "gives a name, and so does `name:`: keep `name:`")
                found["name"] = external["name"]
        if found.get("external"):
            for key in ("driver", "driver_opts", "labels") if section == "volumes" else ():
                if key in found:
                    raise self._fail((*at, key), "is external, so this cannot be set: take one of them out")
            found["name"] = found.get("name") or name
        elif found.get("driver") and found.get("file") and section == "secrets":
            raise self._fail((*at, "file"), "has a driver too: keep one of them")
        if "file" in found and section in ("configs", "secrets"):
            found["file"] = relative(str(found["file"]), self._folder)
        return found

    def _service(self, name: str, raw: Mapping[str, Any]) -> Document:
        at = ("services", name)
        own: dict[str, Read | Field] = {
            "command": self._words, "entrypoint": self._words, "ports": kept(self._all_ports),
            "volumes": kept(self._volumes), "configs": kept(each(REFERENCE)), "secrets": kept(each(REFERENCE)),
        }  # fmt: skip
        found: Document = struct({**SERVICE, **own})(raw, at)
        environment = self._env(raw, at)
        if environment:
            found["environment"] = environment
        found["deploy"] = DEPLOY(raw.get("deploy") or {}, (*at, "deploy"))
        return found

    def _all_ports(self, written: list[Any], at: KeyPath) -> list[Document]:
        found: list[Document] = []
        for index, one in enumerate(written):
            try:
                found += values.ports(one)
            except ValueError as error:
                raise self._fail((*at, index), str(error)) from error
            if self._ports + len(found) > caps.MOST_PORTS:
                raise self._fail(
                    (*at, index), f"with it the file publishes more than {caps.MOST_PORTS} ports"
                )
        self._ports += len(found)
        return found

    def _volumes(self, written: list[Any], at: KeyPath) -> list[Document]:
        found = []
        for index, one in enumerate(written):
            try:
                volume: Document = VOLUME(values.volume(one), (*at, index))
            except ValueError as error:
                raise self._fail((*at, index), str(error)) from error
            if volume.get("type") == "bind":
                if not volume.get("source"):
                    raise self._fail((*at, index), "needs `source:`, a path on the node")
                volume["source"] = self._path(str(volume["source"]))
            found.append(volume)
        return found

    def _path(self, path: str) -> str:
        home = self._environment.get("HOME")
        if path.startswith("~") and home is not None:
            path = home + path[1:]
        return path if _WINDOWS.match(path) else relative(path, self._folder)

    def _words(self, command: str | list[str], at: KeyPath) -> list[str]:
        try:
            return values.words(command) if isinstance(command, str) else command
        except ValueError as error:
            raise self._fail(at, f"is no command line: {error}") from error

    def _env(self, raw: Mapping[str, Any], at: KeyPath) -> dict[str, str | None]:
        """The service's environment over that of its env files; what is empty takes what this process has."""
        files = raw.get("env_file") or []
        lines: list[str] = []
        for file in [files] if isinstance(files, str) else files:
            try:
                lines += _env_lines(Path(os.path.normpath(self._folder / file)), self._environment)
            except NamedFileError as error:
                why = f"{file}: cannot be read: {error.reason}; {caps.ENV_FILE.remedy}"
                raise self._fail((*at, "env_file"), why) from error
            except ValueError as error:
                raise self._fail((*at, "env_file"), f"{file}: {error}") from error
        both = (pairs(None)(lines, at), pairs(None)(raw.get("environment") or {}, at))
        merged = {key: value for one in both for key, value in self._looked_up(one).items()}
        return {str(key): value for key, value in merged.items()}

    def _looked_up(self, written: Mapping[str, str | None]) -> dict[str, str | None]:
        return {key: value or self._of_the_process(key, value) for key, value in written.items()}

    def _of_the_process(self, key: str, value: str | None) -> str | None:
        """What the process has for an empty variable. Where it is written as empty, and only the lab would fill it in,
        it stays empty: a deploy elsewhere has no lab."""
        only_the_labs = key in reference.environment() and key not in os.environ
        return value if value == "" and only_the_labs else self._environment.get(key, value)


def _env_lines(path: Path, environment: Mapping[str, str]) -> list[str]:
    """The settings of an env file: comments and blank lines left out, nothing unquoted, as Docker does.

    A name alone takes what the environment has, and is left out where it has nothing. Raises NamedFileError, and
    ValueError for a name that no variable can have.
    """
    found = []
    for number, line in enumerate(read_text(path, caps.ENV_FILE).split("\n"), 1):
        setting = line.removesuffix("\r").lstrip()
        if not setting or setting.startswith("#"):
            continue
        name, equals, _ = setting.partition("=")
        if not name or " " in name or "\t" in name:
            raise ValueError(f"line {number}: {name or setting} is no variable's name: write NAME=value")
        if equals:
            found.append(setting)
        elif name in environment:
            found.append(f"{name}={environment[name]}")
    return found


def relative(path: str, folder: Path) -> str:
    """The path as seen from the stack's folder where it lies in it, else as it is given, or from the root."""
    whole = path if os.path.isabs(path) else os.path.normpath(os.path.abspath(folder) + "/" + path)  # noqa: PTH100, PTH117
    inside = os.path.relpath(whole, os.path.abspath(folder))  # noqa: PTH100 - a link stays one, as for Docker
    return whole if inside.startswith("..") else inside
