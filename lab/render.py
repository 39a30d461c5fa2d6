"""The lab's overlay on a stack file: only what a lab must change, each change said in a line."""

import copy
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab import images
from lab.errors import InputError

Document = dict[str, Any]
VARIABLE = re.compile(r"\$\{(\w+)")
INGRESS = "ingress"


@dataclass(frozen=True)
class Rendered:
    """A stack as it is deployed: the document, and what was changed from the file and why."""

    document: Document
    changes: tuple[str, ...]

    @property
    def text(self) -> str:
        return str(yaml.safe_dump(self.document, sort_keys=False, width=1000))


def read(path: Path) -> Document:
    """The stack file, its anchors and merge keys resolved; raises InputError naming file, line and fault."""
    try:
        document = yaml.safe_load(path.read_text())
    except OSError as error:
        raise InputError(f"stack file {path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise InputError(f"stack file {path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or not isinstance(document.get("services"), dict):
        raise InputError(f"stack file {path} has no `services:` mapping: is it a stack file?")
    return document


def render(document: Document, *, ipvs: bool, pin_images: bool = True) -> Rendered:
    """The document as this kernel can run it.

    Without IPVS a service has no working virtual address, so its name resolves to its tasks (`dnsrr`); a
    port published through the ingress mesh needs IPVS too, and is then published on the task's own node.
    """
    fresh, changes = copy.deepcopy(document), []
    for name, service in fresh["services"].items():
        image = str(service.get("image", ""))
        if pin_images and images.REFERENCE.fullmatch(image):
            service["image"] = images.pinned(image)
        if not ipvs:
            changes += _without_ipvs(name, service)
    return Rendered({k: v for k, v in fresh.items() if not k.startswith("x-")}, tuple(changes))


def _without_ipvs(name: str, service: Document) -> list[str]:
    changes = []
    deploy = service.setdefault("deploy", {})
    ports = service.get("ports") or []
    meshed = [port for port in ports if not isinstance(port, dict) or port.get("mode", INGRESS) == INGRESS]
    if meshed:
        raise InputError(
            f"service {name} publishes {meshed[0]} through the ingress mesh, which needs IPVS: this kernel has none; "
            "publish it with `mode: host`, or use a host whose kernel has the module ip_vs"
        )
    if deploy.get("endpoint_mode", "vip") == "vip":
        deploy["endpoint_mode"] = "dnsrr"
        changes.append(f"{name}: endpoint_mode vip -> dnsrr (no IPVS in this kernel)")
    return changes


def local_files(document: Document) -> tuple[str, ...]:
    """The files beside the stack file that it names: configs, secrets and env files."""
    found: list[str] = []
    for section in ("configs", "secrets"):
        for entry in (document.get(section) or {}).values():
            if isinstance(entry, dict) and "file" in entry:
                found.append(str(entry["file"]))
    for service in document["services"].values():
        env_files = service.get("env_file") or []
        found += [env_files] if isinstance(env_files, str) else [str(item) for item in env_files]
    return tuple(dict.fromkeys(found))


def images_of(document: Document) -> tuple[str, ...]:
    """The image of every service, once each."""
    return tuple(dict.fromkeys(str(service.get("image", "")) for service in document["services"].values()))


def variables(text: str) -> frozenset[str]:
    """The environment variables that a stack file interpolates."""
    return frozenset(VARIABLE.findall(text))
