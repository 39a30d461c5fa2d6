"""Secrets that are known by their shape alone: tokens of well-known services, JWT, hashes of passwords, SDES keys."""

import base64
import binascii
import re
from collections.abc import Iterator

from lab.text.masking.view import Span

_START = r"(?:(?<![A-Za-z0-9_-])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt])|(?<=\x1b\[0m))"
"""Where a token may begin; without it a long run of one prefix would be read again from each place."""
_TOKEN = r"[A-Za-z0-9_-]"

# Of https://github.com/gitleaks/gitleaks (MIT), config/gitleaks.toml: the prefixes; lengths are looser, so that a
# token that was cut off is masked too.
_PREFIXES = (
    r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{12,}", r"gh[opsur]_[A-Za-z0-9]{10,}", r"github_pat_\w{10,}",
    r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas|ffct)-[\w-]{10,}", r"GR1348941[\w-]{10,}", r"SWM(?:TKN|KEY)-[\w-]+",
    r"xox[a-z](?:\.xox[a-z])?-[\w-]{4,}", r"xapp-\d[\w-]{6,}", r"AIza[\w-]{10,}", r"ya29\.[\w-]{10,}", r"GOCSPX-[\w-]{10,}",
    r"sk-[\w-]{16,}", r"[rsp]k_(?:live|test|prod)_\w{8,}", r"whsec_[A-Za-z0-9+/=]{10,}", r"SG\.[\w-]{10,}\.[\w-]{10,}",
    r"npm_[A-Za-z0-9]{16,}", r"pypi-[\w-]{16,}", r"rubygems_[a-f0-9]{16,}", r"do[opr]_v1_[a-f0-9]{16,}", r"hf_[A-Za-z]{16,}",
    r"dckr_(?:pat|oat)_[\w-]{10,}", r"hv[sbr]\.[\w-]{16,}", r"[\w]{14}\.atlasv1\.[\w=-]{16,}", r"gl(?:sa|c|eyJ)_[\w+/=-]{16,}",
    r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{16,}", r"sq0(?:atp|csp|idp)-[\w-]{16,}", r"EAAA[\w-]{40,}", r"dapi[a-f0-9]{24,}",
    r"dp\.(?:pt|st|ct|sa|scim|audit)\.\w{16,}", r"lin_api_\w{16,}", r"(?:ntn|secret)_[A-Za-z0-9]{36,}", r"PMAK-[a-f0-9-]{16,}",
    r"pul-[a-f0-9]{24,}", r"sntry[su]_[\w+/=-]{16,}", r"sbp_[a-f0-9]{16,}", r"tskey-[\w-]{10,}", r"fig[dour]_[\w-]{16,}",
    r"fm[12][ar]?_[\w+/=-]{32,}", r"HRKU-[\w-]{16,}", r"ATATT3[\w=-]{16,}", r"ATBB[A-Za-z0-9]{16,}", r"dt0[cs]\d{2}\.[\w.]{16,}",
    r"NRAK-[A-Z0-9]{16,}", r"NRII-[\w-]{16,}", r"NRJS-[a-f0-9]{16,}", r"xkeysib-[a-f0-9-]{16,}", r"sq[apu]_[a-f0-9]{24,}",
    r"pscale_(?:tkn|oauth|pw)_[\w.=-]{16,}", r"ops_eyJ[\w+/=-]{16,}", r"AGE-SECRET-KEY-1[A-Z0-9]{16,}", r"LTAI[A-Za-z0-9]{16,}",
    r"v1\.0-[a-f0-9]{24}-[a-f0-9]{32,}", r"key-[a-f0-9]{32}", r"[a-f0-9]{32}-us\d{1,2}", r"\d{8,10}:AA[\w-]{30,}",
    r"(?:AC|SK)[a-f0-9]{32}", r"[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,}", r"AKCp[A-Za-z0-9]{20,}", r"PRIVATE-TOKEN\s[\w-]{8,}",
    r"sha256~[\w-]{20,}", r"gsk_\w{20,}", r"r8_\w{20,}", r"ltkey_\w{16,}", r"perm:[\w=.-]{20,}", r"FlyV1 [\w+/=,-]{16,}",
)  # fmt: skip
_SHAPES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_START}(?:{'|'.join(_PREFIXES)})",
        # JWT has three parts, JWE five; a dot may stand percent-encoded
        rf"{_START}eyJ[\w-]{{5,}}(?:(?:\.|%2[Ee]|%252[Ee])[\w-]*){{2,4}}",
        r"\${1,2}(?:2[abxy]|apr1|argon2\w{0,2}|s?crypt|pbkdf2[\w-]{0,12}|yescrypt|g?y|7|[156])\${1,2}[./$A-Za-z0-9=,+*-]{8,}",
        r"\{(?:S?(?:SHA|MD5)(?:256|384|512)?|CRYPT|PBKDF2[\w-]{0,12})\}[A-Za-z0-9+/=$.]{12,}",
        r"SCRAM-SHA-(?:1|256)\$\d{1,7}:[\w+/=$:]{16,}",
        r"(?<=inline:)[A-Za-z0-9+/=|:]{12,}",
        r"(?<=hooks\.slack\.com/)(?:services|workflows|triggers)/[\w/-]{10,}",
        r"(?<=/api/webhooks/)\d{10,}/[\w-]{16,}",
        r"(?<=\.webhook\.office\.com/webhookb2/)[\w@/-]{16,}",
        r"(?:MIGHAgEAMB|MHcCAQEE|MC4CAQAwBQYDK2V|MII[A-Za-z0-9]{2}[QgAw]IBADANBg|MII[A-Za-z0-9]{2}[QgAw]IBAAK)[A-Za-z0-9+/=]{8,}",
        r"(?i)(?<=bearer )\s{0,8}[A-Za-z0-9._~+/=-]{8,}",
        r"(?i)(?<=bearer%20)[A-Za-z0-9._~+/=%-]{8,}",
        r"(?<=[\"']d[\"']:)\s?[\"'][\w-]{20,}",
    )
)  # fmt: skip
_BASIC = re.compile(r"(?i)(?<![a-z0-9])basic(?:\s{1,8}|%20|\+)([A-Za-z0-9+/_=-]{4,}(?:%3D){0,2})")


def spans(text: str, small: str) -> Iterator[Span]:
    """Tokens by their prefix or build, and what Basic authentication sends."""
    for pattern in _SHAPES:
        yield from (found.span() for found in pattern.finditer(text))
    if "basic" in small:
        yield from (found.span(1) for found in _BASIC.finditer(text) if _is_user_and_password(found[1]))


def _is_user_and_password(written: str) -> bool:
    raw = written.replace("%3D", "=").rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b":" in base64.b64decode(raw + "=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return False
