"""A target from a file and the environment, and the one line that is said of one that cannot be used."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import trustme

from fixtures.commands.target_show import main
from fixtures.limits import differing
from fixtures.target.file import settings, target_of
from fixtures.target.values import Target, TargetError, TurnSecret, resolved
from lab.host.state import LabState, folder
from lab.tools.target_file import text

FILE = """
domain = "calls.example"
stack = "calls"
plan = "b"
[reach]
ca_file = "ca.pem"
edge = "192.0.2.1"
media = "192.0.2.2"
resolve = { "www.calls.example" = "192.0.2.3" }
[hosts]
api = "signal.example"
[signaling]
sticky_cookie = "_replica"
words = { join_room = "join-room" }
[turn]
secret_file = "secret"
[limits]
edge_requests = 12
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A target file with a CA beside it."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "target.toml").write_text(FILE)
    return tmp_path / "target.toml"


def target(file: Path | str, environ: Mapping[str, str] | None = None) -> Target:
    return target_of(settings({"TARGET": str(file), **(environ or {})}))


def test_a_file_says_it_all(file: Path) -> None:
    """Hosts move to the domain, addresses to the hosts, paths are the file's, the plan is the one named."""
    found = target(file)
    names = [
        "calls.example",
        "www.calls.example",
        "signal.example",
        "traefik.calls.example",
        "media.calls.example",
    ]
    assert [host.name for host in found.plan.hosts] == names
    addresses = ["192.0.2.1", "192.0.2.3", "192.0.2.1", "192.0.2.1", "192.0.2.2"]
    assert [found.reach.address_of(name) for name in names] == addresses
    assert found.plan.allowed_origins == ("https://calls.example", "https://www.calls.example")
    assert (found.plan.option, found.plan.edge.full_name) == ("B", "calls_traefik")
    assert (found.reach.ca_file, found.media_address) == (file.parent / "ca.pem", "192.0.2.2")
    assert (found.name, found.sticky_cookie, found.protocol.join_room) == ("target", "_replica", "join-room")
    assert found.turn_secret == TurnSecret(file=file.parent / "secret")
    assert differing(found.limits) == {"edge_requests": 12}


def test_the_environment_comes_first(file: Path) -> None:
    """A variable is laid over the file's value, and single hosts over the file's table of hosts."""
    over = {
        "TARGET_DOMAIN": "other.example", "TARGET_RESOLVE": "signal.example:2001:db8::1,other.example:192.0.2.9",
        "TARGET_TURN_SECRET_ENV": "THE_SECRET", "TARGET_LIMITS": "EDGE_REQUESTS=9, call_freeze_s=0.7",
    }  # fmt: skip
    with pytest.raises(
        TargetError, match=r"www.calls.example is no host of this target: did you mean www.other"
    ):
        target(file, over)
    file.write_text(FILE.replace("www.calls", "www.other"))
    found = target(file, over)
    assert found.reach.address_of("signal.example") == "2001:db8::1"
    assert found.reach.address_of("www.other.example") == "192.0.2.3"
    assert found.turn_secret == TurnSecret(variable="THE_SECRET")
    assert differing(found.limits) == {"edge_requests": 9, "call_freeze_s": 0.7}
    assert repr(found.limits) == "Limits(edge_requests=9, call_freeze_s=0.7)"


def test_production_is_described() -> None:
    """jbcalling.site is read from its file, by its public names, without an API, and nobody is asked."""
    found = target("production")
    assert (found.name, found.plan.host_of("page").name, found.plan.stack) == (
        "production", "jbcalling.site", "translation",
    )  # fmt: skip
    assert (dict(found.reach.overrides), found.reach.ca_file, found.swarm_api) == ({}, None, None)


