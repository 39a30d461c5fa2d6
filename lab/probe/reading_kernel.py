"""Reads what a node's kernel counts of connections and of encryption: pure, so that it is tested on recorded lines."""

from lab.probe.values import Kernel

COUNTERS = """
echo conntrack $(cat /proc/sys/net/netfilter/nf_conntrack_count) $(cat /proc/sys/net/netfilter/nf_conntrack_max)
sed 's/^/stat /' /proc/net/stat/nf_conntrack
ip xfrm policy > /dev/null && echo policies $(ip xfrm policy | grep -c '^src ')
ip xfrm state > /dev/null && echo states $(ip xfrm state | grep -c 'proto esp')
echo end
"""
"""Run on a node: entries of connection tracking and their most, what was dropped for want of room; xfrm's policies,
which say what must be encrypted, and its states, which can."""
DROPPED = ("drop", "early_drop")


def kernel_of(node: str, status: int, output: str) -> Kernel:
    """What came; a field whose line is missing is None."""
    words = [line.split() for line in output.splitlines()]
    if ["end"] not in words:
        return Kernel(node, why=f"status {status}: {' '.join(output.split())[:200] or 'nothing came'}")
    found = {line[0]: line[1:] for line in words if line and all(each.isdecimal() for each in line[1:])}
    # With one file missing it is not known which of the two the number is.
    counts = [int(each) for each in found.get("conntrack", ())]
    count, most = counts[:2] if len(counts) > 1 else (None, None)
    stats = [line[1:] for line in words if line[:1] == ["stat"]]
    (policies, states) = (next(map(int, found.get(name, ())), None) for name in ("policies", "states"))
    return Kernel(node, count, most, _dropped(stats), policies, states)


def _dropped(stats: list[list[str]]) -> int | None:
    """The sum over the processors, whose lines are hexadecimal under a head of names."""
    if len(stats) < 2 or not set(DROPPED) <= set(stats[0]):
        return None
    return sum(int(line[stats[0].index(name)], 16) for line in stats[1:] for name in DROPPED)
