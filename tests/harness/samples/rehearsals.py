"""Rehearsals made up for tests: what the real Traefik could answer."""

from dataclasses import replace
from typing import Any

from fixtures.judge.file_rules import FileLook
from fixtures.observe.http.traefik_api import EdgeConfiguration, Element
from fixtures.rehearse.values import Question, Reply
from tests.harness.samples.changed_stack import sound
from tests.harness.samples.file_looks import rehearsal

PAGE, WWW, API, BOARD = "jbcalling.site", "www.jbcalling.site", "api.jbcalling.site", "traefik.jbcalling.site"
FRONTEND, SIGNALING = "translation_frontend", "translation_signaling"
PATHS = {PAGE: "/", WWW: "/", API: "/health", BOARD: "/dashboard/"}


def reply(host: str, status: int = 200, service: str | None = None, path: str = "", **over: Any) -> Reply:  # noqa: ANN401
    """An answer on a host's own path; words of the question and of the reply may be changed."""
    asked = {key: over.pop(key) for key in ("scheme", "cookies", "upgrade") if key in over}
    return Reply(Question(host, path or PATHS[host], **asked), status, service, **over)


def looked(*replies: Reply, look: FileLook | None = None, **over: Any) -> FileLook:  # noqa: ANN401
    return replace(look or sound(), rehearsal=rehearsal(replies=replies, **over))


def configured(*routers: Element, look: FileLook | None = None, **over: Any) -> FileLook:  # noqa: ANN401
    return looked(look=look, configuration=EdgeConfiguration(routers=routers), **over)
