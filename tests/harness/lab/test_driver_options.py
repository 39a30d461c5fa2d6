"""Whether an overlay is encrypted: by the option's key alone, and only for the driver that has the option."""

import pytest

from lab.compose.driver_options import is_encrypted


@pytest.mark.parametrize("driver", ["overlay", None, ""])
@pytest.mark.parametrize("value", ["", "true", "false", None])
def test_any_value_encrypts_an_overlay(driver: str | None, value: str | None) -> None:
    """A network without a driver is an overlay in a stack."""
    assert is_encrypted({"encrypted": value}, driver)
    assert is_encrypted({"encrypted": value})


@pytest.mark.parametrize("driver", ["OVERLAY", "weave", "bridge"])
def test_another_driver_has_no_such_option(driver: str) -> None:
    """Names of drivers are told apart by case."""
    assert not is_encrypted({"encrypted": "true"}, driver)


def test_without_the_key_it_is_plain() -> None:
    """Whatever else is set."""
    assert not is_encrypted({"com.docker.network.driver.mtu": "1400"}, "overlay")
    assert not is_encrypted({}, "overlay")
    assert not is_encrypted(None)
