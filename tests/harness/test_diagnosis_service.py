"""The prober of a real cluster, as a spec: one small task a node, which takes nothing and ends by itself."""

from fixtures.clients.prober_service import LABEL, LIFETIME_S, NAME, ProberService

PROBER = ProberService("registry.example/prober:1", "translation_frontend", ("perl", "-e", "print qq(a b\n)"))


def test_it_runs_once_on_every_node() -> None:
    """It is global, is not started again, and takes no virtual address of the overlay."""
    spec, task = PROBER.spec, PROBER.spec["TaskTemplate"]
    assert spec["Mode"] == {"Global": {}}
    assert spec["EndpointSpec"] == {"Mode": "dnsrr"}
    assert task["RestartPolicy"] == {"Condition": "none"}
    assert task["Networks"] == [{"Target": "translation_frontend"}]


def test_it_is_bounded_and_ours() -> None:
    """Its memory, its rights and its life are bounded, and it carries our label."""
    spec, container = PROBER.spec, PROBER.spec["TaskTemplate"]["ContainerSpec"]
    assert spec["TaskTemplate"]["Resources"]["Limits"]["MemoryBytes"] <= 64 * 2**20
    assert container["CapabilityDrop"] == ["ALL"]
    assert container["Command"][:2] == ["timeout", str(LIFETIME_S)]
    assert {spec["Labels"][LABEL], container["Labels"][LABEL]} == {"prober"}


def test_the_commands_can_be_pasted() -> None:
    """What a person types quotes what needs it, and removes what it made."""
    assert PROBER.create.startswith(f"docker service create --name {NAME} --mode global ")
    assert (
        "--entrypoint timeout registry.example/prober:1 120 perl -e 'print qq(a b\n)' tasks." in PROBER.create
    )
    assert PROBER.remove == f"docker service rm {NAME}"
