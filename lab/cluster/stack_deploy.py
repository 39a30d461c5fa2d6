"""Deploying a stack into the lab, as a person would: `docker stack deploy` on the manager."""

import base64
import hashlib
import io
import json
import os
import secrets
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import docker

from lab.adapt import render
from lab.cluster.authority import Authority
from lab.compose.reference import DASHBOARD_USER as DASHBOARD_USER
from lab.compose.reference import DOMAIN as DOMAIN
from lab.errors import InputError, LabError
from lab.named_files import caps, opening

STACK_NAME = "translation"
EDGE_HOSTS = (DOMAIN, f"www.{DOMAIN}", f"api.{DOMAIN}", f"traefik.{DOMAIN}")
MORE_EDGE_HOSTS = tuple(f"{name}.{DOMAIN}" for name in ("webrtc", "stt", "translation", "tts", "grafana"))
"""Those that a stack with a gateway has besides."""
MEDIA_HOST = f"media.{DOMAIN}"
STAGING = "/lab/stack"


class RefusedError(LabError):
    """The manager's own client, or its engine, refuses the stack; `said` are its words."""

    def __init__(self, name: str, said: str) -> None:
        super().__init__(f"the stack {name} was refused by docker stack deploy: {said}")
        self.said = said


@dataclass(frozen=True)
class Credentials:
    """What the lab makes up for a stack: the edge's certificate, the TURN secret, the dashboard's password."""

    turn_secret: str
    dashboard_password: str
    files: Mapping[str, bytes]

    def as_json(self) -> str:
        """For a later deploy of the same lab; whoever holds it holds the secrets."""
        files = {path: content.decode() for path, content in self.files.items()}
        return json.dumps([self.turn_secret, self.dashboard_password, files])

    @classmethod
    def from_json(cls, text: str) -> "Credentials":
        """What `as_json` wrote."""
        turn, password, files = json.loads(text)
        return cls(turn, password, {path: content.encode() for path, content in files.items()})


def credentials(authority: Authority) -> Credentials:
    """Fresh credentials; `files` are what the reference stack expects beside it."""
    edge = authority.issue([*EDGE_HOSTS, *MORE_EDGE_HOSTS, MEDIA_HOST], common_name=DOMAIN)
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


def deploy(
    host: docker.DockerClient,
    manager: str,
    rendered: render.Rendered,
    folder: Path,
    files: Mapping[str, bytes],
    name: str = STACK_NAME,
) -> str:
    """Copy the stack and its files to the manager's container and deploy it there; returns what Docker said.

    `folder` is where the stack file's own relative paths start; `files`, and those that the stack brings, go over
    them. Raises RefusedError with
    Docker's words when the deploy is refused.
    """
    staged = _stage(rendered, folder, {**rendered.files, **files})
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
    created = host.api.exec_create(manager, command, workdir=STAGING)["Id"]
    output = host.api.exec_start(created).decode(errors="replace")
    if host.api.exec_inspect(created)["ExitCode"] != 0:
        raise RefusedError(name, output.strip())
    return str(output)


def _stage(rendered: render.Rendered, folder: Path, files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        staged = {relative: _inside(relative) for relative in render.local_files(rendered.document)}
        for relative, clean in staged.items():
            content = files[relative] if relative in files else _read(folder, relative)
            _add(tar, f"{STAGING}/{clean}", content)
        _add(tar, f"{STAGING}/stack.yml", _with_paths(rendered, staged).text.encode())
    return packed.getvalue()


def _inside(relative: str) -> str:
    """Where a file is staged: at its own place below the stack's folder, one from elsewhere under `elsewhere/`."""
    clean = os.path.normpath(relative)
    outside = clean.startswith(("/", ".."))
    digest = hashlib.sha256(clean.encode()).hexdigest()[:8]
    return f"elsewhere/{digest}-{Path(clean).name}" if outside else clean


def _with_paths(rendered: render.Rendered, staged: Mapping[str, str]) -> render.Rendered:
    """The stack with the paths of its files as they are staged; a path that starts at home or / would not be there."""
    document = dict(rendered.document)
    for section in ("configs", "secrets"):
        entries = document.get(section) or {}
        document[section] = {
            name: {**entry, "file": f"./{staged[entry['file']]}"} if "file" in entry else entry
            for name, entry in entries.items()
        }
    return render.Rendered(document, rendered.changes)


def _read(folder: Path, relative: str) -> bytes:
    path = folder / relative
    if not path.is_file():
        raise InputError(
            f"the stack names the file {relative}, and {path} is not there: put it beside the stack file"
        )
    return opening.read_bytes(path, caps.STACK_OBJECT)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name.lstrip("/"))
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))
