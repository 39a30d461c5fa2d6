"""What Traefik says of itself in its log, in each form that it writes, and nothing that a visitor wrote."""

import pytest

from fixtures.observe.http.edge_words import words_of
from tests.harness.samples.edge_faults import NO_RESOLVER, WORDS

SAID = 'middleware "absent@swarm" does not exist'


@pytest.mark.parametrize(
    "line",
    [
        WORDS,
        f"translation_traefik.1.abc@translation01    | {WORDS}",
        'time="2025-11-11T11:11:11Z" level=error msg="middleware \\"absent@swarm\\" does not exist" '
        "entryPointName=websecure routerName=frontend@swarm",
        '{"level":"error","error":"middleware \\"absent@swarm\\" does not exist","entryPointName":"websecure",'
        '"routerName":"frontend@swarm","time":"2025-11-11T11:11:11Z"}',
    ],
    ids=["coloured", "by docker", "logfmt", "JSON"],
)
def test_each_form_is_read(line: str) -> None:
    """Level, words and names are the same, whatever form the log has."""
    (word,) = words_of([line])
    assert (word.level, word.text, word.router) == ("error", SAID, "frontend@swarm")
    assert str(word) == f"Traefik's log: {SAID} (entryPointName=websecure, routerName=frontend@swarm)"
    assert word.resolver == ""


def test_a_resolver_that_is_missing_is_named() -> None:
    """By the router that names it."""
    (word,) = words_of([NO_RESOLVER])
    assert (word.resolver, word.router) == ("letsencrypt", "frontend@swarm")
    assert word.text == "Router uses a nonexistent certificate resolver"


def test_a_message_and_its_error_are_both_said() -> None:
    """Traefik writes what it was at, and what went wrong in it."""
    (word,) = words_of(['2026-11-23T16:59:00Z WRN Cannot load error="no such file" providerName=file'])
    assert (word.level, word.text) == ("warning", "Cannot load: no such file")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2026-11-23T16:59:00Z INF all is well routerName=a@swarm",
        '10.0.0.2 - - [23/Nov/2026:16:59:00 +0000] "GET /?level=error&routerName=a@swarm HTTP/2.0" 200 5 "-" "-" 1 "-" '
        '"-" 3ms',
        '10.0.0.2 - - [x] "GET /ERR level=error routerName=frontend@swarm msg="no',
        "{not json",
        '{"level":"error"}',
        '["level", "error"]',
    ],
)
def test_what_is_no_word_of_traefiks_is_left_out(line: str) -> None:
    """Its progress, requests, also broken ones, and what has no words."""
    assert words_of([line]) == ()


def test_a_word_is_said_once() -> None:
    """Traefik repeats itself at each change of its configuration."""
    again = WORDS.replace("16:59:00", "16:59:30")
    assert len(words_of([WORDS, again, NO_RESOLVER])) == 2
