"""Adapting Traefik: certificates from the lab's CA instead of ACME, which needs the internet."""

import re
from collections.abc import Iterator
from typing import Any

from lab.errors import InputError

Document = dict[str, Any]
NAME = "lab_edge"
MOUNTED = "/lab-edge"
"""Where Traefik finds the dynamic configuration that names the lab's certificate."""
TLS_FILE = "lab/edge-tls.yml"
CERTIFICATE_FILE, KEY_FILE = "secrets/edge_certificate", "secrets/edge_key"
"""Files beside the stack that the lab makes up at each deploy, see lab.cluster.stack_deploy.credentials."""
TLS = f"""\
tls:
  stores:
    default:
      defaultCertificate:
        certFile: /run/secrets/{NAME}_certificate
        keyFile: /run/secrets/{NAME}_key
"""
_RESOLVER_FLAG = re.compile(r"--certificatesresolvers\.", re.IGNORECASE)
_ENTRYPOINT_FLAG = re.compile(r"(--entrypoints\.[^.]+\.http\.tls)\.certresolver=.*", re.IGNORECASE)
_RESOLVER_ENV = re.compile(r"TRAEFIK_CERTIFICATESRESOLVERS_", re.IGNORECASE)
_ENTRYPOINT_ENV = re.compile(r"(TRAEFIK_ENTRYPOINTS_\w+_HTTP_TLS)_CERTRESOLVER", re.IGNORECASE)
_RESOLVER_LABEL = re.compile(r"(traefik\.(?:http|tcp)\.routers\.[^.]+\.tls)\.certresolver", re.IGNORECASE)
_FILE_PROVIDER = re.compile(r"--providers\.file\.(filename|directory)=(.*)", re.IGNORECASE)


def is_traefik(service: Document) -> bool:
    """Whether a service is Traefik: by its image's name, or by flags that only Traefik has."""
    image = str(service.get("image", "")).partition("@")[0].rpartition("/")[2].partition(":")[0]
    words = service.get("command") or ()
    return "traefik" in image or any(str(word).lower().startswith("--providers.") for word in words)


def without_acme(document: Document) -> Iterator[str]:
    """Take out every certificate resolver and give Traefik the lab's certificate; a line for each change."""
    changed = False
    for name, service in document["services"].items():
        lines = [*_labels(name, service), *_environment(name, service)]
        if is_traefik(service):
            lines += _flags(name, service)
        changed = changed or bool(lines)
        yield from lines
    if changed:
        for name, service in document["services"].items():
            if is_traefik(service):
                yield _with_certificate(document, name, service)


def _labels(name: str, service: Document) -> Iterator[str]:
    for labels in (service.get("labels") or {}, service["deploy"].get("labels") or {}):
        for key in [key for key in labels if _RESOLVER_LABEL.fullmatch(key)]:
            value = labels.pop(key)
            labels[_RESOLVER_LABEL.sub(r"\1", key)] = "true"
            yield f"{name}: label {key}={value} -> TLS with the lab's certificate (ACME needs the internet)"


def _environment(name: str, service: Document) -> Iterator[str]:
    environment = service.get("environment") or {}
    for key in list(environment):
        if _RESOLVER_ENV.match(key):
            del environment[key]
            yield f"{name}: environment {key} removed (ACME needs the internet)"
        elif found := _ENTRYPOINT_ENV.fullmatch(key):
            del environment[key]
            environment[found[1]] = "true"
            yield f"{name}: environment {key} -> {found[1]}=true (ACME needs the internet)"


def _flags(name: str, service: Document) -> Iterator[str]:
    kept = []
    for word in service.get("command") or ():
        if _RESOLVER_FLAG.match(word):
            yield f"{name}: flag {word.partition('=')[0]} removed (ACME needs the internet)"
        elif found := _ENTRYPOINT_FLAG.fullmatch(word):
            kept.append(f"{found[1]}=true")
            yield f"{name}: flag {word} -> {found[1]}=true (ACME needs the internet)"
        else:
            kept.append(word)
    if kept != (service.get("command") or []):
        service["command"] = kept


def _with_certificate(document: Document, name: str, service: Document) -> str:
    target = _provided_folder(name, service)
    document.setdefault("configs", {})[f"{NAME}_tls"] = {"file": TLS_FILE}
    secrets = document.setdefault("secrets", {})
    secrets[f"{NAME}_certificate"], secrets[f"{NAME}_key"] = {"file": CERTIFICATE_FILE}, {"file": KEY_FILE}
    service.setdefault("configs", []).append({"source": f"{NAME}_tls", "target": f"{target}/{NAME}-tls.yml"})
    service.setdefault("secrets", []).extend([{"source": f"{NAME}_certificate"}, {"source": f"{NAME}_key"}])
    return f"{name}: file provider in {target} with the lab's certificate, for every host"


def _provided_folder(name: str, service: Document) -> str:
    """The folder that Traefik's file provider reads; a single file of the candidate's is moved into ours."""
    command = service.setdefault("command", [])
    flags = {
        number: found for number, word in enumerate(command) if (found := _FILE_PROVIDER.fullmatch(word))
    }
    for number, found in flags.items():
        if found[1].lower() == "directory":
            return str(found[2].rstrip("/"))
        command[number] = f"--providers.file.directory={MOUNTED}"
        mounts = [*(service.get("configs") or ()), *(service.get("volumes") or ())]
        mounted = [mount for mount in mounts if mount.get("target") == found[2]]
        if not mounted:
            raise InputError(
                f"service {name}: Traefik's file provider reads {found[2]}, which no config or volume of the service "
                "brings, so the lab cannot put its certificate beside it; use --providers.file.directory"
            )
        mounted[0]["target"] = f"{MOUNTED}/{found[2].rpartition('/')[2]}"
    if not flags:
        command.append(f"--providers.file.directory={MOUNTED}")
    return MOUNTED
