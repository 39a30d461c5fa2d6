"""Which Docker API is asked where no target names one: that of Docker's own client."""

import hashlib
import json
from pathlib import Path

import pytest

from fixtures.limits import Limits
from fixtures.target.docker_endpoint import of_environ
from fixtures.target.values import TargetError


def found(**environ: str) -> tuple[str, str]:
    api = of_environ(environ, Limits())
    return api.url, api.origin


def test_it_is_that_of_docker_s_own_client(tmp_path: Path) -> None:
    """DOCKER_HOST of any form, else a context, else this machine's engine."""
    assert found() == ("unix:///var/run/docker.sock", "this machine's engine")
    assert found(DOCKER_HOST="ssh://ann@manager") == ("ssh://ann@manager", "DOCKER_HOST")
    assert found(DOCKER_HOST="unix:///run/user/1000/docker.sock")[0] == "unix:///run/user/1000/docker.sock"
    meta = tmp_path / "contexts" / "meta" / hashlib.sha256(b"there").hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Endpoints": {"docker": {"Host": "ssh://ann@elsewhere"}}}))
    assert found(DOCKER_CONFIG=str(tmp_path), DOCKER_CONTEXT="there")[0] == "ssh://ann@elsewhere"


def test_what_cannot_be_used_is_one_line() -> None:
    """An engine over TCP needs TLS; the line says which variable named it."""
    with pytest.raises(TargetError, match=r"DOCKER_HOST: swarm.api tcp://manager:2375 needs TLS"):
        found(DOCKER_HOST="tcp://manager:2375")
