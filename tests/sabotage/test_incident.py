"""The incident as it was: Traefik's own dial timeout, and an answer after thirty seconds."""

from collections.abc import Callable

import pytest

from fixtures.sabotage.inner_run import Broken, RunCriteria

pytestmark = pytest.mark.sabotage
PAGE = "tests/test_no_504.py::test_every_request_is_answered[jbcalling.site]"


def test_the_evidence_shows_the_thirty_seconds(
    broken: Callable[..., Broken], run_criteria: RunCriteria
) -> None:
    """With the default dial timeout every request to the pinned frontend is answered 504 after 30 s, and it says so."""
    with broken("incident", dial="30s") as lab:
        inner = run_criteria(lab, limits={}, tests=[PAGE, "--wait-out"])
    (page,) = inner.whole
    assert page["verdict"] == "failed"
    assert "jbcalling.site/: 504 after 30." in page["text"], page["text"]
    assert "30 of 30 requests to jbcalling.site failed" in page["text"], page["text"]
