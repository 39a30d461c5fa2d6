"""The suite in a container on the lab's network: for engines whose nodes this host cannot reach.

Docker Desktop and remote engines keep a container's address to themselves. So the whole run, lab and all, moves
into a container that drives the same engine through its socket, and joins the lab's network when there is one.
"""

import os
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import docker
import docker.errors

from lab.build import image_builds
from lab.errors import EngineError
from lab.host import own_container
from lab.host.ownership import LABEL, OWNER_LABEL, OWNER_VARIABLE, SUITE
from lab.host.progress import Reporter

SOCKET = "/var/run/docker.sock"
OUTPUT = "/suite/output"
_OF_THE_TARGET = (
    "TARGET_NAME", "TARGET_DOMAIN", "TARGET_STACK", "TARGET_PLAN", "TARGET_HOSTS", "TARGET_CA_FILE",
    "TARGET_EDGE_ADDRESS", "TARGET_MEDIA_ADDRESS", "TARGET_RESOLVE", "TARGET_SWARM_API", "TARGET_SWARM_CONTEXT",
    "TARGET_SWARM_CA_FILE", "TARGET_SWARM_CERT_FILE", "TARGET_SWARM_KEY_FILE", "TARGET_PROTOCOL", "TARGET_WORDS",
    "TARGET_STICKY_COOKIE", "TARGET_TURN_SECRET_FILE", "TARGET_DASHBOARD_USER", "TARGET_DASHBOARD_PASSWORD_FILE",
    "TARGET_PAGE_SELECTORS", "TARGET_LIMITS",
)  # fmt: skip
SECRET_IS_IN: Mapping[str, str] = {
    "TARGET_TURN_SECRET_ENV": "names the variable of TURN's secret, which is handed on too",
    "TARGET_DASHBOARD_PASSWORD_ENV": "names the variable of the dashboard's password, which is handed on too",
}
HANDED_ON: Mapping[str, str] = {
    "TARGET": "what is under test",
    **dict.fromkeys(
        _OF_THE_TARGET, "a value of the target; one that names a file which is not there is refused"
    ),
    **SECRET_IS_IN,
    "LAB_NAME": "which lab is used",
    "LAB_ATTACH": "likewise, as it is",
    "LAB_NODE_IMAGE": "what the nodes are made of",
    "LAB_HEALTH_INTERVAL": "a candidate's health checks",
    "GITHUB_ACTIONS": "`true` or not: criteria that failed become annotations of the job",
}
"""Variables of this process that the suite sees in its container, each with its reason.

Any other stays here: a CI's environment holds tokens, and a candidate's images run on the same engine. So does
GITHUB_STEP_SUMMARY, whose file is not in the container; `summary.md` is among what is copied out.
"""


def handed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """What of an environment goes into the suite's container."""
    names = {*HANDED_ON, *(environ.get(name, "").strip() for name in SECRET_IS_IN)}
    return {name: value for name, value in environ.items() if name in names}


def run(
    host: docker.DockerClient, arguments: Sequence[str], output: Path, owner: str, reporter: Reporter
) -> int:
    """Run pytest with `arguments` in the suite's container; what it wrote to OUTPUT is copied to `output`.

    Returns pytest's exit status. Raises EngineError when the container cannot be had.
    """
    ref = image_builds.ensure(host, [SUITE, image_builds.NODE], reporter)[SUITE]
    name = f"jbcalling-suite-{os.getpid()}"
    try:
        container = host.containers.create(
            ref,
            [*arguments, f"--evidence={OUTPUT}/evidence"],
            name=name,
            labels={LABEL: SUITE, OWNER_LABEL: owner},
            user="root",  # the socket is root's, or of a group whose number differs by host
            environment={
                **handed_on(os.environ),
                own_container.VARIABLE: name,
                OWNER_VARIABLE: owner,
                "DOCKER_HOST": f"unix://{SOCKET}",
            },
            volumes={SOCKET: {"bind": SOCKET, "mode": "rw"}},
            init=True,
        )
    except docker.errors.APIError as error:
        raise EngineError(f"the suite's container could not be created: {error.explanation}") from error
    try:
        container.start()
        for chunk in container.logs(stream=True, follow=True):
            os.write(1, chunk)
        status = int(container.wait()["StatusCode"])
        copy_out(host, name, output, OUTPUT)
        return status
    finally:
        host.api.remove_container(name, force=True)


def copy_out(host: docker.DockerClient, container: str, output: Path, of: str) -> None:
    """Copy the folder `of` of a container to `output`; nothing where the container has none."""
    try:
        stream, _ = host.api.get_archive(container, of)
    except docker.errors.NotFound:
        return  # a green run without --report writes nothing
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as packed:
        for chunk in stream:
            packed.write(chunk)
        packed.seek(0)
        with tarfile.open(fileobj=packed) as tar:
            tar.extractall(output, filter="data")
