"""What Docker reads and passes over in silence is told, with file, line and key."""

from pathlib import Path

import pytest

from lab.compose import reading


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: {}\n", ": services: there are none: is it a stack file?"),
        ("services:\n  a: {image: x}\n---\nservices: {}\n", ":3: only the file's first document is read"),
        ("services:\n  a:\n    image: x\n    ports: [{published: 80}]\n", ":4: services.a.ports.0: publishes nothing: give"),
        ("services:\n  a:\n    image: x\n    volumes: [{type: tmpfs}]\n", ":4: services.a.volumes.0: mounts nothing: give"),
        ("services:\n  a:\n    image: x\n    restart: always\n", ":4: services.a.restart: counts only where there is no deploy"),
        ("services:\n  a:\n    image: x\n    oom_score_adj: 5\n", ":4: services.a.oom_score_adj: a Swarm does nothing with it"),
        ("services:\n  a:\n    image: x\n    ports: ['127.0.0.1:80:80']\n", ":4: services.a.ports.0: 127.0.0.1:80:80: a Swarm "),
        ("services:\n  a:\n    image: x\n    volumes: ['v:/v']\n", ":4: services.a.volumes.0: v:/v: one letter before a colon"),
        ("services:\n  a:\n    image: x\n    volumes: ['/v:/v:ro,z']\n", ":4: services.a.volumes.0: /v:/v:ro,z: Docker drops"),
        ("services:\n  a:\n    image: x\n    command: $(x) ${HOME}\n", ":4: services.a.command: is no form that `docker stack"),
        ("services:\n  a:\n    image: x\n    volumes: [{type: bind, source: /a, target: /b, bind: {propagtion: shared}}]\n",
         ":4: services.a.volumes.0.bind.propagtion: Docker drops it: unknown key: did you mean propagation?"),
        ("services:\n  a:\n    image: x\n    secrets:\n      - source: s\n        filename: t\nsecrets: {s: {external: true}}\n",
         ":6: services.a.secrets.0.filename: Docker drops it: unknown key"),
        ("services:\n  a:\n    image: x\n    build: {context: ., target: t}\n    volumes: [/a:/b]\n    ports: ['80:80']\n",
         ":4: services.a.build: a Swarm does nothing with it"),
    ],
)  # fmt: skip
def test_what_docker_passes_over_is_told(text: str, said: str, tmp_path: Path) -> None:
    """One line each with file, line and key; the file is read all the same."""
    path = tmp_path / "stack.yml"
    path.write_text(text)
    (line,) = reading.read([path], {"HOME": "/root"}).ignored
    assert line.startswith(f"{path}{said}")
    assert "\n" not in line
