"""Deploying a stack into the lab, as a person would: `docker stack deploy` on the manager."""

import base64
import hashlib
import io
import os
import secrets
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import docker

from lab import render
from lab.authority import Authority
from lab.errors import InputError, LabError

REFERENCE_STACK = Path(__file__).parent / "stacks" / "stack-hybrid.yml"
STACK_NAME = "translation"
DOMAIN = "jbcalling.site"
EDGE_HOSTS = (DOMAIN, f"www.{DOMAIN}", f"api.{DOMAIN}", f"traefik.{DOMAIN}")
MEDIA_HOST = f"media.{DOMAIN}"
STAGING = "/lab/stack"
DASHBOARD_USER = "operator"
REFRESH_SECONDS = "1"
"""Traefik's Swarm poll in the lab; 15 by default, which would be most of a lab's start."""


@dataclass(frozen=True)
class Credentials:
    """What the lab makes up for a stack: the edge's certificate, the TURN secret, the dashboard's password."""

    turn_secret: str
    dashboard_password: str
    files: Mapping[str, bytes]


def credentials(authority: Authority) -> Credentials:
    """Fresh credentials; `files` are what the reference stack expects beside it."""
    edge = authority.issue([*EDGE_HOSTS, MEDIA_HOST], common_name=DOMAIN)
    turn, password = secrets.token_hex(16), secrets.token_urlsafe(12)
    digest = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()
    return Credentials(
        turn,
        password,
        {
            "secrets/edge_certificate": edge.certificate,
            "secrets/edge_key": edge.key,
            "secrets/turn_secret": turn.encode(),
            "secrets/dashboard_users": f"{DASHBOARD_USER}:{{SHA}}{digest}\n".encode(),
        },
    )


def environment(media_address: str) -> dict[str, str]:
    """What stack files of the lab may interpolate."""
    return {"ANNOUNCED_IP": media_address, "TRAEFIK_REFRESH_SECONDS": REFRESH_SECONDS, "DOMAIN": DOMAIN}


def deploy(
    host: docker.DockerClient,
    manager: str,
    rendered: render.Rendered,
    folder: Path,
    files: Mapping[str, bytes],
    variables: Mapping[str, str],
    name: str = STACK_NAME,
) -> str:
    """Copy the stack and its files to the manager's container and deploy it there; returns what Docker said.

    `folder` is where the stack file's own relative paths start; `files` go over them. Raises LabError with
    Docker's words when the deploy is refused.
    """
    staged = _stage(rendered, folder, files)
    host.api.put_archive(manager, "/", staged)
    command = [
        "docker",
        "stack",
        "deploy",
        "-c",
        f"{STAGING}/stack.yml",
        "--resolve-image",
        "never",
        "--prune",
        name,
    ]
    created = host.api.exec_create(manager, command, environment=dict(variables), workdir=STAGING)["Id"]
    output = host.api.exec_start(created).decode(errors="replace")
    if host.api.exec_inspect(created)["ExitCode"] != 0:
        raise LabError(f"docker stack deploy refused the stack {name}: {output.strip()}")
    return str(output)


def _stage(rendered: render.Rendered, folder: Path, files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for relative in render.local_files(rendered.document):
            clean = os.path.normpath(relative)
            content = files[clean] if clean in files else _read(folder, relative)
            _add(tar, f"{STAGING}/{clean}", content)
        _add(tar, f"{STAGING}/stack.yml", rendered.text.encode())
    return packed.getvalue()


def _read(folder: Path, relative: str) -> bytes:
    path = folder / relative
    if not path.is_file():
        raise InputError(
            f"the stack names the file {relative}, and {path} is not there: put it beside the stack file"
        )
    return path.read_bytes()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name.lstrip("/"))
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))
