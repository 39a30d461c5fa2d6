"""Single values that a stack file's schema takes: each word for yes and no, and how much of a wrong value is shown."""

import pytest

from lab.compose import schema
from lab.compose.interpolation import Filled


def wrong(key: str, value: object) -> list[str]:
    return [why for _, why in schema.faults({"services": {"a": {key: value}}})]


@pytest.mark.parametrize("word", ["y", "yes", "true", "on", "n", "no", "false", "off"])
def test_a_variable_may_be_any_word_for_yes_or_no(word: str) -> None:
    """In either case, where it was filled in; in quotes it is a text, and so refused."""
    for written in (word, word.upper(), word.capitalize()):
        assert wrong("tty", Filled(written)) == []
        assert len(wrong("tty", written)) == 1


def test_a_wrong_value_is_shown_up_to_sixty_characters() -> None:
    """A longer one is cut to as many, its end told by dots."""
    assert wrong("hostname", int("7" * 60))[0].startswith("7" * 60 + ": wanted")
    assert wrong("hostname", int("7" * 61))[0].startswith("7" * 57 + "...: wanted")


@pytest.mark.parametrize("text", ["5", "0.50", ".5", "2."])
def test_a_number_of_processors_may_have_a_point(text: str) -> None:
    """One, wherever; not two, and no sign."""
    limits = {"resources": {"limits": {"cpus": text}}}
    assert wrong("deploy", limits) == []
    for bad in (f"{text}.1.", f"-{text}", f"{text}e3", "", "."):
        assert len(wrong("deploy", {"resources": {"limits": {"cpus": bad}}})) == 1, bad
