"""Secrets in commands and sentences of protocols: `AUTH x`, `IDENTIFIED BY 'x'`, `machine m login l password x`."""

import re
from collections.abc import Iterator

from lab.text.masking.view import Span

_VALUE = r"[\"'\\]{0,2}([^\s\"'\\]{1,512})"
_PATTERNS = (
    # redis and SMTP; with the signs of a reply or of MONITOR before it
    re.compile(rf"(?m:^|(?<=[>\]\"'] )|(?<=[\"'\n]))[\"']?AUTH[\"']?[ \t]{{1,4}}(?:(?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5)[ \t]+)?([^\n\r]{{1,512}})"),
    re.compile(rf"(?m:^)(?:PASS|OPER|SASL)[ \t]{{1,4}}{_VALUE}"),
    re.compile(rf"(?i)\bidentified\s{{1,8}}(?:with\s{{1,8}}[\w'\"]{{1,64}}\s{{1,8}})?(?:by|as)\s{{1,8}}(?:password\s{{1,8}})?{_VALUE}"),
    re.compile(rf"(?i)\b(?:encrypted\s{{1,8}}|with\s{{1,8}}|set\s{{1,8}})password\s{{1,8}}(?:=\s{{0,8}})?[\"']([^\"'\n]{{1,512}})"),
    re.compile(rf"(?i)\bpassword\s{{1,8}}(?:for\s{{1,8}}\S{{1,64}}\s{{1,8}})?(?:is|was|set\s{{1,8}}to|changed\s{{1,8}}to)\s{{1,8}}:?\s{{0,4}}[\"']([^\"'\n]{{1,512}})"),
    re.compile(rf"(?i)\bpassword\s{{1,8}}(?:for\s{{1,8}}\S{{1,64}}\s{{1,8}})?(?:is|was|set\s{{1,8}}to|changed\s{{1,8}}to)\s{{1,8}}:?\s{{0,4}}(?=[^\s\d]{{0,64}}\d)(\S{{1,512}})"),
    re.compile(rf"(?i)\blogin\s{{1,8}}\S{{1,128}}\s{{1,8}}password\s{{1,8}}{_VALUE}"),
    re.compile(rf"(?i)\bconfig\s{{1,8}}set\s{{1,8}}(?:requirepass|masterauth)\s{{1,8}}{_VALUE}"),
    re.compile(rf"(?i)\bacl\s{{1,8}}setuser\s[^\n]{{0,200}}?[>#]([^\s\"']{{1,512}})"),
    re.compile(r"(?i)\b(?:htpasswd\s{1,8}-\w{0,8}b\w{0,8}\s{1,8}\S{1,256}\s{1,8}\S{1,128}|htpasswd\s{1,8}-n\w{0,4}b\w{0,4}\s{1,8}\S{1,128})\s{1,8}([^\s\"']{1,512})"),
    re.compile(r"(?i)\b(?:add_user|change_password|authenticate_user)\s{1,8}\S{1,128}\s{1,8}([^\s\"']{1,512})"),
    re.compile(r"(?i)\balias\s{1,8}set\s{1,8}\S{1,64}\s{1,8}\S{1,256}\s{1,8}\S{1,128}\s{1,8}([^\s\"']{1,512})"),
    re.compile(r"(?i)\becho\s{1,8}[\"']?[\w.-]{1,64}:([^\s\"'|]{1,256})[\"']?\s{0,8}\|\s{0,8}chpasswd"),
    re.compile(r"(?i)\becho\s{1,8}(?:-n\s{1,8})?[\"']?([^\n|\"']{1,256})[\"']?\s{0,8}\|[^\n|]{0,200}?--?password-stdin"),
    re.compile(r"(?i)\b(?:printf\s{1,8}(?:['\"]?%s['\"]?\s{1,8})?|echo\s{1,8})[\"']?([^\n|\"']{1,256})[\"']?\s{0,8}\|\s{0,8}docker\s{1,8}secret\s"),
    re.compile(r"(?i)\bvault\s{1,8}login\s{1,8}([^\s-][^\s\"']{0,512})"),
    re.compile(r"(?i)\bpass(?:phrase)?:(?!pass)([^\s\"',]{4,256})(?=\s|$)"),
    re.compile(r"(?i)<<<\s{0,4}[\"']([^\"'\n]{1,512})"),
    re.compile(r"(?i)\bsqlplus\s{1,8}(?:-\w{1,4}\s{1,8}){0,4}[\w.-]{1,64}/([^\s@\"']{1,256})@"),
    re.compile(r"(?i)\ba=ice-pwd:([^\s\\\"']{1,256})"),
)  # fmt: skip
_MARKS = (
    "auth", "pass", "oper", "sasl", "identified", "acl", "add_user", "change_password", "authenticate_user", "alias",
    "docker", "vault", "<<<", "sqlplus", "ice-",
)  # fmt: skip


def spans(text: str, small: str) -> Iterator[Span]:
    """What such a phrase gives away."""
    if not any(mark in small for mark in _MARKS):
        return
    for pattern in _PATTERNS:
        yield from (found.span(1) for found in pattern.finditer(text))
