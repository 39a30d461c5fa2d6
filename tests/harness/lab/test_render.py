"""The stack as a kernel can run it, and what is said of a file that cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from lab.adapt.render import Document, Facts, Rendered, Stack, images_of, local_files, render
from lab.build import image_builds
from lab.cluster.authority import Authority
from lab.cluster.stack_deploy import credentials
from lab.compose.reading import for_a_lab
from lab.compose.reference import NO_ADDRESS, REFERENCE_STACK
from lab.errors import InputError

Render = Callable[..., Rendered]
SUPPLIED = frozenset(credentials(Authority.fresh()).files)


def facts(*, ipvs: bool) -> Facts:
    """A host as large as the design's, with or without IPVS."""
    kernel = {"ipvs": ipvs, "esp": True}
    return Facts(kernel, NO_ADDRESS, host_memory=64 << 30, host_cpus=8, supplied=SUPPLIED)


def reference() -> Stack:
    return for_a_lab((REFERENCE_STACK,))


@pytest.fixture
def rendered(tmp_path: Path) -> Render:
    """Renders a stack of one service, `web`, written to a file of its own."""

    def make(*, ipvs: bool, **service: object) -> Rendered:
        path = tmp_path / "stack.yml"
        path.write_text(
            yaml.safe_dump({"version": "3.8", "services": {"web": {"image": "nginx", **service}}})
        )
        return render(for_a_lab((path,)), facts(ipvs=ipvs))

    return make


def modes(document: Document) -> dict[str, str]:
    services = document["services"].items()
    return {name: service["deploy"].get("endpoint_mode", "vip") for name, service in services}


def test_without_ipvs_every_service_of_the_reference_stack_is_dnsrr() -> None:
    """No service is left with a virtual address that such a kernel cannot serve, and the change is said of each."""
    made = render(reference(), facts(ipvs=False))
    assert set(modes(made.document).values()) == {"dnsrr"}
    said = [change for change in made.changes if "no IPVS" in change.text]
    assert all(any(name in change.text for change in said) for name in modes(made.document))


def test_with_ipvs_the_services_keep_their_virtual_addresses() -> None:
    """Nothing of it is changed where nothing must be, and nothing is said."""
    made = render(reference(), facts(ipvs=True))
    assert set(modes(made.document).values()) == {"vip"}
    assert not [change for change in made.changes if "IPVS" in change.text]


@pytest.mark.parametrize("ipvs", [True, False])
def test_only_what_must_change_changes(ipvs: bool) -> None:
    """Except for images and endpoint modes, the rendered reference stack is what the file says."""

    def rest(document: Document) -> Document:
        for service in document["services"].values():
            service.pop("image")
            service["deploy"].pop("endpoint_mode", None)
        return document

    assert rest(render(reference(), facts(ipvs=ipvs)).document) == rest(reference().document)


def test_the_text_says_what_the_document_says(tmp_path: Path) -> None:
    """What is deployed reads back as the document, with no variable left to fill in."""
    made = render(reference(), facts(ipvs=False))
    (tmp_path / "again.yml").write_text(made.text)
    assert for_a_lab((tmp_path / "again.yml",)).document["services"] == made.document["services"]
    assert "ANNOUNCED_IP: 192.0.2.2" in made.text


def test_the_stack_that_was_read_is_left_alone() -> None:
    """One reading renders for either kernel, in any order."""
    stack = reference()
    render(stack, facts(ipvs=False))
    assert stack.document == reference().document


def test_a_service_that_says_dnsrr_itself_is_no_change(rendered: Render) -> None:
    """What the file already wants is not reported as ours."""
    assert not [
        c for c in rendered(ipvs=False, deploy={"endpoint_mode": "dnsrr"}).changes if "IPVS" in c.text
    ]


@pytest.mark.parametrize("deploy", [{}, {"deploy": {}}])
def test_a_service_with_an_empty_deploy_is_rendered(deploy: Document, rendered: Render) -> None:
    """A service needs no `deploy:` to get what the kernel needs."""
    assert modes(rendered(ipvs=False, **deploy).document) == {"web": "dnsrr"}


