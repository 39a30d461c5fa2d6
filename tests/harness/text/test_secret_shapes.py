"""What looks like a secret is masked however it is written, and ordinary logs stay as they are."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.text.masking import Masker, is_secret_name, secrets_in
from tests.harness.samples.secret_shapes import EVERY

LOGS = sorted((Path(__file__).parents[1] / "samples" / "lab_logs").glob("*.txt"))
WRONG_MOST = 1 / 1000
"""Of the words of ordinary logs, how many may be masked."""
SECRET = re.compile(r"cn\d[A-Za-z]+|Y246Y241|cn8-1234")


def shapes() -> Iterator[object]:
    """Every shape of the samples, by its kind and name."""
    for kind, texts in EVERY.items():
        yield from (pytest.param(text, id=f"{kind}: {name}") for name, text in texts.items())


@pytest.mark.parametrize("text", list(shapes()))
def test_a_secret_is_masked_in_every_shape(text: str) -> None:
    """Nothing of the secret is left, in the middle of a log too, and the lines around it stay."""
    assert SECRET.search(text)
    masked = Masker()(f"first line\n{text}\nlast line of 3")
    assert SECRET.search(masked) is None
    assert masked.startswith("first line\n")
    assert masked.endswith("last line of 3")


def test_ordinary_logs_stay_as_they_are() -> None:
    """Of the words of a lab's logs and states, at most one in a thousand is masked."""
    words = [word for log in LOGS for word in log.read_text("utf-8").split()]
    left = {word for log in LOGS for word in Masker()(log.read_text("utf-8")).split()}
    wrong = [word for word in words if word not in left]
    assert len(words) > 3_000
    assert len(wrong) <= len(words) * WRONG_MOST, wrong


@pytest.mark.parametrize(
    "text",
    [
        "secrets:\n  - turn_secret\n  - edge_key",
        '"Secrets": [\n  {\n    "File": {"Name": "turn_secret", "UID": "0"}\n  }\n]',
        'curl --cacert ca.pem -u operator:"$(cat /x/secrets/dashboard_password)" https://h/',
        "docker --tlskey /root/.local/state/lab/client-key.pem node ls",
        "docker run -p 80:80 -u 1000:1000 image",
        "image: redis:7@sha256:0123456789abcdef0123456789abcdef",
        "https://unpkg.com/@scope/pkg@1.0 and https://host:8080/@user",
        "ssh://deploy@manager and git@github.example:o/r.git",
        "password: ${DB_PASSWORD} token: {{ token }}",
        "auth: true, token: null, cookie: none",
        "the key of the map, a token was expected at line 3",
        "traefik.http.services.s.loadbalancer.sticky.cookie.name=replica",
        "TARGET_STICKY_COOKIE=_sticky TARGET_TURN_SECRET_ENV=TURN_SECRET",
        "PWD=/home/u HOME=/home/u",
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUB\n-----END CERTIFICATE-----",
        "compass: north, surpass: no, monkey: 3, author: Ann, keyboard=de",
        "primary_key=id, sort_key: name, public_key: AAAA",
        "access_token_ttl=3600 token_type=bearer auth_method=plain",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Names of secrets, references to them, ports, digests, accounts and prose."""
    assert Masker()(text) == text


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("PGPASSWORD", True), ("MYSQL_PWD", True), ("LIVEKIT_KEY", True), ("APP_JWT", True), ("DB_DSN", True),
        ("DASHBOARD_AUTH", True), ("apiKey", True), ("api-key.old", True), ("requirepass", True), ("Passwort", True),
        ("TOKEN_2", True), ("connect.sid", True), ("basicauth.users", True), ("x-auth", True), ("пароль", True),
        ("MONKEY", False), ("PUBLIC_KEY", False), ("KEY_PATH", False), ("token_type", False), ("passed", False),
        ("authority", False), ("cookie.name", False), ("turn_credential_s", False), ("auth_method", False),
    ],
)  # fmt: skip
def test_a_name_says_whether_its_value_is_secret(name: str, secret: bool) -> None:
    """As a whole, in any notation, and not for what tells about a secret."""
    assert is_secret_name(name) is secret


def test_folders_of_the_environment_are_no_secrets() -> None:
    """PWD is a folder there, and what is only a path says where a secret is."""
    environment = {"PWD": "/srv/app", "OLDPWD": "/srv", "API_KEY": "/run/secrets/api", "DB_PWD": "hunter2"}
    assert secrets_in(environment) == {"hunter2"}
