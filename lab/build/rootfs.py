"""The image everything stands on: Debian, made from its packages, or pulled where that cannot be done.

Packages are verified by apt, with the keys of Debian's archive; what is pulled, by its digest.
"""

import functools
import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping

import docker
import docker.errors

from lab.errors import ImageError
from lab.host.progress import Step

SUITE = "trixie"
PULLED = "debian:trixie-slim@sha256:3a39a0592364683e6bab97937b72cad5a8fa6dcbbee90edb3bb48c7f8e94f258"
"""Debian's official image of 3 August 2026 for every architecture, as docker-library/repo-info lists it."""
SOURCE = f"{SUITE} {PULLED}"
"""What the image is made of, whichever way: its tag, and those of all that stand on it, come of this."""
PULL_TIMEOUT_S = 300


def make(client: docker.DockerClient, tag: str, labels: Mapping[str, str], step: Step) -> None:
    """Make the image `tag`; raises ImageError with the remedy."""
    if shutil.which("mmdebstrap"):
        step.update("mmdebstrap")
        _debootstrap(client, tag, labels)
        return
    step.update(f"pulling {PULLED}")
    dockerfile = f"FROM {PULLED}\n".encode()
    try:
        client.images.build(
            fileobj=io.BytesIO(dockerfile), tag=tag, rm=True, timeout=PULL_TIMEOUT_S, labels=dict(labels)
        )
    except (docker.errors.BuildError, docker.errors.APIError) as error:
        raise ImageError(
            f"no base image: {PULLED} cannot be pulled ({error}) and mmdebstrap is not installed; "
            "on Debian or Ubuntu: apt-get install mmdebstrap debian-archive-keyring"
        ) from error


def _debootstrap(client: docker.DockerClient, tag: str, labels: Mapping[str, str]) -> None:
    slim = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale", "info")]
    command = ["mmdebstrap", "--variant=minbase", *slim, SUITE, "-"]
    with tempfile.TemporaryFile() as tar:
        made = subprocess.run(
            command, stdout=tar, stderr=subprocess.PIPE, check=False, env=_clean_environment()
        )
        if made.returncode != 0:
            tail = made.stderr.decode(errors="replace").strip()[-600:]
            raise ImageError(f"mmdebstrap failed with status {made.returncode}: {tail}")
        tar.seek(0)
        repository, _, version = tag.partition(":")
        client.api.import_image_from_data(
            iter(functools.partial(tar.read, 1 << 20), b""), repository=repository, tag=version,
            changes=[f"LABEL {label}={value}" for label, value in labels.items()],
        )  # fmt: skip


def _clean_environment() -> dict[str, str]:
    # TMPDIR on a nodev or noexec mount would break the chroot; everything else is the person's.
    return {name: value for name, value in os.environ.items() if name != "TMPDIR"}
