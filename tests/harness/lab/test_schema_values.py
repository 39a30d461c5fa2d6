"""How much of a wrong value is shown."""

from lab.compose import schema


def wrong(key: str, value: object) -> list[str]:
    return [why for _, why in schema.faults({"services": {"a": {key: value}}})]


def test_a_wrong_value_is_shown_up_to_sixty_characters() -> None:
    """A longer one is cut to as many, its end told by dots."""
    assert wrong("hostname", int("7" * 60))[0].startswith("7" * 60 + ": wanted")
    assert wrong("hostname", int("7" * 61))[0].startswith("7" * 57 + "...: wanted")
