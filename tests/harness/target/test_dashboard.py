"""Who may read Traefik's API: a user, and the place of a password that is read when it is needed and shown nowhere."""

from pathlib import Path

import pytest

from fixtures.commands import target_show
from fixtures.report.files import secrets_of
from fixtures.target.file import settings, target_of
from fixtures.target.known_secrets import known_secrets
from fixtures.target.values import DashboardPassword, TargetError
from lab.text.secrets import MASK
from lab.tools import inside

PASSWORD = "hush-hush-and-hush"
USER, VARIABLE, FILE = (
    "TARGET_DASHBOARD_USER",
    "TARGET_DASHBOARD_PASSWORD_ENV",
    "TARGET_DASHBOARD_PASSWORD_FILE",
)
PRODUCTION = {"TARGET": "production"}


def given(environ: dict[str, str]) -> DashboardPassword | None:
    return target_of(settings({**PRODUCTION, **environ})).dashboard


def test_user_and_password_are_both_needed() -> None:
    """None without either; a password of nobody is refused, and a user alone asks without."""
    assert given({}) is None
    assert given({USER: "me"}) is None
    assert given({USER: "me", VARIABLE: "MY_PASSWORD"}) == DashboardPassword("MY_PASSWORD", None, "me")
    with pytest.raises(TargetError, match=r"dashboard.password_env is given without dashboard.user"):
        given({VARIABLE: "MY_PASSWORD"})


def test_the_password_is_read_where_it_is_kept(tmp_path: Path) -> None:
    """From the variable or the file, each time that it is needed."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    by_file = given({USER: "me", FILE: str(tmp_path / "password")})
    by_variable = given({USER: "me", VARIABLE: "MY_PASSWORD"})
    assert by_file is not None
    assert by_variable is not None
    assert by_file.read().reveal() == by_variable.read({"MY_PASSWORD": PASSWORD}).reveal() == PASSWORD
    with pytest.raises(TargetError, match="the dashboard's password must be in the variable MY_PASSWORD"):
        by_variable.read({})
    assert PASSWORD not in repr(by_file) + str(by_file) + str(by_file.read())


def test_a_password_in_place_of_its_variable_s_name_is_not_echoed() -> None:
    """The line names the key and the remedy."""
    with pytest.raises(TargetError) as refused:
        given({USER: "me", VARIABLE: PASSWORD})
    assert PASSWORD not in str(refused.value)
    assert 'as in password_env = "DASHBOARD_PASSWORD", not the secret itself' in str(refused.value)


def test_the_password_is_masked_from_the_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In all that a run prints and writes, and in the table of a target."""
    (tmp_path / "password").write_text(PASSWORD)
    environ = {**PRODUCTION, USER: "me", FILE: str(tmp_path / "password")}
    assert PASSWORD in known_secrets(environ)
    found = settings(environ)
    target = target_of(found)
    assert secrets_of(target) == {PASSWORD}
    shown = " ".join(cell for row in target_show.rows(found, target) for cell in row)
    checks = {check.what: check.found for check in target_show.local_checks(target)}
    assert PASSWORD not in shown
    assert checks["dashboard"] == f"in the file {tmp_path / 'password'}: {MASK}"


def test_the_password_goes_with_the_suite_into_its_container() -> None:
    """By the name of its variable, and no other variable does."""
    environ = {VARIABLE: "MY_PASSWORD", "MY_PASSWORD": PASSWORD, "OTHER": "x", USER: "me"}
    assert inside.handed_on(environ) == {key: environ[key] for key in (VARIABLE, "MY_PASSWORD", USER)}
