"""The plans of the design, and what is said of a plan that cannot be used."""

import hashlib
from pathlib import Path

import pytest

from fixtures.target.plan import CHECKED, PLANS, PlanError, load_plan
from fixtures.target.plan_file import check_plan
from fixtures.target.planned import Plan, Port
from fixtures.target.toml_file import read_toml

BASE = (PLANS / "option-a.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", ["a", "B", "c"])
def test_every_option_keeps_what_they_share(option: str) -> None:
    """In every option mediasoup is on translation02 with its ten UDP ports, and there are nine services."""
    plan = load_plan(option)
    assert plan.option == option.upper()
    assert len(plan.services) == 9
    assert plan.media.node == "translation02"
    assert plan.media.ports == tuple(Port(n, n, "udp", "host") for n in range(40000, 40010))
    assert [(n.instance, n.memory_gb) for n in plan.nodes] == [
        ("translation01", 30),
        ("translation02", 15),
        ("translation03", 15),
    ]


def test_the_plans_that_are_not_checked_anew_are_valid(tmp_path: Path) -> None:
    """Their hashes stand in `checked.sha256` (renewed by `sha256sum *.toml` in its folder), and the models accept them."""
    listed = dict(line.split()[::-1] for line in CHECKED.read_text("utf-8").splitlines())
    shipped = sorted(PLANS.glob("*.toml"))
    assert listed == {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in shipped}
    for file in shipped:
        raw = read_toml(file)
        if "extends" not in raw:
            check_plan(raw, file)
            continue
        copy = tmp_path / file.name  # another hash, so it is checked, and read alike
        copy.write_text(
            file.read_text("utf-8").replace('"option-a.toml"', f'"{PLANS}/option-a.toml"') + "\n# copy\n"
        )
        assert load_plan(copy) == load_plan(file)


def test_a_plan_of_the_suite_that_was_changed_is_checked(tmp_path: Path) -> None:
    """Its hash is another one then: a slip in it is one line, as in any plan."""
    changed = tmp_path / "option-a.toml"
    changed.write_text(BASE.replace("min_nodes", "min_node", 1), "utf-8")
    with pytest.raises(PlanError, match=r"min_node\b.*unknown key"):
        load_plan(changed)


def test_a_plan_is_called_by_its_option_or_its_file(tmp_path: Path) -> None:
    """`plan A`, and what is read from a file of one's own goes by that file, whatever option it extends."""
    assert (load_plan("b").called, load_plan("b").media.plan) == ("plan B", "plan B")
    own = load(tmp_path, f'extends = "{PLANS}/option-a.toml"\n')
    assert (own.called, own.media.plan) == ("the plan of plan.toml", "the plan of plan.toml")


def pins(plan: Plan) -> list[tuple[str | None, int, tuple[str, ...]]]:
    return [(s.node, s.min_nodes, s.constraints) for s in (plan.service("frontend"), plan.signaling)]


def test_the_options_differ_in_their_pins() -> None:
    """A pins neither, B the frontend to translation01, C lets signaling be kept off it."""
    assert pins(load_plan("a")) == [(None, 2, ()), (None, 2, ())]
    frontend, signaling = pins(load_plan("b"))
    assert (frontend[0], frontend[1], signaling) == ("translation01", 1, (None, 2, ()))
    frontend, signaling = pins(load_plan("c"))
    assert frontend == (None, 2, ())
    assert "node.labels.instance != translation01" in signaling[2]


def test_names_and_urls_are_made_from_the_plan() -> None:
    """Full names carry the stack's prefix, memory is in bytes, and each web host has its address."""
    plan = load_plan("a")
    assert (plan.edge.full_name, plan.network("frontend")) == ("translation_traefik", "translation_frontend")
    assert (plan.media.memory_limit, plan.media.memory_reservation) == (2**30, 2**29)
    assert [host.url for host in plan.web_hosts] == [
        "https://jbcalling.site/",
        "https://www.jbcalling.site/",
        "https://api.jbcalling.site/health",
        "https://traefik.jbcalling.site/dashboard/",
    ]
    assert plan.host_of("page").large_url == "https://jbcalling.site/assets/app.js"


def load(tmp_path: Path, text: str) -> Plan:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return load_plan(path)


