"""How a stack starts Traefik: flags, variables, files, in all the forms that people write."""

import pytest

from fixtures.rehearse.startup import NotRehearsableError, Source, startup

FLAGS = ["--providers.swarm.endpoint=tcp://proxy:2375", "--entryPoints.websecure.address=:443"]


@pytest.mark.parametrize(
    ("entrypoint", "command"),
    [
        (None, FLAGS),
        (["traefik"], FLAGS),
        (["/usr/local/bin/traefik"], FLAGS),
        (["/entrypoint.sh"], ["traefik", *FLAGS]),
        (["/entrypoint.sh"], FLAGS),
        (["traefik", *FLAGS], []),
        (None, ["traefik", *FLAGS]),
    ],
)
def test_flags_are_found_wherever_they_stand(entrypoint: list[str] | None, command: list[str]) -> None:
    """In the command, in the entrypoint, behind the program's name or not; keys are read without regard to case."""
    found = startup(entrypoint, command, {}, {})
    assert found.source is Source.FLAGS
    assert found.values == {
        "providers.swarm.endpoint": "tcp://proxy:2375",
        "entrypoints.websecure.address": ":443",
    }


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["-api"], {"api": "true"}),
        (["--api", "--ping=false"], {"api": "true", "ping": "false"}),
        (["--log.level", "DEBUG", "--api"], {"log.level": "DEBUG", "api": "true"}),
        (["--a=1", "--a=2"], {"a": "2"}),
        (["--a=x=y"], {"a": "x=y"}),
        (["--a=1", "stop", "--b=2"], {"a": "1"}),
    ],
)
def test_flags_are_read_as_traefik_reads_them(words: list[str], values: dict[str, str]) -> None:
    """One dash or two, a value behind `=` or behind a blank, none for a switch; the first other word ends them."""
    assert startup(None, words, {}, {}).values == values


def test_a_mounted_file_counts_alone() -> None:
    """Traefik reads the file and ignores its flags, and so must we."""
    text = "entryPoints:\n  websecure:\n    address: ':8443'\napi: {}\nproviders:\n  swarm:\n    exposedByDefault: false\n"
    found = startup(None, ["--configFile=/etc/t.yml", "--api.insecure=true"], {}, {"/etc/t.yml": text})
    assert found.source is Source.FILE
    assert found.values == {
        "entrypoints.websecure.address": ":8443",
        "api": "true",
        "providers.swarm.exposedbydefault": "false",
    }


def test_the_file_at_its_usual_place_is_found() -> None:
    """No flag names it, and Traefik reads it all the same."""
    found = startup(None, [], {}, {"/etc/traefik/traefik.toml": '[entryPoints.web]\naddress = ":80"\n'})
    assert (found.source, found.values) == (Source.FILE, {"entrypoints.web.address": ":80"})


def test_a_file_that_does_not_parse_is_told() -> None:
    """Traefik is asked with the file as it is; what our own parser says stands beside it."""
    found = startup(None, [], {}, {"/etc/traefik/traefik.yml": "a: [1"})
    assert found.options == ()
    assert found.broken.startswith("/etc/traefik/traefik.yml: ")


def test_variables_count_where_there_is_neither() -> None:
    """TRAEFIK_PROVIDERS_SWARM and its like; variables of others are none."""
    found = startup(None, [], {"TRAEFIK_API_DASHBOARD": "true", "TZ": "UTC"}, {})
    assert (found.source, found.values) == (Source.ENVIRONMENT, {"api.dashboard": "true"})


def test_another_program_is_not_taken_for_traefik() -> None:
    """A shell script may start anything: that is said, and nothing is made up."""
    with pytest.raises(NotRehearsableError, match="its container starts sh"):
        startup(["sh", "-c"], ["traefik --api"], {}, {})


def test_the_entrypoint_that_is_there_by_default() -> None:
    """Traefik opens `http` on 80 where no entrypoint is named."""
    assert startup(None, ["--api"], {}, {}).entrypoints == {"http": ":80"}
