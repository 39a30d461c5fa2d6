"""A stand-in for the client of a Docker engine: labelled objects, filtered as an engine does, removals recorded."""

from dataclasses import dataclass, field
from typing import Any, cast

import docker
import docker.errors
import requests

Json = dict[str, Any]
Labels = dict[str, str]


def as_client(stand_in: object) -> docker.DockerClient:
    """The stand-in, for what takes a client of an engine; it answers only what its test asks of it."""
    return cast(docker.DockerClient, stand_in)


def api_error(status: int, explanation: str) -> docker.errors.APIError:
    """What docker-py raises when the engine answers `status`."""
    response = requests.Response()
    response.status_code = status
    return docker.errors.APIError(explanation, response, explanation)


@dataclass
class FakeApi:
    """`objects` maps a kind (`container`, `network`, `volume`) to names with labels; `in_use` cannot be removed."""

    objects: dict[str, dict[str, Labels]] = field(default_factory=dict)
    listed_images: list[Json] = field(default_factory=list)
    in_use: frozenset[str] = frozenset()
    removed: list[str] = field(default_factory=list)

    def _found(self, kind: str, filters: Json | None) -> dict[str, Labels]:
        wanted = (filters or {}).get("label", [])
        each = [wanted] if isinstance(wanted, str) else wanted
        every = self.objects.get(kind, {})
        return {name: labels for name, labels in every.items() if all(_has(labels, want) for want in each)}

    def containers(self, *, all: bool = False, filters: Json | None = None) -> list[Json]:
        found = self._found("container", filters)
        return [{"Names": [f"/{n}"], "Id": n, "Labels": labels} for n, labels in found.items()]

    def networks(self, *, filters: Json | None = None) -> list[Json]:
        found = self._found("network", filters)
        return [{"Name": name, "Id": name, "Labels": labels} for name, labels in found.items()]

    def volumes(self, *, filters: Json | None = None) -> Json:
        found = self._found("volume", filters)
        return {
            "Volumes": [{"Name": n, "Labels": found[n], "CreatedAt": f"{i}"} for i, n in enumerate(found)]
        }

    def images(self, *, filters: Json | None = None) -> list[Json]:
        wanted = (filters or {}).get("label", "")
        return [image for image in self.listed_images if not wanted or wanted in image["Labels"]]

    def _remove(self, kind: str, name: str) -> None:
        if name in self.in_use:
            raise api_error(409, f"{kind} {name} is in use")
        self.objects.get(kind, {}).pop(name, None)
        self.removed.append(f"{kind} {name}")

    def remove_container(self, name: str, **_: object) -> None:
        self._remove("container", name)

    def remove_network(self, name: str) -> None:
        self._remove("network", name)

    def remove_volume(self, name: str, **_: object) -> None:
        self._remove("volume", name)

    def remove_image(self, name: str, **_: object) -> None:
        self._remove("image", name)


def _has(labels: Labels, wanted: str) -> bool:
    key, equals, value = wanted.partition("=")
    return key in labels and (not equals or labels[key] == value)


@dataclass
class _FakeImages:
    pruned: list[Json] = field(default_factory=list)

    def prune(self, filters: Json) -> None:
        self.pruned.append(filters)


@dataclass
class FakeEngine:
    """A `docker.DockerClient` as far as the lab's own book-keeping goes."""

    api: FakeApi = field(default_factory=FakeApi)
    images: _FakeImages = field(default_factory=_FakeImages)

    def info(self) -> Json:
        return {"ID": "fake"}