BAD = {
    "unknown key": ("min_nodes = 2", "min_node = 2", r"frontend\.min_node = 2: .*did you mean min_nodes\?"),
    "wrong type": ("replicas = 3", 'replicas = "three"', r'replicas = "three": wanted a whole number, as in'),
    "a flag for a number": ("replicas = 3", "replicas = true", "replicas = true: wanted a whole number"),
    "too few": ("replicas = 3", "replicas = 0", "replicas = 0: wanted 1 or more"),
    "missing": ('stack = "translation"\n', "", 'stack: is missing: wanted a text, as in stack = "'),
    "not TOML": ('stack = "translation"', "stack = translation", "is not TOML: .*line"),
    "uneven ranges": ('published = "40000-40009"', 'published = "40000-40008"', "9 ports, target 10: make"),
    "backward range": ('target = "40000-40009"', 'target = "40009-40000"', r"lower port to the higher"),
    "no port": ('target = "80"', 'target = "http"', "wanted a port or a range of ports"),
    "port as number": ('target = "80"', "target = 80", "target = 80: wanted a text"),
    "protocol": ('protocol = "tcp"', 'protocol = "sctp"', '"sctp": wanted one of tcp, udp'),
    "memory": ('"128M"', '"128 apples"', "wanted memory as Docker writes it"),
    "no such node": ('node = "translation03"', 'node = "elsewhere"', r'tts\.node = "elsewhere": is no node'),
    "no such service": ('edge_service = "traefik"', 'edge_service = "nginx"', '"nginx": is no service'),
    "more nodes than replicas": ("min_nodes = 2", "min_nodes = 4", "3 replicas cannot run on more nodes"),
    "a text for a list": ('networks = ["frontend"]', 'networks = "x"', r'traefik\.networks = "x": wanted a list, as in networks'),
    "a number in a list": ('networks = ["frontend"]', "networks = [3]", r"traefik\.networks\[0\] = 3: wanted a text$"),
    "a value for a table": ("[services.tts]", "[services]\ntts = 3\n[services.x]", r"tts = 3: .* as in \[services\.tts\]"),
    "half a port": ("published = \"80\", ", "", r"ports\[0\]\.published: is missing: wanted a text, as in published"),
    "no ports of the relay": ('relay_ports = "49160-49167"', "", r'turn\.relay_ports: is missing: wanted a text, as in'),
    "a pin without forms": ('constraints = ["node.labels.instance == translation02"]', "", "needs constraints"),
    "slip in a list": ('kind = "media"', 'knd = "media"', r"hosts\[4\]\.k.*"),
    "memory as number": ('"128M"', "128", "memory_limit = 128: wanted memory as Docker writes it"),
    "port zero": ('target = "80"', 'target = "0"', "within 1 to 65535"),
    "port too high": ('target = "80"', 'target = "65536"', "within 1 to 65535"),
    "no media host": ('kind = "media"', 'kind = "dashboard"', 'hosts.*none is of kind "media"'),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BAD.values(), ids=BAD.keys())
def test_a_bad_plan_is_one_clear_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The error names the file, the key, the value and the remedy, in one line."""
    assert old in BASE
    with pytest.raises(PlanError, match=said) as caught:
        load(tmp_path, BASE.replace(old, new, 1))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "plan.toml"))


def test_a_file_that_is_not_there_is_named() -> None:
    """A wrong path is one line that names the file, and an option that does not exist one that names those there are."""
    with pytest.raises(PlanError, match=r"nowhere\.toml: cannot be read"):
        load_plan("nowhere.toml")
    with pytest.raises(PlanError, match=r"^there is no such plan; give one of a, b, c, gateway, or the path"):
        load_plan("x")


def test_a_plan_may_extend_another(tmp_path: Path) -> None:
    """A plan replaces what it extends key by key, and its errors are reported under its own name."""
    (tmp_path / "base.toml").write_text(BASE, encoding="utf-8")
    plan = load(tmp_path, 'extends = "base.toml"\nstack = "other"\n[services.frontend]\nreplicas = 5\n')
    assert (plan.stack, plan.service("frontend").replicas, plan.service("frontend").min_nodes) == (
        "other",
        5,
        2,
    )
    with pytest.raises(PlanError, match=r"plan\.toml:3: services\.frontend\.replica = 5: unknown key"):
        load(tmp_path, 'extends = "base.toml"\n[services.frontend]\nreplica = 5\n')
    with pytest.raises(PlanError, match=r"plan\.toml:1: extends = .*extends another one itself"):
        load(tmp_path, 'extends = "plan.toml"\n')
