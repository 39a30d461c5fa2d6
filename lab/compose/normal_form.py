"""One normal form for what stack files write in several: the long syntax, mappings, texts.

The forms are those that `docker stack config` prints, so its output and this reading can take each other's
place, and either can be deployed.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab.compose import values
from lab.named_files import caps
from lab.named_files.opening import NamedFileError, read_text
from lab.text.shell import words_of

Document = dict[str, Any]
Fail = Callable[[tuple[str | int, ...], str], Exception]
DURATIONS = (
    "delay",
    "monitor",
    "window",
    "interval",
    "timeout",
    "start_period",
    "start_interval",
    "stop_grace_period",
)
_TRUE = ("y", "yes", "true", "on")


class Normaliser:
    """Turns one interpolated document into its normal form; what cannot be is raised as `fail(path, reason)`."""

    def __init__(self, folder: Path, environment: Mapping[str, str], fail: Fail) -> None:
        self._folder, self._environment, self._fail = folder, environment, fail
        self._ports = 0

    def document(self, raw: Mapping[str, Any]) -> Document:
        """The normal form; top-level `x-` keys are dropped, sections that are absent stay absent."""
        normal: Document = {"version": str(raw.get("version", "3.12"))}
        normal["services"] = {
            name: self._service(name, service) for name, service in (raw.get("services") or {}).items()
        }
        for section in ("networks", "volumes", "configs", "secrets"):
            if section in raw:
                entries = (raw[section] or {}).items()
                normal[section] = {name: self._object(section, name, entry or {}) for name, entry in entries}
        plain = _plain(normal)
        return plain if isinstance(plain, dict) else normal

    def _object(self, section: str, name: str, entry: Mapping[str, Any]) -> Document:
        found = {key: value for key, value in entry.items() if not key.startswith("x-")}
        external = found.get("external")
        if isinstance(external, dict):
            found["external"], found["name"] = True, external.get("name", name)
        elif isinstance(external, str):
            found["external"] = external.lower() in _TRUE
        if found.get("external") is True:
            found.setdefault("name", name)
        if "driver_opts" in found:
            found["driver_opts"] = pairs(found["driver_opts"])
        if "labels" in found:
            found["labels"] = pairs(found["labels"])
        if section in ("configs", "secrets") and "file" in found:
            found["file"] = relative(str(found["file"]), self._folder)
        return found

    def _service(self, name: str, raw: Mapping[str, Any]) -> Document:
        at = ("services", name)
        found = {
            k: v for k, v in raw.items() if not k.startswith("x-") and k not in ("env_file", "environment")
        }
        for key in ("labels", "sysctls"):
            if key in found:
                found[key] = pairs(found[key])
        for key in ("command", "entrypoint"):
            if key in found:
                found[key] = self._words(found[key], (*at, key))
        for key in ("dns", "dns_search", "tmpfs"):
            if isinstance(found.get(key), str):
                found[key] = [found[key]]
        if "environment" in raw or "env_file" in raw:
            found["environment"] = self._env(raw, at)
        if "networks" in found:
            found["networks"] = _networks(found["networks"])
        for key in ("configs", "secrets"):
            if key in found:
                found[key] = [
                    self._reference(each, (*at, key, number)) for number, each in enumerate(found[key])
                ]
        self._lists(found, at)
        found["deploy"] = self._deploy(found.get("deploy") or {}, (*at, "deploy"))
        if "healthcheck" in found:
            found["healthcheck"] = _healthcheck(found["healthcheck"])
        return _numbers(found, {})

    def _lists(self, found: Document, at: tuple[str | int, ...]) -> None:
        for key, read in (("ports", self._published), ("volumes", self._volumes)):
            if key not in found:
                continue
            normal: list[Document] = []
            for number, each in enumerate(found[key]):
                try:
                    normal += read(each)
                except ValueError as error:
                    raise self._fail((*at, key, number), str(error)) from error
            found[key] = normal

    def _reference(self, written: str | Document, at: tuple[str | int, ...]) -> Document:
        found = {"source": written} if isinstance(written, str) else written
        if "source" not in found:
            raise self._fail(at, "needs `source:`, the name of a config or secret of this stack")
        return found

    def _published(self, written: object) -> list[Document]:
        ports = list(values.ports(written))
        self._ports += len(ports)
        if self._ports > caps.MOST_PORTS:
            raise ValueError(f"with it the file publishes more than {caps.MOST_PORTS} ports")
        return ports

    def _volumes(self, written: str | Document) -> list[Document]:
        volume = values.volume(written)
        if volume.get("type") == "bind":
            volume["source"] = relative(str(volume.get("source", "")), self._folder)
        if isinstance(volume.get("read_only"), str):
            volume["read_only"] = volume["read_only"].lower() in _TRUE
        return [volume]

    def _words(self, command: str | list[str], at: tuple[str | int, ...]) -> list[str]:
        try:
            return words_of(command) if isinstance(command, str) else [str(word) for word in command]
        except ValueError as error:
            raise self._fail(at, f"is no command line: {error}") from error

    def _env(self, raw: Mapping[str, Any], at: tuple[str | int, ...]) -> dict[str, str | None]:
        """The service's environment over that of its env files; a name alone takes what this process has."""
        merged: dict[str, str | None] = {}
        files = raw.get("env_file") or []
        for file in [files] if isinstance(files, str) else files:
            try:
                merged |= pairs(_env_lines(self._folder / file), bare=None)
            except NamedFileError as error:
                why = f"{file}: cannot be read: {error.reason}; {caps.ENV_FILE.remedy}"
                raise self._fail((*at, "env_file"), why) from error
            except ValueError as error:
                raise self._fail((*at, "env_file"), f"{file}: {error}") from error
        merged |= pairs(raw.get("environment") or {}, bare=None)
        return {key: self._environment.get(key) if value is None else value for key, value in merged.items()}

    def _deploy(self, raw: Mapping[str, Any], at: tuple[str | int, ...]) -> Document:
        deploy = dict(raw)
        if "labels" in deploy:
            deploy["labels"] = pairs(deploy["labels"])
        if "replicas" in deploy:
            deploy["replicas"] = int(deploy["replicas"])
        if "resources" in deploy:
            kept = {k: v for k, v in deploy["resources"].items() if not k.startswith("x-")}
            deploy["resources"] = {key: _amounts(each or {}) for key, each in kept.items()}
        for key in ("update_config", "rollback_config"):
            if key in deploy:
                deploy[key] = _numbers(deploy[key], {"parallelism": int, "max_failure_ratio": float})
        if "restart_policy" in deploy:
            deploy["restart_policy"] = _numbers(deploy["restart_policy"], {"max_attempts": int})
        if "placement" in deploy:
            deploy["placement"] = _numbers(deploy["placement"], {"max_replicas_per_node": int})
            for number, each in enumerate(deploy["placement"].get("preferences") or ()):
                if "spread" not in each:
                    place = (*at, "placement", "preferences", number)
                    raise self._fail(place, "needs `spread:`, the label to spread by")
        return deploy


