"""A stack adapted to a lab: what a lab must change is changed and listed, and nothing else is."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.adapt import fitting, traefik
from lab.adapt.changes import Change, Kind
from lab.adapt.fitting import Facts, Fitted, fitted
from lab.compose import reading
from lab.errors import InputError

AS_WRITTEN = Path(__file__).parents[1] / "stacks" / "as-written.yml"
SUPPLIED = frozenset(
    {"secrets/edge_certificate", "secrets/edge_key", "secrets/turn_secret", "secrets/dashboard_users"}
)
MEDIA = "172.28.0.12"
ALL_THERE = {"ipvs": True, "esp": True}


def facts(**other: Any) -> Facts:  # noqa: ANN401
    """A host with room and a whole kernel, unless said otherwise."""
    known: dict[str, Any] = {
        "kernel": ALL_THERE,
        "host_memory": 64 << 30,
        "host_cpus": 16,
        "supplied": SUPPLIED,
    }
    return Facts(media_address=MEDIA, **{**known, **other})


def fit(document: dict[str, Any], folder: Path, **other: Any) -> Fitted:  # noqa: ANN401
    path = folder / "stack.yml"
    path.write_text(yaml.safe_dump(document))
    return fitted(reading.read([path], {}), facts(**other))


def web(
    tmp_path: Path,
    service: dict[str, Any],
    top: dict[str, Any] | None = None,
    **other: Any,  # noqa: ANN401
) -> tuple[Any, Fitted]:
    """A stack of one service, fitted: the service as it became, and the whole."""
    made = fit({"services": {"web": {"image": "nginx", **service}}, **(top or {})}, tmp_path, **other)
    return made.document["services"]["web"], made


def test_what_needs_no_change_has_none(tmp_path: Path) -> None:
    """A plain stack is deployed as it is written, on a host that has all it asks for."""
    service, made = web(
        tmp_path, {"ports": ["80:80"], "volumes": ["/var/run/docker.sock:/s"], "environment": {"A": "1"}}
    )
    assert made.changes == ()
    assert service["ports"][0]["mode"] == "ingress"


def test_the_media_hosts_address_goes_wherever_a_variable_asked_for_it(tmp_path: Path) -> None:
    """In environment, commands and labels, also within a text; the stack that was read stays as it was."""
    path = tmp_path / "stack.yml"
    path.write_text(
        "services:\n  web:\n    image: nginx\n    command: [--listen, 'udp://${ANNOUNCED_IP}:3478', '${ANNOUNCED_IP}5']\n"
        "    environment: {ADDRESS: '${ANNOUNCED_IP}', NUMBERS: '1${ANNOUNCED_IP}'}\n    labels: {a: 'x,${ANNOUNCED_IP}'}\n"
    )
    stack = reading.for_a_lab((path,))
    made = fitted(stack, facts())
    service = made.document["services"]["web"]
    assert service["command"] == ["--listen", f"udp://{MEDIA}:3478", "192.0.2.25"]
    assert service["environment"] == {"ADDRESS": MEDIA, "NUMBERS": "1192.0.2.2"}
    assert service["labels"] == {"a": f"x,{MEDIA}"}
    assert made.changes == ()
    assert stack.document["services"]["web"]["environment"]["ADDRESS"] == "192.0.2.2"


def test_acme_becomes_the_labs_certificate(tmp_path: Path) -> None:
    """Resolvers go from flags, environment and labels; TLS stays on, and the certificate comes from a file."""
    made = fitted(reading.read([AS_WRITTEN], {}), facts())
    services = made.document["services"]
    assert "certresolver" not in str(made.document).lower()
    assert services["frontend"]["deploy"]["labels"]["traefik.http.routers.frontend.tls"] == "true"
    assert "--entrypoints.websecure.http.tls=true" in services["traefik"]["command"]
    assert "--providers.file.directory=/lab-edge" in services["traefik"]["command"]
    assert made.document["secrets"]["lab_edge_key"] == {"file": "secrets/edge_key"}
    assert made.files == {traefik.TLS_FILE: traefik.TLS.encode()}
    assert any("certificatesResolvers.le.acme.email removed" in change.text for change in made.changes)


@pytest.mark.parametrize(
    ("flag", "mount", "target", "tls_at"),
    [
        ("directory=/dyn/", None, None, "/dyn/lab_edge-tls.yml"),
        ("filename=/etc/t/d.yml", "/etc/t/d.yml", "/lab-edge/d.yml", "/lab-edge/lab_edge-tls.yml"),
    ],
)
def test_a_file_provider_of_the_candidates_stays(
    flag: str, mount: str | None, target: str | None, tls_at: str, tmp_path: Path
) -> None:
    """The candidate's own dynamic configuration is still read, beside the lab's certificate."""
    (tmp_path / "d.yml").write_text("http: {}")
    configs = [{"source": "d", "target": mount}] if mount else []
    command = ["--certificatesresolvers.x.acme.email=a@b", f"--providers.file.{flag}"]
    service, _ = web(
        tmp_path,
        {"image": "traefik:v3", "command": command, "configs": configs},
        {"configs": {"d": {"file": "d.yml"}}},
    )
    targets = [config["target"] for config in service["configs"]]
    assert targets == [*([target] if target else []), tls_at]


def test_a_file_provider_that_cannot_be_moved_is_refused(tmp_path: Path) -> None:
    """A file that is baked into the image leaves no place for the certificate, and the line says so."""
    command = ["--certificatesresolvers.x.acme.email=a@b", "--providers.file.filename=/in/image.yml"]
    with pytest.raises(InputError, match=r"service web: Traefik's file provider reads /in/image.yml"):
        web(tmp_path, {"image": "traefik:v3", "command": command})


@pytest.mark.parametrize(
    "name", ["ANNOUNCED_IP", "MEDIASOUP_ANNOUNCED_IP", "ANNOUNCED_ADDRESS", "EXTERNAL_IP"]
)
def test_media_is_announced_where_the_lab_has_it(name: str, tmp_path: Path) -> None:
    """The production address becomes the lab's; one that is the lab's already is no change."""
    service, made = web(tmp_path, {"environment": {name: "34.0.0.1", "OTHER_IP": "34.0.0.1"}})
    assert service["environment"] == {name: MEDIA, "OTHER_IP": "34.0.0.1"}
    line = f"web: {name} 34.0.0.1 -> {MEDIA} (where the lab has its media host)"
    assert made.changes == (Change(Kind.ADDRESS, line),)
    assert web(tmp_path, {"environment": {name: MEDIA}})[1].changes == ()


def test_coturns_flag_is_announced_too(tmp_path: Path) -> None:
    """Where the address is a flag, the flag is changed."""
    service, _ = web(tmp_path, {"command": ["turnserver", "--external-ip=34.0.0.1"]})
    assert service["command"] == ["turnserver", f"--external-ip={MEDIA}"]


def test_paths_of_the_production_hosts_become_volumes(tmp_path: Path) -> None:
    """A path that no node has becomes an empty volume, a file beside the stack a config; the socket stays."""
    (tmp_path / "app.conf").write_text("x")
    listed = ["/opt/data:/data", "./app.conf:/etc/app.conf:ro", "/var/run/docker.sock:/var/run/docker.sock"]
    service, made = web(tmp_path, {"volumes": listed})
    assert [(v["type"], v["source"]) for v in service["volumes"]] == [
        ("volume", "lab_bind_opt_data"),
        ("bind", "/var/run/docker.sock"),
    ]
    assert service["configs"] == [{"source": "lab_file_app_conf", "target": "/etc/app.conf"}]
    assert made.document["configs"]["lab_file_app_conf"] == {"file": "app.conf"}
    assert made.document["volumes"]["lab_bind_opt_data"] == {}
    assert len(made.changes) == 2


def test_what_lies_outside_the_stack_is_made_inside(tmp_path: Path) -> None:
    """External networks and secrets are made by the lab, known ones with its own content, drivers are local."""
    top = {
        "networks": {"n": {"external": True, "name": "shared"}},
        "secrets": {"turn_secret": {"external": True}, "key": {"external": True}},
        "volumes": {"v": {"driver": "rexray"}},
    }
    service, made = web(tmp_path, {"networks": ["n"], "logging": {"driver": "gelf"}}, top)
    assert made.document["networks"]["n"] == {"name": "shared", "driver": "overlay"}
    assert made.document["secrets"] == {
        "turn_secret": {"file": "secrets/turn_secret"},
        "key": {"file": "lab/key"},
    }
    assert len(made.files["lab/key"]) == 32
    assert made.document["volumes"]["v"] == {}
    assert "logging" not in service
    assert len(made.changes) == 5


def test_an_external_config_is_refused(tmp_path: Path) -> None:
    """Nobody can make up the content of a config, so it is asked for, by file and line."""
    with pytest.raises(InputError, match=r"stack.yml:\d+: configs.c: external, so its content is unknown"):
        web(tmp_path, {}, {"configs": {"c": {"external": True}}})


def test_resources_are_scaled_to_the_host(tmp_path: Path) -> None:
    """Reservations shrink in proportion to what the host has, processor limits to what it has at all."""
    resources = {"limits": {"memory": "20G", "cpus": "8"}, "reservations": {"memory": "8G", "cpus": "2"}}
    service, made = web(
        tmp_path, {"deploy": {"replicas": 2, "resources": resources}}, host_memory=8 << 30, host_cpus=2
    )
    assert service["deploy"]["resources"] == {
        "limits": {"memory": str(20 << 30), "cpus": "2"},
        "reservations": {"memory": str(3 << 30), "cpus": "1.00"},
    }
    assert str(made.changes[0]) == "web: memory reservation 8G -> 3G (this host has 8.0G for all nodes)"
    assert len(made.changes) == 3


def test_resources_that_fit_stay(tmp_path: Path) -> None:
    """Global services count once a node, and what fits is left alone."""
    deploy = {"mode": "global", "resources": {"reservations": {"memory": "2G"}}}
    assert web(tmp_path, {"deploy": deploy}, host_memory=8 << 30)[1].changes == ()
    assert web(tmp_path, {"deploy": deploy}, host_memory=7 << 30)[1].changes != ()


@pytest.mark.parametrize("value", ["", "true", "false", "0"])
@pytest.mark.parametrize("esp", [True, False])
def test_encryption_stays_where_the_kernel_can(esp: bool, value: str, tmp_path: Path) -> None:
    """Without ESP an encrypted overlay would carry nothing: it is made plain and said, whatever the option's value."""
    top = {"networks": {"n": {"driver_opts": {"encrypted": value, "com.docker.network.driver.mtu": "1400"}}}}
    _, made = web(tmp_path, {"networks": ["n"]}, top, kernel={"ipvs": True, "esp": esp})
    options = made.document["networks"]["n"]["driver_opts"]
    assert ("encrypted" in options, options["com.docker.network.driver.mtu"]) == (esp, "1400")
    line = (
        f'network n: networks.n.driver_opts.encrypted: "{value}" taken out, so the overlay is plain '
        "(no ESP in this kernel)"
    )
    assert made.changes == (() if esp else (Change(Kind.ENCRYPTION, line),))


