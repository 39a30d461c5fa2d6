"""Secrets do not get into a report, however they were written."""

import base64
import html
import json
from urllib.parse import quote

import pytest

from fixtures.judge.file_rules import Severity
from fixtures.judge.rules import EVERY
from fixtures.report.plain import plain, with_texts
from fixtures.report.values import Log
from lab.text.masking import Masker, is_secret_name, secrets_in
from lab.text.secrets import MASK, Secret

SECRET = 'north&<wind>"7/turn ö'


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        html.escape(SECRET),
        json.dumps(SECRET),
        repr(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.b64encode(f"ab:{SECRET}:x".encode()).decode(),
        base64.urlsafe_b64encode(f"a:{SECRET}".encode()).decode(),
    ],
)
def test_a_known_secret_is_masked_however_it_is_written(written: str) -> None:
    """A value that is known to be secret is masked in every usual encoding."""
    masked = Masker([SECRET])(f"before {written} after")
    assert MASK in masked
    assert written not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("TURN_SECRET=s3cr3t-value next", "TURN_SECRET=*** next"),
        ('{"password": "hunter 22", "port": 1}', '{"password": "***", "port": 1}'),
        ("db_password: 'x y' ok", "db_password: '***' ok"),
        ("--api-key abc123 --port 4", "--api-key *** --port 4"),
        ("GET /x?token=abc&room=1", "GET /x?token=***&room=1"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"),
        ("'authorization': 'Bearer abc.def-12345'", "'authorization': 'Bearer ***'"),
        ("ssh://me:pw@host:22/x", "ssh://me:***@host:22/x"),
        ("Set-Cookie: replica=abcd; Path=/", "Set-Cookie: ***"),
        ("users=admin:$2y$05$abcdefghijklmnopqrstuv", "users=admin:***"),
        ("operator:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g= x", "operator:*** x"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\nAAAA\n-----END PRIVATE KEY-----\nrest", "***\nrest"),
        ("dbPassword=x1y2z3, DB_PASS=abc", "dbPassword=***, DB_PASS=***"),
        ("jwt eyJhbGciOi.eyJzdWIiOiIx.abc-def", "jwt ***"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, left: str) -> None:
    """What stands beside a telling name, or has the shape of a credential, is masked, and no more."""
    assert Masker()(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "frontend: translation01 1, translation02 2",
        "SECRET_FILE=/run/secrets/turn",
        "30 requests: 30x 200; p50 24 ms",
        "curl --cacert /lab/ca.pem https://jbcalling.site/",
        "jbcalling-lab/node@sha256:3f3f3f",
        "steps passed: connect to signaling (0.02 s), 3 bypassed: none",
        "tokenized: yes, secretary: Ann",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Paths, counts, images and commands are left as they are."""
    assert Masker(["1", "true"])(text) == text


def test_the_environment_names_its_secrets() -> None:
    """Values whose names say so, and not the paths to them."""
    environment = {
        "TURN_SECRET": "a",
        "dbPassword": "b",
        "API_TOKEN": "c",
        "SECRET_FILE": "/x",
        "PORT": "1",
        "KEY_PATH": "/y",
    }
    assert secrets_in(environment) == {"a", "b", "c"}
    assert not is_secret_name("MONKEY")


def test_a_secret_value_shows_itself_to_nobody() -> None:
    """Neither as JSON, nor inside of something else."""
    assert plain({"turn": Secret("hidden-one"), "all": [Secret("hidden-two")]}) == {
        "turn": "***",
        "all": ["***"],
    }


def test_texts_are_changed_everywhere_but_in_pictures() -> None:
    """Keys, nested values and tuples are masked; a field that is named untouched is not."""
    log = Log("a", "b", ("a", "x"))
    assert with_texts({"a": [log]}, str.upper) == {"A": [Log("A", "B", ("A", "X"))]}
    assert with_texts(log, str.upper, frozenset({"lines"})) == Log("A", "B", ("a", "x"))


def test_what_a_rule_found_is_shown_whatever_the_rule_is_called() -> None:
    """A finding of `page-holds-secret` names the variable; a value behind the same name elsewhere is masked."""
    mask = Masker()
    for rule in EVERY:
        for severity in (*Severity, "ignored"):
            line = f"stack.yml:118: {severity} {rule}: frontend: TURN_PASSWORD is a secret, and the page is public"
            assert mask(line) == line
    assert "hunter2" not in mask("turn-secret: hunter2, page-holds-secret=hunter2")
