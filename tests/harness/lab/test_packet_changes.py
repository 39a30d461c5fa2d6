"""Dropped packets and lost forwarding rows: what is set in a node, what proves it, and that both ways are idempotent."""

import pytest

from lab.errors import EngineError
from lab.faults.packet_rules import DropRule, LostRow, ports_dropped
from tests.harness.stand_ins.fake_lab import NODE, TWO, FakeSwarm, fake_lab, spread, words


class Kernel:
    """The rules and forwarding rows of every node, as its commands show and change them."""

    def __init__(self) -> None:
        self.rules: dict[str, list[list[str]]] = {}
        self.rows: set[str] = set()
        self.learning = ""
        self.packets = 0
        self.refuses: set[str] = set()
        self.asked: list[list[str]] = []

    def __call__(self, container: str, command: list[str]) -> tuple[int, str]:
        if command[0] == "iptables":
            assert command[1:3] == ["-w", "5"]
            return self._iptables(
                self.rules.setdefault(f"{container} {command[4]}", []), command[5], command[6:]
            )
        if command[0] == "nsenter":
            return self._in_namespace(command[1], command[2:])
        self.asked.append([container, *command])
        return 28, ""

    def _iptables(self, rules: list[list[str]], verb: str, rule: list[str]) -> tuple[int, str]:
        if verb in self.refuses:
            return 4, "not permitted\n"
        if verb == "-nvxL":
            return 0, "\n".join(f"  {self.packets} 100 DROP /* {r[-3]} */" for r in rules if r[0] == rule[0])
        if verb == "-I":
            rules.append(rule)
        elif rule not in rules:
            return 1, "no such rule"
        elif verb == "-D":
            rules.remove(rule)
        return 0, ""

    def _in_namespace(self, namespace: str, command: list[str]) -> tuple[int, str]:
        assert namespace == "--net=/ns"
        if command[0] in self.refuses:
            return 1, "no namespace\n"
        if command[:-1] == ["ip", "link", "set", "vxlan0", "type", "vxlan"]:
            self.learning = command[-1]
        elif command == ["bridge", "fdb", "show", "dev", "vxlan0"]:
            return 0, "\n".join(sorted(self.rows))
        else:
            verb, mac, *where = command[2:]
            row = f"{mac} dst {where[3]} self permanent"
            assert where == [
                "dev",
                "vxlan0",
                "dst",
                where[3],
                "self",
                *(["permanent"] if verb == "add" else []),
            ]
            (self.rows.add if verb == "add" else self.rows.remove)(row)
        return 0, ""


def test_a_rule_is_there_once_counts_and_goes() -> None:
    """Applied twice it is one rule; its own counter proves it; undone twice nothing is left and nothing fails."""
    kernel = Kernel()
    lab = fake_lab(FakeSwarm(kernel))
    rule = DropRule("cut", TWO, ("-p", "udp"))
    other = DropRule("cut", TWO, ("-p", "tcp"))
    other.apply(lab)
    rule.apply(lab)
    rule.apply(lab)
    assert kernel.rules == {f"{NODE} filter": [other.rule, rule.rule]}
    assert words(rule.took(lab)) == "not yet: translation02: the rule -p udp has dropped nothing yet"
    kernel.packets = 3
    assert words(rule.took(lab)) == "ready: translation02: 3 packets dropped by INPUT -p udp"
    assert words(rule.undone(lab)) == "not yet: translation02: the rule stands"
    kernel.rules[f"{NODE} filter"].append(rule.rule)  # as two processes at once would leave it
    rule.undo(lab)
    rule.undo(lab)
    assert kernel.rules == {f"{NODE} filter": [other.rule]}
    assert words(rule.undone(lab)) == "ready: translation02: the rule is gone"


def test_a_rule_that_iptables_refuses_is_an_error() -> None:
    """Neither a rule that was not made nor one that does not go is passed over, and neither is tried for ever."""
    kernel = Kernel()
    lab, rule = fake_lab(FakeSwarm(kernel)), DropRule("cut", TWO, ("-p", "udp"))
    kernel.refuses = {"-I"}
    with pytest.raises(EngineError, match=r"translation02: iptables refused INPUT -p udp .*: not permitted$"):
        rule.apply(lab)
    kernel.refuses = set()
    rule.apply(lab)
    kernel.refuses = {"-D"}
    with pytest.raises(EngineError, match=r"translation02: iptables kept INPUT -p udp .*: not permitted$"):
        rule.undo(lab)


def test_a_node_that_does_not_run_has_no_rules() -> None:
    """They went with it, so there is nothing to undo, and nothing is asked of it."""
    swarm = FakeSwarm(Kernel(), stopped={NODE})
    rule = DropRule("cut", TWO, ("-p", "udp"))
    rule.undo(fake_lab(swarm))
    assert (
        words(rule.undone(fake_lab(swarm))) == "ready: translation02 does not run, and its rules went with it"
    )
    assert swarm.commands == []


