"""Builds that were cut off: their containers are known by a label, and removed."""

import re
from collections.abc import Iterable, Iterator

import docker

from lab.host import engine
from lab.host.ownership import BUILD_LABEL, CACHE, LABEL, UNDER_WAY

FROM = re.compile(r"\s*FROM\s", re.IGNORECASE)


def marked(dockerfile: str) -> str:
    """A Dockerfile whose steps run in containers that bear our label: they have no name, and an engine that is asked
    to build by somebody who is killed may leave one."""
    return "".join(_marked_lines(dockerfile.splitlines(keepends=True)))


def _marked_lines(lines: Iterable[str]) -> Iterator[str]:
    begins = True
    for line in lines:
        yield line
        if begins and FROM.match(line):
            yield f"{'' if line.endswith(chr(10)) else chr(10)}LABEL {LABEL}={CACHE} {BUILD_LABEL}={UNDER_WAY}\n"
        if not line.lstrip().startswith("#"):
            begins = not line.rstrip().endswith("\\")


def remove(client: docker.DockerClient) -> None:
    """Remove the containers of builds that were cut off; the caller sees to it that none is under way."""
    filters = {"label": f"{BUILD_LABEL}={UNDER_WAY}"}
    left = tuple(
        engine.Thing(c["Id"][:12], c["Id"]) for c in client.api.containers(all=True, filters=filters)
    )
    engine.discard(client, engine.Belongings(left, (), ()))
