"""What a page tells browsers: addresses that they can use, and no secret."""

import pytest

from fixtures.judge.page_config import Kind, faults_of
from fixtures.target.plan import load_plan

PLAN = load_plan("A")
WHERE = "https://jbcalling.site/env-config.js"
SECRET = "4f1d2c3b5a69788796a5b4c3d2e1f00f"
SOUND = (
    'window.ENV_CONFIG = {"API_URL":"https://api.jbcalling.site","ICE_SERVERS":[{"urls":"turn:media.jbcalling.site:3478",'
    '"username":"1763000000:user","credential":"c2lnbmVkIGJ5IGl0"}]};'
)


def test_a_sound_page_is_told_nothing_wrong() -> None:
    """Public hosts over TLS, a credential that was made for browsers, and what others serve."""
    assert faults_of(WHERE, SOUND, PLAN, (SECRET,)) == ()
    assert faults_of(WHERE, 'fonts: "https://fonts.example.org/a.css"', PLAN) == ()
    assert faults_of(WHERE, "", PLAN, (SECRET,)) == ()


@pytest.mark.parametrize(
    ("told", "key", "value", "said"),
    [
        (
            'API_URL: "http://api.jbcalling.site"',
            "API_URL",
            "http://api.jbcalling.site",
            "may not ask without TLS",
        ),
        ('{"ws": "ws://api.jbcalling.site/x"}', "ws", "ws://api.jbcalling.site/x", "may not ask without TLS"),
        ("url = `http://signaling:8001`", "url", "http://signaling:8001", "known only inside the Swarm"),
        ("A: 'https://localhost:3000/a'", "A", "https://localhost:3000/a", "known only inside the Swarm"),
        (
            '"A":"https:\\/\\/api2.jbcalling.site"',
            "A",
            "https://api2.jbcalling.site",
            "no public host of the plan",
        ),
        (
            'fetch("http://api.jbcalling.site/x")',
            "",
            "http://api.jbcalling.site/x",
            "may not ask without TLS",
        ),
        ('urls:"turn:coturn:3478"', "urls", "coturn", "relay coturn: coturn is known only inside"),
        ('urls:["stun:stun.jbcalling.site"]', "", "stun.jbcalling.site", "no public host of the plan"),
        ('A:"http://me:hush@api.jbcalling.site"', "A", "http://***@api.jbcalling.site", "without TLS"),
    ],
)
def test_an_address_that_no_browser_can_use(told: str, key: str, value: str, said: str) -> None:
    """Named by its key, with the reason; a password in it is not shown."""
    (fault,) = faults_of(WHERE, told, PLAN)
    assert (fault.where, fault.kind, fault.key, fault.value) == (WHERE, Kind.ADDRESS, key, value)
    assert said in fault.text
    assert "hush" not in str(fault)


@pytest.mark.parametrize(
    ("told", "key"),
    [
        (f'TURN_SECRET: "{SECRET}"', "TURN_SECRET"),
        (f'{{"x": "{SECRET}"}}', "x"),
        (f'ICE:[{{"credential":"{SECRET}"}}]', "credential"),
        (f"// {SECRET}", ""),
        ('turnSecret = "of another"', "turnSecret"),
    ],
)
def test_a_secret_is_named_and_never_shown(told: str, key: str) -> None:
    """By its value wherever it stands, or by its name; once, and without its value."""
    (fault,) = faults_of(WHERE, told, PLAN, (SECRET,))
    assert (fault.kind, fault.key, fault.value) == (Kind.SECRET, key, "")
    assert SECRET not in str(fault)
    assert "of another" not in str(fault)


@pytest.mark.parametrize("told", ['TURN_SECRET: ""', 'secretFile: "/run/secrets/turn"', f'a:"{SECRET}"'])
def test_what_is_no_secret(told: str) -> None:
    """Nothing, a path, and a value that nobody said is one."""
    assert faults_of(WHERE, told, PLAN, ("abc",)) == ()
