"""A probe for a person: what passes between every two nodes, both ways, in colour."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lab.probe.values import Destination, Pair, Probe

GOOD, BAD, NONE = "green", "bold red", "dim"
LOSS_SHOWN = 0.02
"""A share of datagrams lost from which a direction is shown as bad: a sound overlay loses none."""

SLOW_MS = 190.0
"""There and back: as late as a lost packet that is sent again. Within a site it takes less than a millisecond."""


def show(found: Probe, console: Console) -> None:
    """The pairs, what Traefik's node reaches, and whatever in the nodes' tables does not fit."""
    console.print(_pairs(found))
    _print_unknown(found, console)
    console.print(_destinations(found))
    _print_affected(found, console)
    _print_odd(found, console)
    for problem in found.problems:
        console.print(Text(f"not observed: {problem}", style="yellow"))
    console.print(f"probed in {found.took_s:.1f} s", highlight=False)


def _pairs(found: Probe) -> Table:
    table = _table(
        f"overlay {found.network}, between the nodes",
        "direction",
        "comes",
        "ICMP",
        "TCP",
        "small",
        "large",
        "up to",
        "lost",
    )
    for pair in found.pairs:
        cells = (Text("?", style=NONE),) * 7 if pair.why else _cells(pair, found)
        table.add_row(f"{pair.source} -> {pair.target}", *cells)
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True
    )
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name)
    return table


def _print_unknown(found: Probe, console: Console) -> None:
    """Why there is nothing to say of some directions."""
    directions: dict[str, list[str]] = {}
    for pair in found.pairs:
        if pair.why:
            directions.setdefault(pair.why, []).append(f"{pair.source} -> {pair.target}")
    for why, which in directions.items():
        console.print(Text(f"not observed: {', '.join(which)}: {why}", style="yellow"))


def _cells(pair: Pair, found: Probe) -> tuple[Text, ...]:
    small, large = (_body(got, whole) for got, whole in ((pair.small, 1), (pair.large, found.large_bytes)))
    other = "" if pair.network == found.network else f" (over {pair.network})"
    return (
        _yes(pair.one_way, other),
        _round_trip(pair),
        _word(pair.tcp),
        small,
        large,
        _size(pair),
        _loss(pair),
    )


def _round_trip(pair: Pair) -> Text:
    if not pair.ping or pair.round_trip_ms is None:
        return _yes(pair.ping)
    return Text(f"{pair.round_trip_ms:.1f} ms", style=GOOD if pair.round_trip_ms < SLOW_MS else BAD)


def _loss(pair: Pair) -> Text:
    if pair.loss is None:
        return Text("?", style=NONE)
    return Text(f"{pair.loss:.0%}", style=BAD if pair.loss >= LOSS_SHOWN else GOOD)


def _yes(seen: bool | None, note: str = "") -> Text:
    if seen is None:
        return Text("?", style=NONE)
    return Text(("yes" if seen else "no") + note, style=GOOD if seen else BAD)


def _word(word: str | None) -> Text:
    return Text(word or "?", style=NONE if word is None else GOOD if word == "open" else BAD)


def _body(got: int | None, whole: int) -> Text:
    if got is None:
        return Text("?", style=NONE)
    return Text("whole" if got >= whole else f"{got} B", style=GOOD if got >= whole else BAD)


def _size(pair: Pair) -> Text:
    if pair.largest is None:
        return Text("none", style=BAD)
    lost = f" < {pair.lost_from}" if pair.lost_from is not None else ""
    return Text(f"{pair.largest}{lost} B", style=BAD if lost else GOOD)


def _destinations(found: Probe) -> Table:
    title = f"replicas, from {found.edge_node or 'no node'}, where Traefik is"
    table = _table(title, "replica", "node", "address", "ICMP", "TCP", "answer")
    for each in sorted(found.destinations, key=lambda d: d.task):
        table.add_row(
            each.task.partition("_")[2],
            each.node,
            f"{each.address}:{each.port}",
            _yes(each.ping),
            _word(each.tcp),
            _answer(each),
        )
    return table


def _answer(each: Destination) -> Text:
    if each.why:
        return Text(each.why, style=NONE)
    said = (each.answer or "none").removeprefix("HTTP/1.1 ").removeprefix("HTTP/1.0 ")
    return Text(said, style=GOOD if each.answer else BAD)


def _print_affected(found: Probe, console: Console) -> None:
    """Of each node that is not reached whole: whether one replica there or all are affected."""
    asked = [each for each in found.destinations if not each.why]
    for node in sorted({each.node for each in asked}):
        of_node = [each for each in asked if each.node == node]
        bad = [each for each in of_node if not each.answer]
        if bad:
            whole, way = len(bad) == len(of_node), f"{found.edge_node} -> {node}"
            line = f"{way}: {len(bad)} of {len(of_node)} replicas affected"
            console.print(
                Text(line if whole else f"{line}, others there answer", style=BAD if whole else "yellow")
            )


def _print_odd(found: Probe, console: Console) -> None:
    """Rows and peers that are not as they should be; nothing where all are."""
    for row in found.rows:
        if row.via != row.wanted or row.mac is None:
            entry = "no neighbour entry" if row.mac is None else f"neighbour {row.mac}"
            line = f"{row.node}: {row.address} ({row.task}): {entry}, FDB row names {row.via or 'nobody'}, wanted {row.wanted}"
            console.print(Text(line, style=BAD))
    for each in found.balanced:
        if each.doubtful:
            leads, wanted = ", ".join(each.leads_to) or "nowhere", ", ".join(each.wanted) or "none yet"
            line = f"{each.node}: {each.address} ({each.service}) leads to {leads}; its tasks: {wanted}"
            console.print(Text(line, style=BAD))
    lists = {peers.addresses for peers in found.peers if peers.addresses is not None}
    for peers in found.peers if len(lists) > 1 else ():
        console.print(
            Text(f"{peers.node} gossips with {', '.join(peers.addresses or ()) or peers.why}", style=BAD)
        )
