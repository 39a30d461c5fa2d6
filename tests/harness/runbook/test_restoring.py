"""What a restore sends: a backup's specification, with what was masked in it, and with the ids that hold now."""

import pytest

from fixtures.backup.values import Kind
from fixtures.runbook.restoring import unmasked, with_ids
from lab.errors import InputError, LabError

IDS = {(Kind.NETWORK, "net"): "n-new", (Kind.SECRET, "turn"): "s-new", (Kind.CONFIG, "tls"): "c-new"}


def test_masked_texts_are_taken_from_what_runs() -> None:
    """By their place, and in an environment by their name; all else is the backup's."""
    wanted = {
        "Env": ["LOG=info", "DB_PASSWORD=***"],
        "Args": ["--token", "***"],
        "Labels": {"api.token": "***", "a": "1"},
    }
    live = {
        "Env": ["DB_PASSWORD=hunter2", "LOG=debug"], "Args": ["--token", "five"],
        "Labels": {"api.token": "six", "a": "2"},
    }  # fmt: skip
    assert unmasked(wanted, live) == {
        "Env": ["LOG=info", "DB_PASSWORD=hunter2"], "Args": ["--token", "five"], "Labels": {"api.token": "six", "a": "1"},
    }  # fmt: skip


@pytest.mark.parametrize("live", [{}, {"Env": []}, {"Env": ["OTHER=1"]}, None])
def test_a_masked_text_that_nothing_runs_with_is_refused(live: object) -> None:
    """It is in no backup, and nobody is to be given three stars for a password."""
    with pytest.raises(InputError, match="is masked in the backup"):
        unmasked({"Env": ["DB_PASSWORD=***"]}, live)


def test_names_get_the_ids_that_hold_now() -> None:
    """A network, secret or config that was made anew has another id."""
    spec = {
        "TaskTemplate": {
            "Networks": [{"Target": "n-old", "Aliases": ["web"]}],
            "ContainerSpec": {
                "Secrets": [{"SecretID": "s-old", "SecretName": "turn"}],
                "Configs": [{"ConfigID": "c-old", "ConfigName": "tls"}],
                "Mounts": [{"Source": "data", "Target": "/data"}],
            },
        }
    }
    found = with_ids(spec, {"n-old": "net"}, IDS)["TaskTemplate"]
    assert found["Networks"] == [{"Target": "n-new", "Aliases": ["web"]}]
    assert found["ContainerSpec"]["Secrets"] == [{"SecretID": "s-new", "SecretName": "turn"}]
    assert found["ContainerSpec"]["Configs"] == [{"ConfigID": "c-new", "ConfigName": "tls"}]
    assert found["ContainerSpec"]["Mounts"] == [{"Source": "data", "Target": "/data"}]
    assert spec["TaskTemplate"]["Networks"] == [{"Target": "n-old", "Aliases": ["web"]}]


def test_a_name_that_is_nobody_s_is_refused() -> None:
    """A secret that is gone has to be made first."""
    with pytest.raises(LabError, match="there is no secret other"):
        with_ids({"Secrets": [{"SecretID": "x", "SecretName": "other"}]}, {}, IDS)