WRONG_FILES = {
    "domain = ": r"target.toml: is not TOML",
    "domian = 'x'": r"target.toml:1: domian = \"x\": unknown key: did you mean domain\?",
    "[reach]\nca_fil = 'x'": r"target.toml:2: reach.ca_fil = \"x\": unknown key: did you mean ca_file\?",
    "[reach]\nca_file = 'none.pem'": r"reach.ca_file .*/none.pem cannot be read: No such file",
    "[reach]\nca_file = 'target.toml'": r"target.toml holds no certificate that can be trusted",
    "[reach]\nedge = 'traefik'": r"reach.edge: traefik is no IP address",
    "[reach.resolve]\n'wwww.jbcalling.site' = '192.0.2.1'": r"wwww.jbcalling.site is no host .* did you mean www",
    "[hosts]\nsip = 'x.example'": r"target.toml:1: hosts: sip is no host of the plan: there are @, www, api",
    "plan = 'z.toml'": r"target.toml:1: plan .*/z.toml: .*/z.toml: cannot be read",
    "stack = 3": r"target.toml:1: stack = 3: wanted a text",
    "[limits]\nedge_request = 3": r"target.toml:1: edge_request is no limit: did you mean edge_requests\?",
    "[limits]\nedge_requests = 0": r"edge_requests = 0: wanted more than 0, it is 30 by itself",
    "[limits]\nedge_requests = 2.5": r"edge_requests = 2.5: wanted a whole number",
    "[limits]\nedge_deadline_s = '1 s'": r"edge_deadline_s = 1 s: wanted a number, it is 40 by itself",
    "[limits]\nedge_deadline_s = nan": r"edge_deadline_s = nan: wanted a finite number, it is 40 by itself",
    "[limits]\nedge_deadline_s = inf": r"edge_deadline_s = inf: wanted a finite number",
    "[limits]\nedge_deadline_s = -1": r"edge_deadline_s = -1: wanted more than 0",
    "[limits]\ncall_freezes_max = -1": r"call_freezes_max = -1: wanted 0 or more, it is 0 by itself",
    "[limits]\nedge_requests = true": r"edge_requests = true: wanted a whole number",
    "[swarm]\napi = 'translation01'": r"swarm.api translation01: wanted ssh://user@manager, tcp://",
    "[swarm]\napi = 'tcp://manager:2376'": r"swarm.api tcp://manager:2376 needs TLS: give swarm.ca_file",
    "[swarm]\ncontext = 'nowhere-at-all'": r"no Docker context nowhere-at-all: docker context ls",
    "[signaling]\nprotocol = 'v9'": r"signaling.protocol v9 is unknown: there are design",
    "[page.selectors]\ncreate = '#x'": r"page.selectors: in_call must be given too",
    "[page.selectors]\nenter = '#x'": r"page.selectors: enter is unknown: there are create, in_call, join",
    "[signaling.words]\njoin = 'x'": r"signaling.words join is unknown: there are path, connected, join_room",
}


@pytest.mark.parametrize("text", WRONG_FILES)
def test_what_is_wrong_is_one_line(file: Path, text: str) -> None:
    """Bad TOML, an unknown key, a missing file, a name nobody has: one line that says where and what to do."""
    file.write_text(text)
    with pytest.raises(TargetError, match=WRONG_FILES[text]) as caught:
        target(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (
            {"TARGET": "produktion"},
            "TARGET=produktion: no such target and no such file; there are lab, .*production",
        ),
        ({"TARGET_CAFILE": "x"}, "TARGET_CAFILE: no such variable: did you mean TARGET_CA_FILE"),
        ({"TARGET_RESOLVE": "jbcalling.site"}, "TARGET_RESOLVE=jbcalling.site: wanted NAME:VALUE,NAME:VALUE"),
        (
            {"TARGET_RESOLVE": "jbcalling.site:443:192.0.2.1"},
            "TARGET_RESOLVE: .*443:192.0.2.1 is no IP address",
        ),
        ({"TARGET_LIMITS": "edge_requests"}, "TARGET_LIMITS=edge_requests: wanted NAME=VALUE"),
        ({"TARGET_SWARM_API": "ftp://x"}, "TARGET_SWARM_API: swarm.api ftp://x: wanted"),
    ],
)
def test_a_wrong_variable_is_one_line(environ: dict[str, str], message: str) -> None:
    """A slip in a variable is no override that silently is not there."""
    with pytest.raises(TargetError, match=message):
        target_of(settings({"TARGET": "production", **environ}))


