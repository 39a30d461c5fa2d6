"""browser: what people use is the page, in a browser: it loads, two meet by a link, and see and hear each other."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fixtures.judge.in_browser import (
    load_faults,
    picture_faults,
    said_faults,
    unconnected,
    unserved,
    way_faults,
    ways_in_words,
)  # fmt: skip
from fixtures.limits import Limits
from fixtures.observe.browser.page_loads import Loads
from fixtures.observe.browser.two_tabs import TwoTabs
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from fixtures.target.values import Target
from tests.texts import listed, one_per_line

if TYPE_CHECKING:
    from fixtures.observe.browser.tab_and_peer import TabAndPeer
    from fixtures.plugins.browsing import Browsing

pytestmark = [
    pytest.mark.criterion("browser"), pytest.mark.lab, pytest.mark.smoke, pytest.mark.xdist_group("browser"),
]  # fmt: skip
Note = Callable[[str], None]


def test_every_replica_serves_a_sound_page(
    page_loads: Loads, browsing: "Browsing", plan: Plan, measured: Note
) -> None:
    """The page loads from each replica, and neither it nor the browser complains of anything."""
    wrong = load_faults(page_loads, plan)
    assert not wrong, one_per_line(wrong)
    lacking = unserved(page_loads)
    assert not lacking, f"not every replica was met in {len(page_loads.loads)} loads: {listed(lacking)}"
    if page_loads.served:
        measured(f"{len(page_loads.served)} files from each of {page_loads.replicas} replicas")
    else:
        measured(f"{len(page_loads.loads)} loads; the answers do not say which replica gave them")
    if again := browsing.done_again():
        measured(again)


def test_the_page_is_connected(page_loads: Loads, plan: Plan, measured: Note) -> None:
    """Each load of the page ends with a Socket.IO connection to signaling."""
    if plan.signaling_service is None:
        not_exercised("the plan names no Socket.IO service")
    without = unconnected(page_loads)
    said = [
        f"{each}" for load in page_loads.loads for each in (load.failure, *load.said.complaints()) if each
    ]
    assert not without, (
        f"{len(without)} of {len(page_loads.loads)} loads were not connected\n{one_per_line(dict.fromkeys(said))}"
    )
    slowest = max(load.connected_after_s or 0 for load in page_loads.loads)
    measured(f"connected {slowest * 1000:.0f} ms after loading, at most")


def test_two_people_meet_by_a_link(
    browser_call: TwoTabs, browsing: "Browsing", plan: Plan, limits: Limits, measured: Note
) -> None:
    """A room made in one tab by the keyboard is joined in another by its link; each sees and hears the other."""
    for tab in browser_call.tabs:
        wrong = [*picture_faults(tab, limits), *said_faults(tab.said, plan)]
        assert not wrong, f"{tab.name}: {one_per_line(wrong)}\n  observed: {listed(tab.after.links)}"
    rates = " and ".join(f"{tab.rate:.0f}" for tab in browser_call.tabs)
    size = browser_call.first.after.pictures[-1]
    measured(
        f"two tabs: {rates} frames a second, {size.width}x{size.height}, {ways_in_words(browser_call.tabs)}"
    )
    if again := browsing.done_again():
        measured(again)


def test_media_ends_at_the_media_host(
    browser_call: TwoTabs, plan: Plan, target: Target, measured: Note
) -> None:
    """The pair that carries each tab's media ends at the media host, UDP, on a published port."""
    links = [link for tab in browser_call.tabs for link in tab.after.links]
    assert len(links) == 4, (
        f"{len(links)} connections, wanted one each way for each of the two: {listed(links)}"
    )
    wrong = way_faults(links, target.media_address, plan)
    assert not wrong, one_per_line(wrong)
    measured(f"4 pairs end at {target.media_address}")


def test_leaving_is_seen(browser_call: TwoTabs, limits: Limits, measured: Note) -> None:
    """When one leaves, the other's picture of them goes."""
    after = browser_call.leaving_seen_s
    assert after is not None, (
        f"one left; the other's tab still shows them {limits.call_leave_deadline_s:g} s later"
    )
    measured(f"leaving was seen after {after * 1000:.0f} ms")


def test_a_browser_and_a_peer_understand_each_other(
    browser_and_peer: "TabAndPeer", limits: Limits, measured: Note
) -> None:
    """Another kind of client in the same room: each reads the other's stamps, and the tab hears its tone."""
    seen = browser_and_peer
    assert len(seen.stamps_of_tab) >= limits.call_frames, (
        f"the peer read {len(seen.stamps_of_tab)} stamps of the tab, wanted {limits.call_frames}: {seen.peer.links_text}"
    )
    wrong = picture_faults(seen.tab, limits)
    assert not wrong, f"the tab, of the peer: {one_per_line(wrong)}"
    assert seen.stamps_of_peer, "the tab showed a picture in which no stamp of the peer's can be read"
    codecs = ", ".join(sorted({each.partition("/")[2] for each in seen.peer.codecs}))
    measured(
        f"a tab and a peer: {len(seen.stamps_of_tab)} stamps of the tab ({codecs}), {seen.tab.rate:.0f} frames a second in it"
    )


def test_a_reload_comes_back(browser_and_peer: "TabAndPeer", measured: Note) -> None:
    """Who reloads the page, and enters again, is in the same room, and sees the other."""
    measured(f"back after a reload in {browser_and_peer.again_s:.1f} s")


def test_a_lost_connection_resumes(browser_and_peer: "TabAndPeer", measured: Note) -> None:
    """Where the connection to signaling is cut, the page is in the room again by itself."""
    if browser_and_peer.resumed_s is None:
        not_exercised("the page has no websocket that could be cut")
    measured(f"resumed {browser_and_peer.resumed_s:.1f} s after the connection was cut")
