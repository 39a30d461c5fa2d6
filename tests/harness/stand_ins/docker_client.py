"""Docker's own client, asked what it makes of stack files: with `stack config`, and with `stack deploy` on a made-up Swarm."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.compose import docker_config
from lab.compose.normal_form import relative
from lab.compose.values import in_seconds
from tests.harness.stand_ins.made_up_manager import MadeUpManager

Document = dict[str, Any]
DEADLINE_S = 60
DURATIONS = ("delay", "monitor", "window", "interval", "timeout", "start_period", "start_interval")


@dataclass(frozen=True)
class Client:
    """A docker client; `environment` is all that it sees."""

    program: str
    environment: Mapping[str, str]

    def config(self, files: Sequence[Path]) -> Document | str:
        """What it prints for the files, in our normal form, or its refusal."""
        answer = docker_config.read(self.program, files, self.environment)
        assert answer is not None, "the client did not answer"
        return answer.words if isinstance(answer, docker_config.Refusal) else _normal(answer, files[0].parent)

    def deploy(self, manager: MadeUpManager, files: Sequence[Path], stack: str) -> str | None:
        """Its refusal to deploy the files, None where it sent everything."""
        options = [part for file in files for part in ("-c", str(file))]
        command = [self.program, "stack", "deploy", "--detach", "--resolve-image=never", *options, stack]
        environment = {**self.environment, "DOCKER_HOST": manager.address}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )
        return None if done.returncode == 0 else done.stderr.strip()


def _normal(printed: Document, folder: Path) -> Document:
    """Ours differs in durations, which are in seconds, in paths, and in what a port that leaves out has."""
    found: Document = {key: value for key, value in printed.items() if not key.startswith("x-")}
    found["services"] = {name: dict(_service(each, folder)) for name, each in printed["services"].items()}
    for section in ("networks", "volumes", "configs", "secrets"):
        for name, entry in (found.get(section) or {}).items():
            found[section][name] = {
                k: v for k, v in entry.items() if not k.startswith("x-") or k == "x-cluster-spec"
            }
            if "file" in entry:
                found[section][name]["file"] = relative(entry["file"], folder)
    return found


def _service(printed: Document, folder: Path) -> Iterator[tuple[str, Any]]:
    for key, value in {"deploy": {}, **printed}.items():
        if key == "stop_grace_period":
            yield key, in_seconds(value)
        elif key == "healthcheck":
            yield key, _timed(value)
        elif key == "deploy":
            yield key, {k: _timed(v) if k.endswith(("_config", "_policy")) else v for k, v in value.items()}
        elif key == "ports":
            yield key, [{"mode": "ingress", "protocol": "tcp", "target": 0, **port} for port in value]
        elif key == "volumes":
            yield key, [_mount(mount, folder) for mount in value]
        elif key != "env_file" and not key.startswith("x-"):
            yield key, value


def _timed(policy: Document) -> Document:
    return {key: in_seconds(value) if key in DURATIONS else value for key, value in policy.items()}


def _mount(mount: Document, folder: Path) -> Document:
    return mount if mount["type"] != "bind" else {**mount, "source": relative(mount["source"], folder)}
