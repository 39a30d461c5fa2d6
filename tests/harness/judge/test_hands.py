"""The commands by hand for every kind of target, run in a shell whose programs check their arguments."""

import hashlib
import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from fixtures.judge.criteria import CRITERIA
from fixtures.judge.hands import Command, Hands, docker_words
from fixtures.limits import Limits
from fixtures.observe.signaling.dialling import Dial, Sticky
from fixtures.report.by_hand import by_hand
from fixtures.target import docker_endpoint
from fixtures.target.file import settings, target_of
from fixtures.target.planned import Plan
from fixtures.target.reach import Reach
from fixtures.target.values import SwarmApi, Target, TurnSecret
from tests.harness.stand_ins import strict_clients

HOSTILE = 'it\'s "odd" $(touch pwned) `touch pwned` ; touch pwned & *'
"""What no shell may take apart, nor carry out."""
SECRET = "the value that coturn shares"
FILE = """
name = "calls"
[reach]
ca_file = {ca}
edge = "192.0.2.1"
media = "192.0.2.2"
[turn]
secret_file = {secret}
"""
Environ = Mapping[str, str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a name that a shell would take apart, holding a target file, its CA and its secret."""
    found = tmp_path / "it's a folder; $(touch pwned)"
    found.mkdir()
    trustme.CA().cert_pem.write_to_path(str(found / "my ca.pem"))
    (found / "my secret").write_text(SECRET)
    paths = {"ca": json.dumps(str(found / "my ca.pem")), "secret": json.dumps(str(found / "my secret"))}
    (found / "calls.toml").write_text(FILE.format(**paths))
    return found


def over_ssh(folder: Path) -> Environ:
    return {"DOCKER_HOST": "ssh://deploy@translation01"}


def over_a_socket(folder: Path) -> Environ:
    (folder / "docker.sock").touch()
    return {"TARGET_SWARM_API": f"unix://{folder}/docker.sock"}


def over_tls(folder: Path) -> Environ:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (folder / name).touch()
    return {
        "DOCKER_HOST": "tcp://manager.example:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder),
    }  # fmt: skip


def by_a_context(folder: Path) -> Environ:
    name = "the $(touch pwned) 'cluster'"
    meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(
        json.dumps({"Endpoints": {"docker": {"Host": "ssh://deploy@translation01"}}})
    )
    return {"DOCKER_CONTEXT": name}


def by_nothing(folder: Path) -> Environ:
    return {}


class Shell:
    """Runs lines where only stand-ins can be reached; `calls` is what these were called with."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._calls = folder, folder / "calls"
        self._calls.touch()
        strict_clients.install(folder / "bin")

    def run(self, command: Command) -> str:
        """What is wrong with the command; empty where it ended well."""
        environ = {
            "PATH": str(self.folder / "bin"), strict_clients.CALLS: str(self._calls), "DOCKER_CONFIG": str(self.folder),
        }  # fmt: skip
        done = subprocess.run(
            ["/bin/bash", "-o", "pipefail", "-c", command.line], cwd=self.folder, env=environ, text=True, check=False,
            stdin=subprocess.DEVNULL, capture_output=True,
        )  # fmt: skip
        # The status of a command within $( ) is lost, and what it says is not.
        return f"{command.line}: {done.returncode}: {done.stderr}" if done.returncode or done.stderr else ""

    def wrong(self, commands: list[Command]) -> list[str]:
        """All that is wrong with any of them."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return [text for text in pool.map(self.run, commands) if text]

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in self._calls.read_text().splitlines()]

    @property
    def pwned(self) -> bool:
        return any(self.folder.rglob("pwned"))


@pytest.fixture
def shell(folder: Path) -> Iterator[Shell]:
    made = Shell(folder)
    yield made
    assert not made.pwned, "a part of a line was carried out as a command"


def commands(hands: Hands) -> list[Command]:
    """Every command of every criterion, once; one loop of thirty is run three times."""
    found = {c.line: c for each in CRITERIA.values() for c in each.by_hand(hands) if not c.opens}
    return [replace(c, line=c.line.replace("seq 30", "seq 3")) for c in found.values()]


@pytest.mark.parametrize(
    ("way", "reach"),
    [
        (over_ssh, ["--host", "ssh://deploy@translation01"]),
        (over_a_socket, ["--host", "unix://{folder}/docker.sock"]),
        (
            over_tls,
            ["--host", "tcp://manager.example:2376", "--tlsverify", "--tlscacert", "{folder}/ca.pem",
             "--tlscert", "{folder}/cert.pem", "--tlskey", "{folder}/key.pem"],
        ),
        (by_a_context, ["--context", "the $(touch pwned) 'cluster'"]),
        (by_nothing, []),
    ],
)  # fmt: skip
def test_every_command_runs(
    way: Callable[[Path], Environ],
    reach: list[str],
    folder: Path,
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever way the API is reached: every line ends well, and docker is told that way and nothing else."""
    environ = {"TARGET": str(folder / "calls.toml"), "DOCKER_CONFIG": str(folder), **way(folder)}
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    hands = Hands(target_of(settings(environ)))
    assert shell.wrong(commands(hands)) == []
    wanted = [word.replace("{folder}", str(folder)) for word in reach]
    nouns = ("service", "node", "stack", "network", "inspect")
    dockers = [words[1:] for words in shell.calls if words[0] == "docker"]
    begins = [words[: next(n for n, word in enumerate(words) if word in nouns)] for words in dockers]
    assert len(begins) > 10
    assert all(each == wanted for each in begins)


def test_the_lines_ask_what_they_should(folder: Path, shell: Shell) -> None:
    """The edge is dialled at the target's addresses with its CA, the relay with the secret's own text."""
    assert shell.wrong(commands(Hands(target_of(settings({"TARGET": str(folder / "calls.toml")}))))) == []
    curls = [words for words in shell.calls if words[0] == "curl"]
    hosts = {"jbcalling.site", "www.jbcalling.site", "api.jbcalling.site", "traefik.jbcalling.site"}
    assert {words[words.index("--resolve") + 1] for words in curls} == {
        f"{host}:443:192.0.2.1" for host in hosts
    }
    assert {words[words.index("--cacert") + 1] for words in curls} == {f"{folder}/my ca.pem"}
    asked = [words[-1] for words in curls if words[1] == "-sSI"]
    assert sorted(asked) == sorted(each.url for each in Hands(_plain()).plan.web_hosts)
    assert {words[words.index("-H") + 1] for words in curls if "-H" in words} == {
        "Origin: https://jbcalling.site", "Origin: https://foreign.example",
    }  # fmt: skip
    assert sum(words[-1].endswith("/assets/app.js") for words in curls) == 1
    (relay,) = (words for words in shell.calls if words[0] == "turnutils_uclient")
    assert relay[1:] == ["-y", "-c", "-n", "1", "-p", "3478", "-W", SECRET, "192.0.2.2"]
    assert ["getent", "ahostsv4", "192.0.2.2"] in shell.calls


def test_a_secret_in_a_variable_is_read_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line holds the variable's name and never its value; without a source of the secret there is no line."""
    named = target_of(settings({"TARGET": "production", "TURN_SECRET": SECRET}))
    (line,) = CRITERIA["turn"].by_hand(Hands(named))
    assert '-W "$(printenv TURN_SECRET)" media.jbcalling.site' in line.line
    assert list(CRITERIA["turn"].by_hand(Hands(_plain()))) == []


def _plain() -> Target:
    return Target("plain", Reach(), target_of(settings({"TARGET": "production"})).plan)


def _hostile(plan: Plan) -> Plan:
    """The plan with names that no shell may take apart; the host's must do for an address."""
    services = tuple(replace(each, full_name=f"{each.full_name} {HOSTILE}") for each in plan.services)
    hosts = tuple(replace(each, name=f"{each.name}'$(touch pwned)") for each in plan.hosts)
    return replace(
        plan, stack=HOSTILE, services=services, hosts=hosts, foreign_origin=f"https://{HOSTILE}",
        allowed_origins=(HOSTILE,),
    )  # fmt: skip


def test_hostile_names_stay_one_argument(folder: Path, shell: Shell) -> None:
    """Names of services, hosts and origins with quotes, spaces and substitutions reach the program as they are."""
    target = replace(
        target_of(settings({"TARGET": str(folder / "calls.toml")})), plan=_hostile(_plain().plan)
    )
    addresses = {host.name: "192.0.2.9" for host in target.plan.hosts}
    hands = Hands(replace(target, reach=Reach(addresses, folder / "my ca.pem")))
    assert shell.wrong(commands(hands)) == []
    words = {word for call in shell.calls for word in call}
    assert {HOSTILE, f"Origin: {HOSTILE}", f"Origin: https://{HOSTILE}"} <= words
    assert {each.full_name for each in hands.plan.services} <= words
    assert {each.url for each in hands.plan.web_hosts} <= words


def test_the_lab_is_asked_through_its_nodes() -> None:
    """Each docker command of a lab enters its manager; the relay is asked from the container that holds the client."""
    lab = replace(_plain(), is_lab=True, turn_secret=TurnSecret(file=Path("/lab/secret")))
    lines = [shlex.split(c.line) for c in commands(Hands(lab, "my lab"))]
    docker = [words for words in lines if "docker" in words]
    entered = ["python", "-m", "lab", "exec", "--name", "my lab", "translation01", "--", "docker"]
    assert len(docker) > 10
    assert all(words[: len(entered)] == entered for words in docker)
    (relay,) = (words for words in lines if "turnutils_uclient" in words)
    assert relay[:11] == [*entered[:6], "translation02", "--", "sh", "-c",
                          'docker exec "$(docker ps -q -f name=translation_coturn)" "$@"']  # fmt: skip


def test_a_handshake_by_hand_keeps_its_words() -> None:
    """A cookie's value, an origin and a path of a CA with quotes in them are one argument each."""
    reach = Reach({"api.test": "192.0.2.1"}, Path("/a b/it's.pem"))
    words = shlex.split(Dial(reach, "api.test", origin=HOSTILE, sticky=Sticky("_s", HOSTILE)).curl())
    assert words[:6] == ["curl", "-i", "--resolve", "api.test:443:192.0.2.1", "--cacert", "/a b/it's.pem"]
    assert words[6:10] == ["-H", f"Origin: {HOSTILE}", "-b", f"_s={HOSTILE}"]
    assert shlex.split(reach.curl("https://api.test:8443/", "-vI")) == [
        "curl", "-vI", "--resolve", "api.test:8443:192.0.2.1", "--cacert", "/a b/it's.pem", "https://api.test:8443/",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("api", "words"),
    [
        (SwarmApi("http://192.0.2.1:2375"), ["--host", "tcp://192.0.2.1:2375"]),
        (SwarmApi("ssh://me:word@host:22"), ["--host", "ssh://me@host:22"]),
        (SwarmApi("unix:///run/docker.sock"), ["--host", "unix:///run/docker.sock"]),
        (
            SwarmApi("https://h:2376", ca_file=Path("ca")),
            ["--host", "tcp://h:2376", "--tlsverify", "--tlscacert", "ca"],
        ),
        (SwarmApi("ssh://h", context="c"), ["--context", "c"]),
        (None, []),
    ],
)
def test_only_what_is_given_is_told_to_docker(api: SwarmApi | None, words: list[str]) -> None:
    """No file that is not given, no password, and HTTP by the name that the client has for it."""
    assert docker_words(api) == ("docker", *words)


def test_a_context_keeps_its_name(folder: Path) -> None:
    """The address is read from the context, and docker is given the name: it knows what else is in it."""
    environ = {**by_a_context(folder), "DOCKER_CONFIG": str(folder)}
    name = environ["DOCKER_CONTEXT"]
    found = docker_endpoint.of_context(name, "DOCKER_CONTEXT", Limits(), environ)
    assert (found.url, found.context) == ("ssh://deploy@translation01", name)


def test_the_tests_of_a_criterion_are_its_last_line() -> None:
    """Each file once, quoted; without a target there is nothing else, and without tests not even that."""
    nodeids = ["tests/test_b.py::test_x[1]", "tests/a dir/test_a.py::test_y", "tests/test_b.py::test_z"]
    again = Command("the same tests again", "python -m pytest 'tests/a dir/test_a.py' tests/test_b.py")
    assert by_hand("spread", None, nodeids) == (again,)
    hands = Hands(_plain())
    assert by_hand("spread", hands, nodeids) == (*CRITERIA["spread"].by_hand(hands), again)
    assert by_hand("spread", hands) == tuple(CRITERIA["spread"].by_hand(hands))