def test_each_rule_has_a_comment_of_its_own() -> None:
    """The counter of one rule is never read from another's line: node, table, chain and match all tell."""
    rules = [DropRule("cut", node, ("-s", peer)) for node in "ab" for peer in "cd"]
    rules += [
        DropRule("cut", "a", ("-s", "c"), chain="OUTPUT"),
        DropRule("cut", "a", ("-s", "c"), table="raw"),
    ]
    assert len({rule.comment for rule in rules}) == len(rules)
    assert all(rule.comment.startswith("jbcalling-lab-fault:cut:") for rule in rules)
    assert rules[0].rule == [
        "INPUT", "-s", "c", "-m", "comment", "--comment", rules[0].comment, "-j", "DROP",
    ]  # fmt: skip


def test_a_rule_provokes_the_packets_that_it_drops() -> None:
    """A request between tasks of two nodes, or a large answer from a replica; where none is asked for, none is made."""
    kernel = Kernel()
    lab = fake_lab(spread("frontend"))
    lab.host.api.answer = kernel  # type: ignore[attr-defined] # the stand-in has one
    DropRule("cut", TWO, (), ("request", "translation01", TWO)).took(lab)
    DropRule("cut", TWO, (), ("large", "translation01", TWO)).took(lab)
    DropRule("cut", TWO, ()).took(lab)
    assert [(each[0], each[-1]) for each in kernel.asked] == [
        ("c-traefik-9", "http://10.0.1.12:80/health"),
        ("c-traefik-9", "http://10.0.1.12:80/assets/app.js"),
    ]


def test_a_datagram_is_sent_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the node's own address, at the first of the ports that are dropped."""
    sent: list[tuple[str, int]] = []

    class Socket:
        def __init__(self, *kind: object) -> None:
            pass

        def __enter__(self) -> "Socket":
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def sendto(self, data: bytes, address: tuple[str, int]) -> None:
            sent.append(address)

    monkeypatch.setattr("lab.faults.packet_rules.socket.socket", Socket)
    lab = fake_lab(FakeSwarm(Kernel()))
    rule = ports_dropped(lab, "closed", TWO, "40000:40009")
    rule.took(lab)
    assert sent == [("172.28.0.12", 40000)]
    assert (rule.table, rule.chain) == ("raw", "PREROUTING")
    assert rule.match == ("-p", "udp", "--dport", "40000:40009", "-d", "172.28.0.12")


ROW = "02:42 dst 172.28.0.13 self permanent"


def lost_row() -> tuple[Kernel, FakeSwarm, LostRow]:
    kernel, swarm = Kernel(), spread("frontend")
    kernel.rows = {ROW, "02:43 dst 172.28.0.13 self permanent"}
    swarm.answer = kernel
    return kernel, swarm, LostRow(TWO, "/ns", "02:42", "172.28.0.13", "10.0.1.13")


def test_a_row_is_lost_and_put_back() -> None:
    """Only that row goes; the device does not learn it again until it is put back."""
    kernel, swarm, row = lost_row()
    lab = fake_lab(swarm)
    assert words(row.took(lab)) == "not yet: translation02: the row of 02:42 stands"
    row.apply(lab)
    row.apply(lab)
    assert len(kernel.rows) == 1
    assert kernel.learning == "nolearning"
    assert words(row.took(lab)) == "ready: translation02: no row for 02:42 (10.0.1.13) behind 172.28.0.13"
    assert words(row.undone(lab)) == "not yet: translation02: the row of 02:42 is missing"
    row.undo(lab)
    row.undo(lab)
    assert ROW in kernel.rows
    assert kernel.learning == "learning"
    assert words(row.undone(lab)) == "ready: translation02: the row of 02:42 stands"


def test_the_row_of_a_task_that_is_gone_stays_away() -> None:
    """Its address may be another's by now."""
    kernel, swarm, row = lost_row()
    row.apply(fake_lab(swarm))
    swarm.tasks_ = [each for each in swarm.tasks_ if each["ID"] != "t-frontend-13"]
    row.undo(fake_lab(swarm))
    assert ROW not in kernel.rows
    assert words(row.undone(fake_lab(swarm))) == "ready: the task at 10.0.1.13 is gone, and its row with it"


def test_rows_that_cannot_be_read_or_set_are_an_error() -> None:
    """A namespace that is not there is never taken for a table without the row."""
    kernel, swarm, row = lost_row()
    kernel.refuses = {"bridge"}
    with pytest.raises(
        EngineError, match=r"translation02: the forwarding table cannot be read: no namespace$"
    ):
        row.took(fake_lab(swarm))
    kernel.refuses = {"ip"}
    with pytest.raises(EngineError, match=r"cannot be set to nolearning: no namespace$"):
        row.apply(fake_lab(swarm))
    swarm.stopped = {NODE}
    row.undo(fake_lab(swarm))
    assert (
        words(row.undone(fake_lab(swarm))) == "ready: translation02 does not run, and its rows went with it"
    )
