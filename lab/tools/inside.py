"""The suite in a container on the lab's network: for engines whose nodes this host cannot reach.

Docker Desktop and remote engines keep a container's address to themselves. So the whole run, lab and all, moves
into a container that drives the same engine through its socket, and joins the lab's network when there is one.
"""

import os
import tarfile
import tempfile
from collections.abc import Sequence
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
PASSED_ON = ("LAB_", "TARGET", "ACCEPTANCE_", "GITHUB_")


def run(
    host: docker.DockerClient, arguments: Sequence[str], output: Path, owner: str, reporter: Reporter
) -> int:
    """Run pytest with `arguments` in the suite's container; what it wrote to OUTPUT is copied to `output`.

    Returns pytest's exit status. Raises EngineError when the container cannot be had.
    """
    ref = image_builds.ensure(host, [SUITE, image_builds.NODE], reporter)[SUITE]
    name = f"jbcalling-suite-{os.getpid()}"
    passed = {key: value for key, value in os.environ.items() if key.startswith(PASSED_ON)}
    try:
        container = host.containers.create(
            ref,
            [*arguments, f"--evidence={OUTPUT}/evidence"],
            name=name,
            labels={LABEL: SUITE, OWNER_LABEL: owner},
            environment={
                **passed,
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
        _copy_out(host, name, output)
        return status
    finally:
        host.api.remove_container(name, force=True)


def _copy_out(host: docker.DockerClient, container: str, output: Path) -> None:
    try:
        stream, _ = host.api.get_archive(container, OUTPUT)
    except docker.errors.NotFound:
        return  # a green run without --report writes nothing
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as packed:
        for chunk in stream:
            packed.write(chunk)
        packed.seek(0)
        with tarfile.open(fileobj=packed) as tar:
            tar.extractall(output, filter="data")
