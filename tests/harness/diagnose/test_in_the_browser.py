"""Causes in the page's own words: what is quoted, which criterion it explains, and what it follows from."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.values import Cause
from fixtures.judge.page_config import Kind, PageFault
from fixtures.observe.browser.values import Said
from tests.harness.samples.browser_cases import (
    BLOCKED,
    BROWSER_CASES,
    HAVING,
    LACKING,
    MIXED,
    REFUSED,
    STRANGER,
    heard,
)  # fmt: skip
from tests.harness.samples.observed import sound

BROWSER = frozenset({"browser"})


def explaining(seen: Observations) -> tuple[Cause, ...]:
    """What explains a page that does not work."""
    return diagnose(seen, BROWSER).explaining


def title(seen: Observations) -> str:
    """The one cause, in words."""
    (found,) = explaining(seen)
    return found.title


@pytest.mark.parametrize("slug", [slug for slug, *_ in BROWSER_CASES])
def test_each_explains_the_page(slug: str) -> None:
    """And is the only cause that does."""
    make = {each: made for each, made, *_ in BROWSER_CASES}[slug]
    assert [each.id for each in explaining(make())] == [slug]


def test_what_is_blocked_is_named() -> None:
    """The directive, and the host; the violation itself is quoted."""
    (found,) = explaining(heard(BLOCKED)())
    assert found.title == "the page's content policy (connect-src) blocks https://api.jbcalling.site"
    assert found.speaks_for == ("connect-src blocked https://api.jbcalling.site/socket.io/",)
    assert "connect-src" in found.remedy


def test_a_file_that_one_replica_lacks_names_the_replica() -> None:
    """And who has it; where all lack it, nobody is singled out."""
    assert title(heard(LACKING, HAVING)()) == "/assets/app.js of the page is missing in the replica replica-3"
    assert title(heard(LACKING)()) == "/assets/app.js of the page is missing in every replica that was met"


def test_a_device_that_a_policy_refuses_is_said_so() -> None:
    """What the browser wrote of the policy; without that, the error's name."""
    assert "Permissions-Policy forbids it" in title(heard(REFUSED)())
    assert "NotAllowedError" in title(heard(replace(REFUSED, console=()))())


@pytest.mark.parametrize("said", [MIXED, STRANGER])
def test_what_follows_from_the_configuration_is_not_named_beside_it(said: Said) -> None:
    """The address in the page's configuration is the cause; that the browser blocks it follows."""
    wrong = PageFault("env-config.js", Kind.ADDRESS, "API_URL", "wrong", "http://api.jbcalling.site")
    seen = replace(heard(said)(), pages=(wrong,))
    assert [each.id for each in explaining(seen)] == ["page-tells-wrong"]


def test_a_page_with_nothing_to_say_has_no_cause() -> None:
    """Sound tabs, and no tab at all."""
    for seen in (heard(HAVING)(), sound()):
        assert [each.id for each in diagnose(seen, frozenset()).causes] == []
