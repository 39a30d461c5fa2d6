"""Which variable says what origins may connect, whatever a program calls it."""

import json

import pytest

from fixtures.judge.origins import origins_in, told_of_origins
from fixtures.judge.rules import EVERY
from tests.harness.samples.changed_stack import with_env
from tests.harness.samples.observed import PLAN

OURS = ",".join(PLAN.allowed_origins)


@pytest.mark.parametrize("name", ["CORS_ORIGIN", "ALLOWED_ORIGINS", "cors_allowed", "SOCKET_CORS", "ORIGIN"])
def test_it_is_known_by_its_name(name: str) -> None:
    """By either word, in whatever case."""
    assert told_of_origins({"PORT": "1", name: "https://a"}) == (name, "https://a")


def test_none_is_none() -> None:
    """Two empty texts."""
    assert told_of_origins({"PORT": "3000", "CORES": "2"}) == ("", "")


def test_of_several_the_one_that_differs() -> None:
    """A program reads one of them: where one says otherwise than is wanted, it may be that one."""
    both = {"ALLOWED_ORIGINS": OURS, "CORS_ORIGIN": "*"}
    assert told_of_origins(both, PLAN.allowed_origins) == ("CORS_ORIGIN", "*")
    assert told_of_origins({**both, "CORS_ORIGIN": OURS}, PLAN.allowed_origins) == ("ALLOWED_ORIGINS", OURS)
    assert origins_in(" https://a/ ,https://b, ") == {"https://a", "https://b"}
    assert origins_in("[https://a") == {"[https://a"}, "no JSON after all"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("*", "CORS_ORIGIN=*: every site may open sessions here"),
        ("https://jbcalling.site", "CORS_ORIGIN lacks https://www.jbcalling.site: its page cannot connect"),
        (OURS, ""),
        (json.dumps(list(PLAN.allowed_origins)), ""),
        (
            '["https://jbcalling.site"]',
            "CORS_ORIGIN lacks https://www.jbcalling.site: its page cannot connect",
        ),
    ],
)
def test_the_file_is_judged_by_the_programs_own_variable(value: str, said: str) -> None:
    """Beside one of ours that is right, and that this program may not know."""
    found = [each.text for each in EVERY["origin-refused"].check(with_env("signaling", CORS_ORIGIN=value))]
    assert found == ([said] if said else [])
