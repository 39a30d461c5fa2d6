"""Secrets in addresses: before the host (`user:password@`, a lone token), and as parameters of a query."""

import re
from collections.abc import Iterator

from lab.text.masking.view import Span

LONGEST = 500
"""Characters of an address that are looked at for a password."""
_RUN = re.compile(rf"[^\s\"'<>`|\\]{{1,{LONGEST}}}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,20}$")
_AUTHORITY = re.compile(r"[^/?#]*")
_PORT = re.compile(r"\d{1,5}$")
_WITHOUT_SECRET = (
    "ssh",
    "sftp",
    "scp",
    "rsync",
    "git+ssh",
    "svn+ssh",
    "mailto",
    "sip",
    "sips",
    "xmpp",
    "acct",
)
"""Schemes where a name alone before the host is that of an account."""
_REFERENCE = re.compile(r"\$[({]|\{\{|\*{3}$|<")
_ACCOUNT = re.compile(r"(?<![\w/.:@%+-])[A-Za-z_][\w.+-]{0,63}$")
_PASSWORD = re.compile(r"(?=[^\s]{0,128}[\d\W_])[^\s:@/\"'<>\\,;()\[\]{}|=]{4,128}$")
_HOST = re.compile(r"(?:tcp|unix)\(|(?!sha(?:256|512):)[A-Za-z0-9\[]")
"""`user:password@host` with no scheme, as drivers of databases have it; not `image:tag@sha256:...`."""
_PARAMETER = re.compile(
    r"(?:[?&#;]|%3[fF]|%26)(?:amp;)?(?:sid|key|k|sig|signature|code|t|auth|authkey|session|sess|sessionid|ticket|otp|hmac|"
    r"mac|nonce|api|pw|p|jwt|access|assertion|saml\w{3,20}|hash|cred|x-amz-(?:signature|credential|security-token)|"
    r"x-(?:goog|ms|oss)-[\w-]{0,20}(?:signature|credential)|awsaccesskeyid|googleaccessid|sv?sig|user_?code|"
    r"oauth_\w{1,20}|code_verifier|magic|invite|link|st)(?:=|%3d)((?:(?!%26)[^\s&\"'<>\#\\`|])+)"
)
"""Names that mean a secret in a query, where elsewhere they mean anything. In small letters."""


def spans(text: str, small: str) -> Iterator[Span]:
    """Both; the name of the user stays, and so do the parameters' names."""
    if "@" in text:
        yield from _before_hosts(text, small)
        yield from _without_scheme(text)
    yield from (found.span(1) for found in _PARAMETER.finditer(small))


def _before_hosts(text: str, small: str) -> Iterator[Span]:
    at, seen = text.find("://"), 0
    while at >= 0:
        begin, nearest = at + 3, text.find("@", max(at + 3, seen))
        if nearest < 0:
            return
        seen = nearest
        # an address is one run of letters: where the next @ is far away, there is none in it
        if (
            nearest - begin <= LONGEST
            and (run := _RUN.match(text, begin)) is not None
            and nearest < run.end()
        ):
            scheme = _SCHEME.search(small, max(0, at - 21), at)
            yield from _user_information(run[0], begin, scheme[0] if scheme else "")
        at = text.find("://", begin)


def _without_scheme(text: str) -> Iterator[Span]:
    at = text.find("@")
    while at >= 0:
        colon = text.rfind(":", max(0, at - 129), at)
        is_password = (
            colon > 0 and _PASSWORD.fullmatch(text, colon + 1, at) is not None and _HOST.match(text, at + 1)
        )
        if is_password and _ACCOUNT.search(text[max(0, colon - 65) : colon]) is not None:
            yield colon + 1, at
        at = text.find("@", at + 1)


def _user_information(run: str, begin: int, scheme: str) -> Iterator[Span]:
    nested = run.find("://")
    run = run if nested < 0 else run[:nested]
    authority = _AUTHORITY.match(run)
    within = authority[0] if authority else ""
    end = within.rfind("@")
    user, colon, password = within.partition(":")
    # A password with a slash in it ends what looks like the host: then no port stands there, and an @ comes later.
    if colon and not _PORT.fullmatch(password) and "@" in run[len(within) :]:
        end = (
            run.split("?", 1)[0].rfind("@") if "@" in run.split("?", 1)[0][len(within) :] else run.rfind("@")
        )
    if end <= 0:
        return
    user, colon, password = run[:end].partition(":")
    if colon and password and not _REFERENCE.match(password):
        yield begin + len(user) + 1, begin + end
    elif not colon and scheme not in _WITHOUT_SECRET and not _REFERENCE.match(user):
        yield begin, begin + end
