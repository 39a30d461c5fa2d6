"""Secrets that are known by their shape alone: tokens of well-known services, JWT, hashes of passwords, SDES keys."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping

from lab.text.masking.view import Span

# The prefixes are those of https://github.com/gitleaks/gitleaks, config/gitleaks.toml. Lengths are looser, so that a
# token that was cut off is masked too.
_TOKENS: tuple[tuple[str, str], ...] = (
    ("AKIA ASIA ABIA ACCA", r"[A-Z0-9]{12,}"), ("ghp_ gho_ ghu_ ghs_ ghr_", r"[A-Za-z0-9]{10,}"), ("github_pat_", r"\w{10,}"),
    ("glpat- gldt- glft- glsoat- glrt- glcbt- glimt- glptt- glagent- gloas- glffct- GR1348941", r"[\w-]{10,}"),
    ("SWMTKN- SWMKEY-", r"[\w-]+"), ("xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs- xoxe.xoxb- xoxe.xoxp-", r"[\w-]{4,}"),
    ("xapp-", r"\d[\w-]{6,}"), ("AIza", r"[\w-]{10,}"), ("ya29.", r"[\w-]{10,}"), ("GOCSPX-", r"[\w-]{10,}"),
    ("sk-", r"[\w-]{16,}"), ("sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_ rk_prod_", r"\w{8,}"),
    ("whsec_", r"[A-Za-z0-9+/=]{10,}"),
    ("SG.", r"[\w-]{10,}\.[\w-]{10,}"), ("npm_", r"[A-Za-z0-9]{16,}"), ("pypi-", r"[\w-]{16,}"), ("rubygems_", r"[a-f0-9]{16,}"),
    ("dop_v1_ doo_v1_ dor_v1_", r"[a-f0-9]{16,}"), ("hf_", r"[A-Za-z]{16,}"), ("dckr_pat_ dckr_oat_", r"[\w-]{10,}"),
    ("hvs. hvb. hvr.", r"[\w-]{16,}"), ("glsa_ glc_", r"[\w+/=-]{16,}"), ("shpat_ shpca_ shppa_ shpss_", r"[A-Fa-f0-9]{16,}"),
    ("sq0atp- sq0csp- sq0idp-", r"[\w-]{16,}"), ("EAAA", r"[\w-]{40,}"), ("dapi", r"[a-f0-9]{24,}"),
    ("dp.pt. dp.st. dp.ct. dp.sa.", r"\w{16,}"), ("lin_api_", r"\w{16,}"), ("ntn_ secret_", r"[A-Za-z0-9]{36,}"),
    ("PMAK- sntrys_ sntryu_ tskey- HRKU- NRII- FlyV1- fm1_ fm2_ fm1r_ fm1a_", r"[\w+/=-]{16,}"),
    ("pul- sqa_ sqp_ squ_", r"[a-f0-9]{24,}"),
    ("sbp_ xkeysib- NRJS-", r"[a-f0-9-]{16,}"), ("figd_ figo_ figu_ figr_", r"[\w-]{16,}"), ("ATATT3 ATBB", r"[\w=-]{16,}"),
    ("dt0c01. dt0s01. dt0s16.", r"[\w.]{16,}"), ("NRAK-", r"[A-Z0-9]{16,}"),
    ("pscale_tkn_ pscale_oauth_ pscale_pw_", r"[\w.=-]{16,}"),
    ("ops_eyJ", r"[\w+/=-]{16,}"), ("AGE-SECRET-KEY-1", r"[A-Z0-9]{16,}"), ("LTAI AKCp", r"[A-Za-z0-9]{16,}"),
    ("v1.0-", r"[a-f0-9]{24}-[a-f0-9]{32,}"), ("key-", r"[a-f0-9]{32}"), ("AC SK", r"[a-f0-9]{32}(?![a-f0-9])"),
    ("sha256~", r"[\w-]{20,}"), ("gsk_ r8_", r"\w{20,}"), ("perm:", r"[\w=.-]{20,}"), ("A3-", r"[A-Z0-9]{6}-[A-Z0-9-]{20,}"),
    # JWT has three parts, JWE five; a dot may stand percent-encoded
    ("eyJ", r"[\w-]{5,}+(?:(?:\.|%2[Ee]|%252[Ee])[\w-]*+){1,4}"),
    ("SCRAM-SHA-1$ SCRAM-SHA-256$", r"\d{1,7}:[\w+/=$:]{16,}"),
    ("MIGHAgEAMB MHcCAQEE MC4CAQAwBQYDK2V", r"[A-Za-z0-9+/=]{8,}"),
    ("MII", r"[A-Za-z0-9]{2}[QgAw]IBA(?:DANBg|AK)[A-Za-z0-9+/=]{8,}"),
)  # fmt: skip
"""Prefixes, and what follows them."""
_SHAPES: tuple[tuple[str, str], ...] = (
    ("$", r"\${1,2}(?:2[abxy]|apr1|argon2\w{0,2}|s?crypt|pbkdf2[\w-]{0,12}|yescrypt|g?y|7|[156])\${1,2}[./$A-Za-z0-9=,+*-]{8,}"),
    ("{", r"\{(?:S?(?:SHA|MD5)(?:256|384|512)?|CRYPT|PBKDF2[\w-]{0,12})\}[A-Za-z0-9+/=$.]{12,}"),
    ("inline:", r"inline:(?P<secret>[A-Za-z0-9+/=|:]{12,})"),
    ("hooks.slack.com/", r"hooks\.slack\.com/(?P<secret>(?:services|workflows|triggers)/[\w/-]{10,})"),
    ("/api/webhooks/", r"/api/webhooks/(?P<secret>\d{10,}/[\w-]{16,})"),
    ("webhook.office.com/", r"webhook\.office\.com/webhookb2/(?P<secret>[\w@/-]{16,})"),
    ("earer", r"earer(?:\s{1,8}|%20|\+)(?![a-z_]{1,40}=\w)(?P<secret>[A-Za-z0-9._~+/=%-]{8,})"),
    ("EARER", r"EARER\s{1,8}(?P<secret>[A-Za-z0-9._~+/=-]{8,})"),
    (":AA", r":(?P<secret>AA[\w-]{30,})"),
)  # fmt: skip
"""A text without which there is none, and what it is part of."""


def _compiled() -> Mapping[str, re.Pattern[str]]:
    return {prefix: re.compile(tail) for prefixes, tail in _TOKENS for prefix in prefixes.split()}


_TAILS = _compiled()
_BUILT = tuple((mark, re.compile(pattern)) for mark, pattern in _SHAPES)
_BEHIND_AN_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|.?\\[nrt]", re.S)
_BASIC = re.compile(r"(?i)basic(?:\s{1,8}|%20|\+)([A-Za-z0-9+/_=-]{4,}(?:%3D){0,2})")


def spans(text: str, small: str) -> Iterator[Span]:
    """Tokens by their prefix or build, and what Basic authentication sends."""
    for prefix, tail in _TAILS.items():
        yield from _with(text, prefix, tail)
    for mark, pattern in _BUILT:
        at = text.find(mark)
        while at >= 0:
            found = pattern.match(text, at)
            if found is not None:
                yield found.span("secret" if "secret" in pattern.groupindex else 0)
            at = text.find(mark, max(at + len(mark), found.end() if found else 0))
    at = small.find("basic")
    while at >= 0:
        if (sent := _BASIC.match(text, at)) is not None and _is_user_and_password(sent[1]):
            yield sent.span(1)
        at = small.find("basic", at + 5)


def _with(text: str, prefix: str, tail: re.Pattern[str]) -> Iterator[Span]:
    at = text.find(prefix)
    while at >= 0:
        end = at + len(prefix)
        if _may_begin(text, at) and (found := tail.match(text, end)) is not None:
            end = found.end()
            yield at, end
        at = text.find(prefix, end)


def _may_begin(text: str, at: int) -> bool:
    """A token stands at the beginning of a word, or behind an escape such as `%3D` or `\\n`."""
    if not at or not (text[at - 1].isalnum() or text[at - 1] in "_-"):
        return True
    return _BEHIND_AN_ESCAPE.fullmatch(text, max(0, at - 3), at) is not None


def _is_user_and_password(written: str) -> bool:
    if len(written) > 2_000:
        return True
    raw = written.replace("%3D", "=").rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b":" in base64.b64decode(raw + "=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return False
