"""A secret where a name, a path or an address belongs is not echoed: the line names the key and the remedy."""

import re
from pathlib import Path

import pytest

from fixtures.commands import target_show
from fixtures.target.file import settings, target_of
from fixtures.target.known_secrets import known_secrets
from fixtures.target.values import TargetError, TurnSecret
from lab.text.masking import Masker

SECRET = "hunter2-s3cret"
PLAIN = "hunter2plain"


def line(environ: dict[str, str], *, read: bool = False) -> str:
    """What is said of a target."""
    if not read:
        with pytest.raises(TargetError) as refused:
            target_of(settings(environ))
        return str(refused.value)
    return _said_on_reading(environ)


def _said_on_reading(environ: dict[str, str]) -> str:
    """A name that could be one is refused when it is read, one that cannot be at once."""
    try:
        secret = target_of(settings(environ)).turn_secret
    except TargetError as error:
        return str(error)
    assert secret is not None
    with pytest.raises(TargetError) as refused:
        secret.read(environ)
    return str(refused.value)


@pytest.mark.parametrize(
    "written", [f'[turn]\nsecret = "{SECRET}"\n', f'[turn]\npassword = "{PLAIN}"\n', f'token = "{SECRET}"\n']
)
def test_a_secret_under_an_unknown_key_is_not_echoed(written: str, tmp_path: Path) -> None:
    """The file and the key are named."""
    file = tmp_path / "t.toml"
    file.write_text(written)
    said = line({"TARGET": str(file)})
    assert "hunter2" not in said
    assert re.match(rf"{re.escape(str(file))}:\d+: ", said)
    assert "unknown key" in said


@pytest.mark.parametrize("secret", [SECRET, PLAIN, "ABC123DEF456"])
def test_a_secret_in_place_of_its_variables_name_is_not_echoed(secret: str) -> None:
    """Whether it could be a name or not."""
    said = line({"TARGET": "production", "TARGET_TURN_SECRET_ENV": secret}, read=True)
    assert secret not in said
    assert "TARGET_TURN_SECRET_ENV" in said
    assert "name of" in said


def test_a_secret_in_place_of_its_file_is_not_echoed() -> None:
    """The path of nothing is not shown."""
    said = line({"TARGET": "production", "TARGET_TURN_SECRET_FILE": SECRET}, read=True)
    assert SECRET not in said
    assert "TARGET_TURN_SECRET_FILE" in said


@pytest.mark.parametrize(
    "url", [f"https://{PLAIN}@host", f"tcp://u:{SECRET}@host:2376", f"ftp://u:pa/{PLAIN}@host"]
)
def test_a_secret_in_an_address_is_not_echoed(url: str) -> None:
    """Neither a password nor a lone token."""
    said = line({"TARGET": "production", "TARGET_SWARM_API": url})
    assert "hunter2" not in said
    assert "TARGET_SWARM_API" in said


def test_the_usual_places_are_named(tmp_path: Path) -> None:
    """A variable's name and a file's path are what an operator needs to read."""
    assert "the variable TURN_SECRET" in TurnSecret(variable="TURN_SECRET").named({})
    assert "the variable lower" in TurnSecret(variable="lower").named({"lower": "x"})
    assert str(tmp_path / "secret") in TurnSecret(file=tmp_path / "secret").named({})


@pytest.mark.parametrize("name", ["TARGET_TURN_SECRET_ENV", "TARGET_TURN_SECRET_FILE"])
def test_show_does_not_echo_it(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`target show` says that it is no name and no path."""
    monkeypatch.setenv("TARGET", "production")
    monkeypatch.setenv(name, PLAIN)
    target_show.main(["show"])
    printed = capsys.readouterr()
    assert PLAIN not in printed.out + printed.err
    assert "no name of a variable, no path of a file" in printed.out


def test_what_a_run_knows_to_be_secret_is_masked(tmp_path: Path) -> None:
    """The environment's, the TURN secret wherever it is kept, and one in a wrong place."""
    (tmp_path / "kept").write_text("kept-turn-value\n")
    target = tmp_path / "t.toml"
    target.write_text('[turn]\nsecret_file = "kept"\n')
    assert known_secrets({"TARGET": str(target), "MY_TOKEN": "my-token-value"}) == {
        "kept-turn-value",
        "my-token-value",
    }
    of_variable = {"TARGET": "production", "TARGET_TURN_SECRET_ENV": "OF_TURN", "OF_TURN": "turn-value"}
    assert known_secrets(of_variable) == {"turn-value"}
    wrong = Masker(known_secrets({"TARGET": "production", "TARGET_TURN_SECRET_ENV": PLAIN}))
    assert wrong(f"asked for {PLAIN} now") == "asked for *** now"