def _plain(value: object) -> object:
    """The value with texts that are texts and nothing more, as a YAML writer wants them."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, str) else value


def _numbers(raw: Mapping[str, Any], kinds: Mapping[str, Callable[[Any], Any]]) -> Document:
    """The values of `kinds` as numbers, those that are durations in seconds: `1m30s` as `90s`."""
    cast: dict[str, Callable[[Any], Any]] = {**dict.fromkeys(DURATIONS, values.in_seconds), **kinds}
    return {key: cast[key](value) if key in cast else value for key, value in raw.items()}


def _amounts(raw: Mapping[str, Any]) -> Document:
    """Limits or reservations, memory as a text of bytes."""
    return {key: str(values.memory(str(each))) if key == "memory" else each for key, each in raw.items()}


def pairs(raw: object, bare: str | None = "") -> dict[str, str | None]:
    """A mapping, or a list of `key=value`, as a mapping of texts; a key without value gives `bare`."""
    if isinstance(raw, Mapping):
        return {str(key): bare if value is None else text(value) for key, value in raw.items()}
    found: dict[str, str | None] = {}
    for each in raw if isinstance(raw, list) else []:
        key, equals, value = str(each).partition("=")
        found[key] = value if equals else bare
    return found


def text(value: object) -> str:
    """A scalar as Docker turns it into a text: `1.50` is 1.5, true is true."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _networks(raw: object) -> Document:
    return dict.fromkeys(raw) if isinstance(raw, list) else dict(raw) if isinstance(raw, Mapping) else {}


def _healthcheck(raw: Mapping[str, Any]) -> Document:
    health = dict(raw)
    if isinstance(health.get("test"), str):
        health["test"] = ["CMD-SHELL", health["test"]]
    if isinstance(health.get("disable"), str):
        health["disable"] = health["disable"].lower() in _TRUE
    return _numbers(health, {"retries": lambda value: int(float(value))})


def _env_lines(path: Path) -> list[str]:
    """The settings of an env file: comments and blank lines left out, nothing unquoted, as Docker does.

    Raises NamedFileError, and ValueError for a name that no variable can have.
    """
    found = []
    for number, line in enumerate(read_text(path, caps.ENV_FILE).splitlines(), 1):
        setting = line.lstrip()
        if not setting or setting.startswith("#"):
            continue
        name = setting.partition("=")[0]
        if not name or any(each.isspace() for each in name):
            raise ValueError(f"line {number}: {name or setting} is no variable's name: write NAME=value")
        found.append(setting)
    return found


def relative(path: str, folder: Path) -> str:
    """The path as seen from the stack's folder where it lies in it, else as it is given."""
    if path.startswith("~"):
        path = os.path.expanduser(path)  # noqa: PTH111 - the text is kept, not a Path
    if not os.path.isabs(path):  # noqa: PTH117
        return os.path.normpath(path)
    inside = os.path.relpath(path, folder.resolve())
    return path if inside.startswith("..") else inside
