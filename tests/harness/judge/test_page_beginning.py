"""A page's answer begins with its doctype, where it is a page at all."""

from dataclasses import replace

import pytest

from fixtures.judge.page_beginning import without_doctype
from fixtures.target.plan import load_plan
from tests.harness.samples.observed import attempt

PLAN = load_plan("A")


@pytest.mark.parametrize(
    ("statuses", "status", "body", "wrong", "note"),
    [
        ((200,), 200, b"<!DOCTYPE html><html>", "", ""),
        ((200,), 200, b"<html>", "begins with", ""),
        ((200, 401), 401, b"401 Unauthorized", "", "answers 401, and no page"),
        ((200, 401), 200, b"Welcome", "begins with", ""),
        ((200,), 401, b"401 Unauthorized", "begins with", ""),
        ((200,), 200, b"", "begins with nothing", ""),
    ],
)
def test_a_page_begins_with_its_doctype(
    statuses: tuple[int, ...], status: int, body: bytes, wrong: str, note: str
) -> None:
    """A password before a page is an answer of the plan's and no page: then nothing is learned of its first bytes."""
    page = replace(PLAN.hosts_of("page")[0], statuses=statuses)
    answered = replace(attempt(status, host=page.name), body_head=body)
    said, told = without_doctype(answered, page)
    assert (wrong in said, bool(said)) == (True, bool(wrong))
    assert (note in told, bool(told)) == (True, bool(note))