def test_a_lab_is_a_target_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `python -m lab target` prints is all that another process needs: hosts, CA, Swarm API, TURN secret."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    hosts = {"jbcalling.site": "172.28.9.11", "media.jbcalling.site": "172.28.9.12"}
    state = LabState(
        "x", "kept", "f", "now", "172.28.9.0/24", "node", {"translation01": "172.28.9.11"}, {}, True, hosts
    )
    folder("x").mkdir(parents=True)
    trustme.CA().cert_pem.write_to_path(str(folder("x") / "ca.pem"))
    (folder("x") / "client.pem").touch()
    (folder("x") / "client-key.pem").touch()
    (tmp_path / "lab.toml").write_text(text(state))
    found = target(tmp_path / "lab.toml")
    edge = ("jbcalling.site", "www.jbcalling.site", "api.jbcalling.site", "traefik.jbcalling.site")
    dialled = {**dict.fromkeys(edge, "172.28.9.11"), "media.jbcalling.site": "172.28.9.12"}
    assert (dict(found.reach.overrides), found.media_address) == (dialled, "172.28.9.12")
    small = Path(__file__).parents[1] / "samples" / "page_and_api" / "plan.toml"
    other = target(tmp_path / "lab.toml", {"TARGET_PLAN": str(small)})
    assert {host.name for host in other.plan.hosts} == set(other.reach.overrides), "whatever hosts a plan has"
    edge = ("jbcalling.site", "www.jbcalling.site", "api.jbcalling.site", "traefik.jbcalling.site")
    dialled = {**dict.fromkeys(edge, "172.28.9.11"), "media.jbcalling.site": "172.28.9.12"}
    assert (dict(found.reach.overrides), found.media_address) == (dialled, "172.28.9.12")
    gateway = target(tmp_path / "lab.toml", {"TARGET_PLAN": "gateway"})
    assert {host.name for host in gateway.plan.hosts} == set(gateway.reach.overrides), (
        "whatever hosts a plan has"
    )
    assert (found.name, found.is_lab, found.turn_secret) == (
        "lab x", False, TurnSecret(file=folder("x") / "secrets" / "turn_secret"),
    )  # fmt: skip
    assert found.swarm_api is not None
    assert (found.swarm_api.url, found.swarm_api.ca_file) == (
        "tcp://172.28.9.11:2376",
        folder("x") / "ca.pem",
    )


def test_show_never_takes_the_world_for_a_lab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With no lab up the lab's names lead to the real service: nothing is checked there, and that is said."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("TARGET", raising=False)
    assert main(["show", "--check-network"]) == 2
    assert capsys.readouterr().err.startswith("target: no lab is up, so its names do not resolve to a lab")


def test_variables_of_others_are_left_alone() -> None:
    """What merely begins like ours, as cross-compilers have it, is nobody's mistake; an empty one is not set."""
    assert target("production", {"TARGET_ARCH": "arm64", "TARGET_PLAN": ""}).plan.option == "A"


def test_a_host_that_does_not_resolve_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name, and the variable that would give its address."""
    import socket

    def fail(*args: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(TargetError, match=r"media.jbcalling.site does not resolve: .*TARGET_RESOLVE=media"):
        resolved(target("production").reach, "media.jbcalling.site")


def test_a_turn_secret_is_read_where_it_is_kept(tmp_path: Path) -> None:
    """From a variable or a file, never from the target itself; masked in print; a missing one is one line."""
    kept = tmp_path / "secret"
    kept.write_text("s3cret\n")
    assert TurnSecret(file=kept).read().reveal() == "s3cret"
    assert TurnSecret(variable="X").read({"X": "s3cret"}).reveal() == "s3cret"
    assert "s3cret" not in f"{TurnSecret(variable='X').read({'X': 's3cret'})}"
    with pytest.raises(TargetError, match="must be in the variable X, which is not set or empty"):
        TurnSecret(variable="X").read({})
    with pytest.raises(TargetError, match=r"cannot be read from the file .*/absent: No such file"):
        TurnSecret(file=tmp_path / "absent").read()
