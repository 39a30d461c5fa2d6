"""What a lab may leave on a machine, listed: on the engine, on disk, in the process table, on the loopback."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker

from lab.host.ownership import BUILD_LABEL, CACHE, HOME_LABEL, LABEL, UNDER_WAY

TRIAL_VARIABLE = "CRASHES_TRIAL"
"""In the environment of all that a trial starts, so that its processes are found, whoever their parent is now."""
NOT_OURS = "pytest-of-"
"""pytest keeps the temporary folders of its last three runs by itself."""


def on_engine(host: docker.DockerClient, home: Path) -> set[str]:
    """Containers, networks and volumes of any lab but those of another home, and untagged images of ours."""
    listed = [
        *(("container", c["Names"][0], c["Labels"]) for c in host.api.containers(all=True)),
        *(("network", each["Name"], each["Labels"]) for each in host.api.networks()),
        *(("volume", each["Name"], each["Labels"]) for each in host.api.volumes()["Volumes"] or ()),
    ]
    images = host.api.images(filters={"dangling": True, "label": LABEL})
    return {
        *(f"{kind} {name}" for kind, name, labels in listed if _is_left(kind, name, labels or {}, home)),
        *(f"untagged image {image['Id']}" for image in images),
    }


def _is_left(kind: str, name: str, labels: dict[str, str], home: Path) -> bool:
    """Not the image store, which is meant to stay; a volume without labels is what `docker rm` without -v leaves."""
    ours = LABEL in labels or "jbcalling-" in name or (kind == "volume" and not labels)
    anothers = not labels.get(HOME_LABEL, str(home)).startswith(str(home))
    cached = labels.get(LABEL) == CACHE and labels.get(BUILD_LABEL) != UNDER_WAY
    return ours and not anothers and not cached


def on_disk(folder: Path) -> set[str]:
    """All that lies below a folder that was empty before."""
    below = (path for path in folder.rglob("*") if not path.relative_to(folder).parts[0].startswith(NOT_OURS))
    return {f"file {path}" for path in below}


def processes(trial: str) -> set[str]:
    """Living processes that bear the trial's mark."""
    return {f"process {pid} {command}" for pid, command in _marked(f"{TRIAL_VARIABLE}={trial}")}


def _marked(mark: str) -> Iterator[tuple[str, str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                yield folder.name, (folder / "cmdline").read_text().replace("\0", " ")[:80]
        except OSError:  # it ended while we looked, or is another user's
            continue


def loopback() -> set[str]:
    """The addresses of the loopback interface."""
    shown = subprocess.run(
        ["ip", "-o", "address", "show", "dev", "lo"], capture_output=True, text=True, check=True
    )
    return {f"loopback {line.split()[3]}" for line in shown.stdout.splitlines()}
