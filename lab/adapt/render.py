"""A stack made ready for a lab: read, our images pinned to what was built, what a lab must change changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from lab.adapt import fitting
from lab.adapt.changes import Change
from lab.adapt.fitting import Facts
from lab.build import image_builds
from lab.compose import reading
from lab.compose.interpolation import escaped
from lab.compose.reading import Document, Stack
from lab.errors import InputError

__all__ = [
    "Document",
    "Facts",
    "Rendered",
    "Stack",
    "images_of",
    "local_files",
    "render",
]


@dataclass(frozen=True)
class Rendered:
    """A stack as it is deployed: what was changed from the files and why, and the lab's own files beside it.

    The document holds values, with every variable filled in; `text` is a stack file that says the same.
    """

    document: Document
    changes: tuple[Change, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The stack file; a dollar sign of a value is written `$$`, so that nothing is filled in again."""
        return str(yaml.safe_dump(escaped(self.document), sort_keys=False, width=1000))


def render(stack: Stack, facts: Facts, *, pin_images: bool = True) -> Rendered:
    """The stack as this lab can run it; raises InputError for what it cannot carry."""
    missing = reading.missing_files(stack, facts.supplied)
    if missing:
        raise InputError(missing[0])
    fitted = fitting.fitted(stack, facts)
    for name, service in fitted.document["services"].items() if pin_images else ():
        service["image"] = _pinned(stack, name, str(service["image"]))
    if fitted.document.get("version") == _NEWEST and not any(
        map(_needs_newest, fitted.document["services"].values())
    ):
        fitted.document["version"] = _OF_A_NODE
    return Rendered(fitted.document, fitted.changes, fitted.files)


_NEWEST, _OF_A_NODE = "3.13", "3.12"
"""What a file without a version is read as, and the newest that the client in a node (Docker 26.1) reads."""


def _needs_newest(service: Document) -> bool:
    """Whether the service has the key that version 3.13 brought; the other one, `oom_score_adj`, Docker drops."""
    networks = service.get("networks") or {}
    options = networks.values() if isinstance(networks, Mapping) else ()
    return any("driver_opts" in (each or {}) for each in options)


def _pinned(stack: Stack, service: str, image: str) -> str:
    """The tag of one of our images as it was built; any other image stays what it is."""
    ours = image_builds.REFERENCE.fullmatch(image)
    if ours is None:
        return image
    if ours["name"] not in image_builds.known():
        raise InputError(
            f"{stack.where('services', service, 'image')}: services.{service}.image: {image}: is none of ours; there "
            f"are {', '.join(image_builds.known())}"
        )
    return image_builds.pinned(image)


def local_files(document: Document) -> tuple[str, ...]:
    """The files beside the stack file that it names: configs and secrets (env files are read already)."""
    entries = (each for key in ("configs", "secrets") for each in (document.get(key) or {}).values())
    return tuple(dict.fromkeys(str(entry["file"]) for entry in entries if "file" in entry))


def images_of(document: Document) -> tuple[str, ...]:
    """The image of every service, once each."""
    return tuple(dict.fromkeys(str(service["image"]) for service in document["services"].values()))