def test_replicas_behind_the_mesh_need_ipvs(rendered: Render) -> None:
    """Several replicas cannot share one node's port, so a kernel without IPVS refuses them by name."""
    service = {"ports": ["80:80"], "deploy": {"replicas": 2}}
    with pytest.raises(InputError, match=r"service web publishes .* ingress mesh.*`mode: host`"):
        rendered(ipvs=False, **service)
    assert rendered(ipvs=True, **service).document["services"]["web"]["ports"][0]["mode"] == "ingress"


def test_one_replica_behind_the_mesh_gets_its_nodes_port(rendered: Render) -> None:
    """Its port is published on its own node, and the run says that the mesh is not exercised."""
    made = rendered(ipvs=False, ports=["80:80"])
    assert made.document["services"]["web"]["ports"][0]["mode"] == "host"
    assert any("ingress -> host" in change.text and "not exercised" in change.text for change in made.changes)


def test_a_port_on_the_tasks_own_node_needs_no_ipvs(rendered: Render) -> None:
    """`mode: host` works on every kernel, and is no change."""
    port = {"target": 80, "published": 80, "protocol": "tcp", "mode": "host"}
    made = rendered(ipvs=False, ports=[port], deploy={"endpoint_mode": "dnsrr", "replicas": 2})
    assert made.document["services"]["web"]["ports"] == [port]


def test_images_of_ours_are_pinned_and_others_are_not(rendered: Render) -> None:
    """Ours get the tag of their folder's content; a stranger's reference stays as it is."""
    ours = rendered(ipvs=True, image="jbcalling-lab/redis").document
    assert images_of(ours) == (image_builds.tag("redis"),)
    assert images_of(rendered(ipvs=True).document) == ("nginx",)


def test_an_unknown_image_of_ours_is_reported_with_its_service(rendered: Render) -> None:
    """A misspelt image is one line: the file, the service, the image, and what there is."""
    with pytest.raises(InputError, match=r"stack\.yml.*services\.web\.image: jbcalling-lab/rediss.*redis"):
        rendered(ipvs=True, image="jbcalling-lab/rediss")


def test_the_files_beside_a_stack_are_found() -> None:
    """Configs and secrets, once each; what is external has no file."""
    configs = {"one": {"file": "./c.yml"}, "two": {"external": True}, "three": {"file": "./c.yml"}}
    assert local_files({"services": {}, "configs": configs, "secrets": {"s": {"file": "s"}}}) == (
        "./c.yml",
        "s",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"services:\n  web:\n    image: [nginx\n    deploy: {}\n", r"stack\.yml:[34]"),
        (b"a: *b", r"stack\.yml:1"),
        (b"\xff\xfe\xff\x80", r"stack\.yml"),
        (b"a: \x00", r"stack\.yml"),
        (b"", r"stack\.yml"),
        (b"- a\n", r"stack\.yml"),
        (b"services: 3\n", r"stack\.yml.*services"),
        (b"services:\n  web:\n", r"stack\.yml.*services\.web"),
        (b"services:\n  web: {image: a, bogus: 1}\n", r"stack\.yml:2.*bogus"),
    ],
)
def test_a_file_that_is_no_stack_is_reported_in_one_line(content: bytes, said: str, tmp_path: Path) -> None:
    """The file, the line where there is one, the key where there is one; never a traceback."""
    (tmp_path / "stack.yml").write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        for_a_lab((tmp_path / "stack.yml",))
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    """The path and the system's words; a folder in its place as well."""
    with pytest.raises(InputError, match=r"nowhere\.yml.*No such file or directory"):
        for_a_lab((tmp_path / "nowhere.yml",))
    with pytest.raises(InputError, match="directory"):
        for_a_lab((tmp_path,))


@pytest.mark.parametrize(
    ("more", "version"),
    [
        ({}, "3.12"),
        ({"oom_score_adj": 10}, "3.12"),
        ({"networks": {"a": {"driver_opts": {"x": "y"}}}}, "3.13"),
    ],
)
def test_a_file_without_a_version_gets_one_that_a_node_s_client_reads(
    more: Document, version: str, tmp_path: Path
) -> None:
    """The client in the nodes (Docker 26.1) refuses 3.13; only what needs that version is handed to it so."""
    path = tmp_path / "stack.yml"
    path.write_text(
        yaml.safe_dump(
            {"services": {"web": {"image": "nginx", **more}}, "networks": {"a": {"driver": "overlay"}}}
        )
    )
    assert render(for_a_lab((path,)), facts(ipvs=True)).document["version"] == version
