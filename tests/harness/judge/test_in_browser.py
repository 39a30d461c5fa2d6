"""What of a page in a browser is wrong: loads, pictures, and the way of the media."""

from dataclasses import replace

import pytest

from fixtures.judge import in_browser
from fixtures.limits import Limits
from fixtures.observe.browser.page_loads import Load, Loads, is_complete, served_by
from fixtures.observe.browser.values import (
    Asked,
    End,
    LinkSeen,
    MediaLook,
    Pictures,
    Said,
    Sound,
    TabSeen,
    Violation,
)
from fixtures.target.plan import load_plan

PLAN = load_plan("a")
UNWANTED = "wanted UDP and a port that the plan publishes"
URL = "https://jbcalling.site/"
MEDIA = "192.0.2.2"


def load(number: int, *asked: Asked, failure: str = "", connected: float | None = 0.1) -> Load:
    """One load of the page, whose document came from a replica."""
    document = Asked(URL, "document", status=200, by=f"replica-{number}")
    return Load(number, Said(asked=(document, *asked)), "JB Calling", connected, failure)


def script(by: str, status: int = 200) -> Asked:
    return Asked(f"{URL}assets/app.js?v={by}", "script", status=status, by=by)


def loads(*every: Load) -> Loads:
    return Loads(URL, every, 3, known=True)


def test_sound_loads_have_no_fault() -> None:
    """Three replicas, each of which served each file."""
    seen = loads(*(load(n, script(f"replica-{n}")) for n in (1, 2, 3)))
    assert in_browser.load_faults(seen, PLAN) == ()
    assert in_browser.unserved(seen) == ()
    assert in_browser.unconnected(seen) == ()
    assert seen.complete


def test_a_fault_is_said_once_with_how_many_loads_had_it() -> None:
    """What differs after an address's question mark makes no other fault of it."""
    seen = loads(
        load(1, script("replica-1", 404)), load(2, script("replica-2", 404)), load(3, script("replica-3"))
    )
    assert in_browser.load_faults(seen, PLAN) == (
        f"in 2 of 3 loads of {URL}: request failed: GET {URL}assets/app.js (script): 404",
    )


def test_a_load_that_came_to_nothing_says_why_after_what_was_said() -> None:
    """Without the name of the load, which would make each another fault."""
    blocked = Said(violations=(Violation("connect-src", "https://api.jbcalling.site"),))
    every = [
        replace(load(n, failure=f"load {n}: nothing came", connected=None), said=blocked) for n in (1, 2)
    ]
    assert in_browser.load_faults(loads(*every), PLAN) == (
        f"in 2 of 2 loads of {URL}: blocked by the page's policy: connect-src blocked https://api.jbcalling.site",
        f"in 2 of 2 loads of {URL}: nothing came",
    )
    assert in_browser.unconnected(loads(*every)) == (1, 2)


def test_a_host_that_the_plan_does_not_know_is_named() -> None:
    """Whether or not it answered."""
    said = Said(
        asked=(
            Asked("https://Fonts.Example/a.css", "stylesheet", status=200),
            Asked("data:,", "image", status=200),
        )
    )
    assert in_browser.said_faults(said, PLAN) == ("the page asks fonts.example, which is no host of plan A",)


def test_a_replica_that_was_not_met_is_missed() -> None:
    """By file; where no answer says who gave it, nothing is known of that."""
    seen = loads(load(1, script("replica-1")), load(2, script("replica-1")))
    assert in_browser.unserved(seen) == (
        "/ came from 2 of 3 replicas (replica-1, replica-2)", "/assets/app.js came from 1 of 3 replicas (replica-1)",
    )  # fmt: skip
    silent = Asked(URL, "document", status=200)
    assert served_by([silent]) == {}
    assert not is_complete({}, 3)


def link(**changes: object) -> LinkSeen:
    """A connection that carries a moving picture and a sound."""
    local, remote = End("host", "192.0.2.9", 50000, "udp"), End("host", MEDIA, 40003, "udp")
    whole = LinkSeen(
        "connected",
        "connected",
        (),
        local,
        remote,
        (Pictures(40, 640, 360, 0, 0.0, 0, 99),),
        (Sound(1.5, 3.0, 0, 99),),
        (),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def tab(**changes: object) -> TabSeen:
    """A tab, two seconds after its first look, with these changes to the second."""
    first = link(pictures=(Pictures(10, 640, 360, 0, 0.0, 0, 9),), sounds=(Sound(0.5, 1.0, 0, 9),))
    return TabSeen(
        "Ada", MediaLook(1.0, (first,)), MediaLook(3.0, (link(**changes),)), Said(), "websocket", 0.1
    )


def test_a_sound_tab_has_no_fault() -> None:
    """Fifteen frames a second, and loud enough."""
    assert tab().rate == 15
    assert in_browser.picture_faults(tab(), Limits()) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pictures": ()}, "no frame of the other was decoded"),
        ({"pictures": (Pictures(25, 640, 360, 0, 0.0, 0, 99),)}, "7.5 frames a second, wanted 10 or more"),
        ({"pictures": (Pictures(40, 0, 0, 0, 0.0, 0, 99),)}, "its picture has no size"),
        (
            {"pictures": (Pictures(40, 640, 360, 1, 0.75, 0, 99),)},
            "its picture stood still for 0.75 s, limit 0.5 s",
        ),
        (
            {"sounds": (Sound(0.5, 3.0, 0, 99),)},
            "its sound has a level of 0.00000, wanted 0.001 or more: silence",
        ),
    ],
)
def test_what_is_wrong_with_a_picture_or_a_sound(changes: dict[str, object], said: str) -> None:
    """Each by itself."""
    assert said in in_browser.picture_faults(tab(**changes), Limits())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ()),
        ({"remote": None, "ice": "checking"}, ("a connection has no selected pair: connection connected, ICE checking",)),
        ({"remote": End("host", "192.0.2.5", 40003, "udp")}, (f"media goes to host 192.0.2.5:40003 udp, media host is {MEDIA}",)),
        ({"remote": End("host", MEDIA, 40003, "tcp")}, (f"media goes to host {MEDIA}:40003 tcp, {UNWANTED}",)),
        ({"remote": End("host", MEDIA, 50000, "udp")}, (f"media goes to host {MEDIA}:50000 udp, {UNWANTED}",)),
    ],
)  # fmt: skip
def test_where_the_media_goes(changes: dict[str, object], said: tuple[str, ...]) -> None:
    """To a UDP port of the media host, and nowhere else."""
    assert in_browser.way_faults([link(**changes)], MEDIA, PLAN) == said


def test_a_relay_is_said() -> None:
    """And by which transport it is reached."""
    relayed = tab(local=End("relay", MEDIA, 49160, "udp", "tcp"))
    assert in_browser.ways_in_words([tab()]) == "direct"
    assert in_browser.ways_in_words([tab(), relayed]) == "relayed through TURN by tcp (1 of 2 connections)"