def test_another_drivers_option_is_its_own(tmp_path: Path) -> None:
    """What a driver from elsewhere makes of the key is not known, so it is left."""
    top = {"networks": {"n": {"driver": "weave", "driver_opts": {"encrypted": "true"}}}}
    _, made = web(tmp_path, {"networks": ["n"]}, top, kernel={"ipvs": True, "esp": False})
    assert (made.document["networks"]["n"]["driver_opts"], made.changes) == ({"encrypted": "true"}, ())


def test_ports_off_the_mesh_are_host_ports(tmp_path: Path) -> None:
    """Without IVPS one replica's ports are its node's own, and its updates stop the old task first."""
    service = {"ports": ["7000-7001:7000-7001/udp"], "deploy": {"update_config": {"order": "start-first"}}}
    found, made = web(tmp_path, service, kernel={"ipvs": False, "esp": True})
    assert {port["mode"] for port in found["ports"]} == {"host"}
    assert found["deploy"]["update_config"]["order"] == "stop-first"
    assert found["deploy"]["endpoint_mode"] == "dnsrr"
    assert len(made.changes) == 3


def test_health_intervals_are_shortened_on_request(tmp_path: Path) -> None:
    """Only where it is asked for, only the longer ones; a check without interval has Docker's 30 s."""
    check = {"test": "true"}
    assert web(tmp_path, {"healthcheck": check})[1].changes == ()
    service, made = web(tmp_path, {"healthcheck": check}, health_interval_s=5)
    assert service["healthcheck"]["interval"] == "5s"
    line = f"web: health check every {fitting.DOCKER_INTERVAL} -> 5s (as asked for)"
    assert made.changes == (Change(Kind.HEALTH, line),)
    assert web(tmp_path, {"healthcheck": {**check, "interval": "2s"}}, health_interval_s=5)[1].changes == ()


def test_the_stack_that_was_read_stays_as_it_was() -> None:
    """Fitting leaves the candidate itself alone, so that it can be judged and compared after."""
    stack = reading.read([AS_WRITTEN], {})
    before = str(stack.document)
    fitted(stack, facts(kernel={}))
    assert str(stack.document) == before
