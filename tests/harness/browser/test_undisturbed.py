"""A part that this machine's own network broke off is done again, and nothing else is."""

import asyncio
from collections.abc import Iterator

import pytest

from fixtures.observe.browser.undisturbed import CHANGED, TRIES, DisturbedError, undisturbed
from fixtures.observe.browser.values import Asked, BrowserError, Said, Step, StepError

CLEAN = Said(
    errors=("no such room", f"a page that writes {CHANGED}"),
    asked=(Asked("https://a/x", "fetch", failure="net::ERR_CONNECTION_RESET"),),
)
BROKEN = Said(asked=(Asked("wss://a/", "websocket", failure=f"net::{CHANGED}"),))
NAVIGATION = StepError(Step.OPENED, f"Ada: Page.goto: net::{CHANGED} at https://a/")
UNCONNECTED = StepError(Step.CONNECTED, "no Socket.IO connection", BROKEN)


def ended(*ends: Said | Exception) -> tuple[Said | Exception, int]:
    """What comes of a part that ends so, one try after the other; and the number of tries."""
    left: Iterator[Said | Exception] = iter(ends)
    tries = 0
    told: list[None] = []

    async def part() -> Said:
        nonlocal tries
        tries += 1
        end = next(left)
        if isinstance(end, Exception):
            raise end
        return end

    found: Said | Exception
    try:
        found = asyncio.run(undisturbed(part, lambda said: [said], lambda: told.append(None)))
    except (BrowserError, DisturbedError) as error:
        found = error
    assert len(told) == tries - (not isinstance(found, DisturbedError)), (
        "each try that taught nothing is told"
    )
    return found, tries


@pytest.mark.parametrize("disturbed", [BROKEN, NAVIGATION, UNCONNECTED])
def test_what_this_machine_broke_off_is_done_again(disturbed: Said | Exception) -> None:
    """Whether the browser says it of a request, of the page itself, or a step is lost for it."""
    assert ended(disturbed, CLEAN) == (CLEAN, 2)


def test_what_the_target_did_is_not_done_again() -> None:
    """A first answer stands, and so does a first failure."""
    failed = StepError(Step.CONNECTED, "no Socket.IO connection", CLEAN)
    assert ended(CLEAN, BROKEN) == (CLEAN, 1)
    assert ended(failed, CLEAN) == (failed, 1)
    assert ended(BROKEN, failed) == (failed, 2)


def test_a_machine_that_is_never_still_teaches_nothing() -> None:
    """After the last try it is said, and no result stands for one."""
    error, tries = ended(*[BROKEN] * TRIES, CLEAN)
    assert (type(error), tries) == (DisturbedError, TRIES)
    assert "are containers or networks being made beside this run?" in str(error)
