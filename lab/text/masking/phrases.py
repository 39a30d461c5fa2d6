"""Secrets in commands and sentences of protocols: `AUTH x`, `IDENTIFIED BY 'x'`, `machine m login l password x`."""

import re
from collections.abc import Iterator

from lab.text.masking.view import Span

_VALUE = r"[\"'\\]{0,2}([^\s\"'\\]{1,512})"
_ONE_OR_TWO = r"(\S{1,512}(?:[ \t]{1,4}\S{1,512})?)(?=[ \t]{0,8}(?:[\r\n]|$))"
_SET = (
    r"password\s{1,8}(?:for\s{1,8}\S{1,64}\s{1,8})?(?:is|was|set\s{1,8}to|changed\s{1,8}to)\s{1,8}:?\s{0,4}"
)
_PHRASES: tuple[tuple[str, str], ...] = (
    # redis and SMTP: at the beginning of a line, behind the sign of a prompt, or quoted as MONITOR does
    (
        "auth",
        r"(?<![^\n>\]\"'])(?<![>\]])[\"']?auth[\"']?[ \t]{1,4}(?:(?:plain|login|xoauth2|cram-md5)[ \t]{1,8})?"
        + _ONE_OR_TWO,
    ),
    ("auth", r"(?<=[>\]] )auth[ \t]{1,4}" + _ONE_OR_TWO),
    ("pass ", rf"(?<![^\n])pass[ \t]{{1,4}}{_VALUE}"),
    ("oper ", rf"(?<![^\n])oper[ \t]{{1,4}}\S{{1,64}}[ \t]{{1,4}}{_VALUE}"),
    (
        "identified",
        rf"identified\s{{1,8}}(?:with\s{{1,8}}[\w'\"]{{1,64}}\s{{1,8}})?(?:by|as)\s{{1,8}}(?:password\s{{1,8}})?{_VALUE}",
    ),
    ("password", r"password\s{1,8}(?:=\s{0,8})?[\"']([^\"'\n]{1,512})"),
    ("password", rf"{_SET}[\"']([^\"'\n]{{1,512}})"),
    ("password", rf"{_SET}(?=[^\s\d]{{0,64}}\d)(\S{{1,512}})"),
    ("login ", rf"login\s{{1,8}}\S{{1,128}}\s{{1,8}}password\s{{1,8}}{_VALUE}"),
    ("config set", rf"config set\s{{1,8}}(?:requirepass|masterauth)\s{{1,8}}{_VALUE}"),
    ("acl setuser", r"acl setuser\s[^\n]{0,200}?[>#]([^\s\"']{1,512})"),
    (
        "htpasswd ",
        r"htpasswd\s{1,8}-\w{0,8}b\w{0,8}\s{1,8}(?:\S{1,256}\s{1,8})?\S{1,128}\s{1,8}([^\s\"']{1,512})",
    ),
    ("add_user ", r"add_user\s{1,8}\S{1,128}\s{1,8}([^\s\"']{1,512})"),
    ("change_password ", r"change_password\s{1,8}\S{1,128}\s{1,8}([^\s\"']{1,512})"),
    ("alias set ", r"alias set\s{1,8}\S{1,64}\s{1,8}\S{1,256}\s{1,8}\S{1,128}\s{1,8}([^\s\"']{1,512})"),
    ("echo ", r"echo\s{1,8}[\"']?[\w.-]{1,64}:([^\s\"'|]{1,256})[\"']?\s{0,8}\|\s{0,8}(?:sudo\s)?chpasswd"),
    (
        "echo ",
        r"echo\s{1,8}(?:-n\s{1,8})?[\"']?([^\n|\"']{1,256})[\"']?\s{0,8}\|[^\n|]{0,200}?--?(?:password-stdin|pass-stdin)",
    ),
    (
        "echo ",
        r"echo\s{1,8}(?:-n\s{1,8})?[\"']?([^\n|\"']{1,256})[\"']?\s{0,8}\|\s{0,8}docker\s{1,8}secret\s",
    ),
    (
        "printf ",
        r"printf\s{1,8}(?:['\"]?%s['\"]?\s{1,8})?[\"']?([^\n|\"']{1,256})[\"']?\s{0,8}\|\s{0,8}docker\s{1,8}secret\s",
    ),
    ("vault login ", r"vault login\s{1,8}([^\s-][^\s\"']{0,512})"),
    ("pass:", r"pass:(?!pass)([^\s\"',]{4,256})(?!\S)"),
    ("passphrase ", r"passphrase\s{1,8}[\"']([^\"'\n]{1,512})"),
    ("<<<", r"<<<\s{0,4}[\"']([^\"'\n]{1,512})"),
    ("sqlplus ", r"sqlplus\s{1,8}(?:-\w{1,4}\s{1,8}){0,4}[\w.-]{1,64}/([^\s@\"']{1,256})@"),
    ("auth", r"auth(?:\\r\\n|\r\n)\$\d{1,4}(?:\\r\\n|\r\n)([^\s\\]{1,512})"),
    ("user=", r"user=[\w.-]{1,64}:([^\s\"',;]{1,512})"),
    ("password for ", r"password for\s{1,8}\S{1,64}(?:\s{1,8}\S{1,64})?:\s{1,8}([^\s\"']{1,512})"),
    ("secret is ", r"secret is\s{1,8}:?\s{0,4}(?=[^\s\d]{0,64}\d)(\S{1,512})"),
    ("token is ", r"token is\s{1,8}:?\s{0,4}(?=[^\s\d]{0,64}\d)(\S{1,512})"),
    ("echo ", r"echo\s{1,8}[\"']?([^\n|\"']{1,256})[\"']?\s{0,8}\|\s{0,8}sudo\s{1,8}-\w{0,4}s"),
    (
        "aws configure set ",
        r"aws configure set\s{1,8}[\w.-]{0,64}(?:secret|token|key)[\w.-]{0,64}\s{1,8}([^\s\"']{1,512})",
    ),
    ("k=base64:", r"k=base64:(\S{1,512})"),
    ("k=clear:", r"k=clear:(\S{1,512})"),
    ("ice-pwd:", r"ice-pwd:([^\s\\\"']{1,256})"),
)
"""A text that is quickly looked for, and the phrase that begins with it; both in small letters."""
_BUILT = tuple((mark, re.compile(pattern)) for mark, pattern in _PHRASES)


def spans(text: str, small: str) -> Iterator[Span]:
    """What such a phrase gives away."""
    for mark, pattern in _BUILT:
        at = small.find(mark)
        while at >= 0:
            begin = at - (small[at - 1 : at] in ("'", '"'))
            found = pattern.match(small, at) or (pattern.match(small, begin) if begin < at else None)
            if found is not None and not _is_prose(text, mark, found):
                yield found.span(1)
            at = small.find(mark, max(at + len(mark), found.end() if found else 0))


def _is_prose(text: str, mark: str, found: re.Match[str]) -> bool:
    """The commands of redis and SMTP are written in capitals."""
    return (
        mark in ("auth", "pass ", "oper ")
        and mark.strip().upper() not in text[found.start() : found.start() + 8]
    )
