"""Clean-up runs to its end, and says all that it could not do."""

from collections.abc import Callable

import pytest
import requests

from lab.cleaning import to_the_end, undone_on_failure
from lab.errors import CleanUpError, EngineError, InputError
from tests.harness.stand_ins.fake_engine import api_error


def fails(error: BaseException) -> Callable[[], str]:
    def step() -> str:
        raise error

    return step


def noted(done: list[str], name: str) -> Callable[[], str]:
    """A step that notes that it was taken."""

    def step() -> str:
        done.append(name)
        return name

    return step


def test_every_step_is_taken_in_order() -> None:
    """What they return comes back in that order."""
    assert to_the_end("x", [("a", lambda: 1), ("b", lambda: 2)]) == [1, 2]
    assert to_the_end("x", []) == []


def test_a_step_that_fails_keeps_no_other() -> None:
    """All are taken, and the error names each that failed, with the engine's own words."""
    done: list[str] = []
    steps = [
        ("a", fails(EngineError("a is in use"))), ("b", noted(done, "b")),
        ("c", fails(api_error(500, "disk full"))), ("d", fails(requests.exceptions.ReadTimeout("slow"))),
        ("e", fails(OSError("no folder"))), ("f", noted(done, "f")),
    ]  # fmt: skip
    with pytest.raises(CleanUpError) as caught:
        to_the_end("not all went", steps)
    assert done == ["b", "f"]
    assert str(caught.value) == "not all went: a: a is in use; c: disk full; d: slow; e: no folder"
    assert isinstance(caught.value.__cause__, ExceptionGroup)
    assert len(caught.value.__cause__.exceptions) == 4


def test_a_mistake_of_our_own_surfaces_with_the_rest() -> None:
    """It is raised as it is, in a group, and still every step is taken."""
    done: list[str] = []
    steps = [
        ("a", fails(KeyError("typo"))),
        ("b", fails(EngineError("b"))),
        ("c", noted(done, "c")),
    ]
    with pytest.raises(ExceptionGroup, match="not all went") as caught:
        to_the_end("not all went", steps)
    assert done == ["c"]
    assert [type(error) for error in caught.value.exceptions] == [KeyError, EngineError]


def test_an_interruption_ends_it_at_once() -> None:
    """Who presses Ctrl-C during a clean-up wants it to stop."""
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        to_the_end("x", [("a", fails(KeyboardInterrupt())), ("b", noted(done, "b"))])
    assert done == []


def test_a_block_that_fails_is_undone_and_its_error_goes_on() -> None:
    """A block that ends well is not undone."""
    undone: list[str] = []
    with undone_on_failure(lambda: undone.append("well")):
        pass
    assert undone == []
    with pytest.raises(InputError, match=r"^no$"), undone_on_failure(lambda: undone.append("ill")):
        raise InputError("no")
    assert undone == ["ill"]


def test_undoing_that_fails_too_is_said_beside_the_first_error() -> None:
    """Both in one line for an operator; on any other error a note, since its kind matters to who catches it."""
    undo = fails(EngineError("n is in use"))
    with (
        pytest.raises(CleanUpError, match=r"^no; then cleaning up failed as well: n is in use$") as caught,
        undone_on_failure(undo),
    ):
        raise InputError("no")
    assert isinstance(caught.value.__cause__, InputError)
    for error in (KeyboardInterrupt(), KeyError("x")):
        with pytest.raises(type(error)) as kept, undone_on_failure(undo):
            raise error
        assert kept.value.__notes__ == ["cleaning up failed: n is in use"]
