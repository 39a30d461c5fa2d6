"""What a tab answers is read into values, whatever a page puts into it."""

import pytest

from fixtures.observe.browser.looks_read import look_of, violation_of
from fixtures.observe.browser.values import (
    Asked,
    End,
    MediaLook,
    Pictures,
    Refused,
    Said,
    Sound,
    Step,
    StepError,
    TabSeen,
    Violation,
)
from fixtures.observe.browser.wire_seen import WireSeen, event_of

LINK = {
    "state": "connected", "ice": "connected", "relays": ["turn:media.jbcalling.site:3478"],
    "local": {"kind": "relay", "host": "192.0.2.1", "port": 49160, "protocol": "udp", "relay_protocol": "tcp"},
    "remote": {"kind": "host", "host": "192.0.2.2", "port": 40000, "protocol": "udp"},
    "pictures": [{"decoded": 30, "width": 640, "height": 360, "freezes": 1, "frozen_s": 0.25, "lost": 2, "packets": 90}],
    "sounds": [{"energy": 0.5, "lasted_s": 2.0, "lost": 0, "packets": 100}], "sent": [31],
}  # fmt: skip


def test_a_connection_is_read_whole() -> None:
    """Every field of it."""
    (link,) = look_of({"at_ms": 1500.0, "links": [LINK]}).links
    assert link.local == End("relay", "192.0.2.1", 49160, "udp", "tcp")
    assert str(link.remote) == "host 192.0.2.2:40000 udp"
    assert link.pictures == (Pictures(30, 640, 360, 1, 0.25, 2, 90),)
    assert link.sounds == (Sound(0.5, 2.0, 0, 100),)
    assert (link.state, link.ice, link.relays, link.sent) == (
        "connected",
        "connected",
        tuple(LINK["relays"]),
        (31,),
    )


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "x",
        {"links": {}},
        {"links": [None, 3]},
        {"at_ms": "now", "links": [{"pictures": [{"decoded": float("nan")}]}]},
    ],
)
def test_a_strange_answer_is_read_as_little(answer: object) -> None:
    """Nothing that a page answers breaks the run."""
    seen = look_of(answer)
    assert seen.at_s == 0
    assert all(each.decoded == 0 for each in seen.pictures)
    assert violation_of(answer) == Violation("", "")


def tab(first: dict[str, object], last: dict[str, object]) -> TabSeen:
    """A tab between two looks a second apart."""
    looks = [look_of({"at_ms": at, "links": [{**LINK, **of}]}) for at, of in ((1000, first), (2000, last))]
    return TabSeen("Ada", looks[0], looks[1], Said(), "websocket", 0.1)


def test_rate_and_loudness_are_of_the_time_between_the_looks() -> None:
    """Fifteen frames more in a second; a quarter of full scale; nothing where no time passed."""
    seen = tab(
        {"pictures": [{"decoded": 10}], "sounds": [{"energy": 1.0, "lasted_s": 1.0}]},
        {"pictures": [{"decoded": 25}], "sounds": [{"energy": 1.0625, "lasted_s": 2.0}]},
    )
    assert (seen.rate, seen.loudness, seen.relayed) == (15.0, 0.25, True)
    still = TabSeen("Ada", MediaLook(1.0, ()), MediaLook(1.0, ()), Said(), "websocket", 0.1)
    assert (still.rate, still.loudness, still.relayed) == (0.0, 0.0, False)


def test_only_a_page_over_tls_can_mix() -> None:
    """A page that came without asks without: that is no wonder."""
    plain = Asked("http://api.test/", "xhr", status=200)
    assert Said(asked=(plain, Asked("http://page.test/", "document", status=200))).mixed == ()
    mixed = Said(asked=(plain, Asked("https://page.test/", "document", status=200)))
    assert mixed.mixed == (plain,)
    assert mixed.complaints() == ("asked without TLS: GET http://api.test/ (xhr): 200",)


def test_a_failed_step_says_in_its_first_line_what_the_browser_said() -> None:
    """A table has room for no more; the page's own notice comes after it."""
    said = Said(refused=(Refused("NotAllowedError", "Permission denied"),), notices=("No camera.",))
    error = StepError(Step.CREATED, "Ada: nothing appears", said)
    assert str(error).splitlines() == [
        "step 'create a room': Ada: nothing appears; device refused: NotAllowedError: Permission denied",
        "  the page says: No camera.",
    ]
    assert str(StepError(Step.OPENED, "no answer")) == "step 'open the page': no answer"


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        ('42["joined",{"a":1}]', ("joined", {"a": 1})),
        ('4217["join_room",{"roomId":"r"}]', ("join_room", {"roomId": "r"})),
        ('42/calls,["x"]', ("x", None)),
        ("2", None), ("42[", None), ('42{"a":1}', None), ("42[1]", None), ('0{"sid":"x"}', None),
    ],
)  # fmt: skip
def test_events_of_socket_io(frame: str, event: object) -> None:
    """Name and payload of those that are one."""
    assert event_of(frame) == event


def test_a_connection_is_counted_when_the_server_says_so() -> None:
    """Not when the page asks for it; and the newest room is the one that the page is in."""
    wire = WireSeen()
    for frame in ("40", '421["join_room",{"roomId":"first"}]', '422["join_room",{"roomId":"second"}]'):
        wire.take(frame, ours=True)
    assert (wire.connections, wire.sent_with("join_room", "roomId")) == (0, "second")
    for came in ('40{"sid":"x"}', b"binary", '42["room-joined",{}]'):
        wire.take(came, ours=False)
    assert (wire.connections, wire.came) == (1, [("room-joined", {})])
    assert wire.sent_with("join_room", "name") == wire.sent_with("other", "roomId") == ""
