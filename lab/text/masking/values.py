"""Where the value ends that begins at a place: quoted, bare, a phrase, a whole line, a block of YAML, a list."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lab.text.masking.quoting import OPENED, QUOTE, closed
from lab.text.masking.view import Span


@dataclass(frozen=True)
class Context:
    """What is known of a value's place: `passphrase`, its name begins the line, so that blanks may belong to it;
    `below`, it may stand in the lines after it; `quoted_in`, the quote that opened before the name."""

    whole_line: bool = False
    passphrase: bool = False
    indent: int = 0
    below: bool = False
    quoted_in: str = ""


_NAME_AHEAD = r"[\w.%\[\]-]{1,64}[\"']?\s?[=:]"
_BARE = re.compile(
    r"(?:[^\s\"'`,;&)}\]<\\]"
    rf"|[,;](?!\s|$|{QUOTE}|{_NAME_AHEAD})"
    r"|&(?!\s|$|[\w.%\[\]-]{1,64}=|quot;|apos;|\#\d|amp;[\w.%\[\]-]{1,64}=)"
    r"|[)}\]](?![\s,;)}\]\"'`.:]|$)"
    r"|[\"'`](?![\s,;:)}\]\\]|$)"
    r"|<(?!/|[\w:.-]{1,40}(?:/?>|\s{1,8}[\w:-]{1,40}=))"
    r"|\\(?![nrt\"'\\]|$))++"
)
"""A sign that usually ends a value belongs to it where nothing follows that could begin something else."""
_MORE = re.compile(rf"(?:[ \t]{{1,4}}(?!-|[|#>&;]|{_NAME_AHEAD})[^\s\"'<>]{{1,200}})++")
"""Further words of a phrase, up to an option, a comment or another name."""
_LINE = re.compile(r"[^\n\r]++")
_SCHEME = re.compile(
    r"(?i)(?:basic|bearer|digest|token|negotiate|ntlm|api-?key|hawk|hmac|signature|mac|dpop|oauth|gnap|jwt|key|ldap|"
    r"aws4-hmac-sha256|sharedkey(?:lite)?|googlelogin|[a-z][\w-]{0,20}-hmac-\w{1,20})(?:\s{1,8}|%20|\+)"
)
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?[ \t]*(?:#[^\n]*)?\r?\n")
_ITEM = re.compile(r"(?:[ \t]*\r?\n)*(?P<indent>[ \t]*)(?P<item>- +)?(?P<rest>[^\n]*)")
_A_KEY = re.compile(r"[\w.\"'/-]{1,80}\s*[=:](?:\s|$)|[})\]]")
_LIST = re.compile(r"\[\s{0,64}")
_CALL = re.compile(r"(?:[A-Za-z_][\w.]{0,40})?\(\s{0,4}")
_NEXT = re.compile(r"\s{0,64},\s{0,64}")
_NO_SECRET = frozenset({
    "", "null", "none", "nil", "<nil>", "true", "false", "yes", "no", "on", "off", "required", "missing", "invalid", "expired",
    "unset", "undefined", "empty", "not", "is", "was", "unknown", "redacted", "hidden", "masked", "***", "****", "*****",
    "<redacted>", "[redacted]", "[masked]", "xxxxx", "str", "string", "int", "bool", "optional", "secret", "file", "the",
    "value", "an", "this", "cannot", "could", "must", "failed", "wanted", "given", "expected", "got", "no-op", "env", "ok",
    "must_be",
})  # fmt: skip
"""Words that stand beside a name without being its value."""
_REFERENCE = re.compile(
    r"\$\(|\$\{|\$[A-Z_][A-Z0-9_]*$|\{\{|<\(|%\(|\{\}$|%[sdvq]$|<[a-z][\w .-]*>$|"
    r"(?:[.~]{0,2}/|[\w.-]+/)[\w./-]+\.(?:pem|key|crt|cert|txt|json|env|ya?ml|toml)$|"
    r"/(?:run|etc|var|home|root|tmp|usr|opt|lab|certs?|secrets?|data|mnt|srv|app|dev|proc|sys)(?:/|$)|"
    r"[\w-]+\.(?:pem|key|crt|txt)$"
)
"""A value that says where the secret is."""


def is_reference(text: str) -> bool:
    """Whether a value says where a secret is, or that there is none."""
    return text.lower() in _NO_SECRET or _REFERENCE.match(text) is not None


def value(text: str, at: int, context: Context) -> Iterator[Span]:
    """The spans of the value at `at`, nothing where there is none or it is only a reference."""
    if (block := _BLOCK.match(text, at)) is not None:
        yield from _found(text, _indented(text, block.end(), context.indent))
    elif text[at : at + 1] in ("\n", "\r"):
        if context.below:
            yield from _below(text, at, context.indent)
    elif (opener := _LIST.match(text, at)) is not None:
        yield from _elements(text, opener.end(), context)
    elif (quote := OPENED.match(text, at)) is not None or (
        (call := _CALL.match(text, at)) is not None and (quote := OPENED.match(text, call.end())) is not None
    ):
        yield from _quoted(text, quote, context)
    elif text[at : at + 1] != "{":
        yield from _bare(text, at, context)


def _quoted(text: str, quote: re.Match[str], context: Context) -> Iterator[Span]:
    start = quote.end()
    end = closed(text, quote[1], start)
    if end is None:
        yield from _found(text, _line(text, start))
        return
    yield from _found(text, (_behind_scheme(text, start, end) if context.whole_line else start, end))


def _elements(text: str, at: int, context: Context) -> Iterator[Span]:
    """Each text of a list; as Go prints a header, what stands between the brackets."""
    quote = OPENED.match(text, at)
    if quote is None and text[at : at + 1] in "{[]":
        return
    if quote is None:
        end = text.find("]", at, at + 2_000)
        line = _line(text, at)
        end = line[1] if end < 0 or end > line[1] else end
        yield from _found(text, (_behind_scheme(text, at, end) if context.whole_line else at, end))
        return
    while quote is not None:
        close = closed(text, quote[1], quote.end())
        yield from _quoted(text, quote, context)
        following = None if close is None else _NEXT.match(text, close + len(quote[1]))
        quote = None if following is None else OPENED.match(text, following.end())


def _bare(text: str, at: int, context: Context) -> Iterator[Span]:
    if context.whole_line:
        start, end = _line(text, at)
        stop = closed(text, context.quoted_in, at) if context.quoted_in else None
        end = end if stop is None else min(stop, end)
        yield from _found(text, (_behind_scheme(text, start, end), end))
        return
    word = _BARE.match(text, at)
    if word is None:
        return
    end = word.end()
    if context.passphrase and word[0].lower() not in _NO_SECRET and word[0].isalpha():
        more = _MORE.match(text, end)
        end = end if more is None else more.end()
    yield from _found(text, (at, end))


def _behind_scheme(text: str, start: int, end: int) -> int:
    scheme = _SCHEME.match(text, start, end)
    return start if scheme is None or scheme.end() == end else scheme.end()


def _line(text: str, at: int) -> Span:
    found = _LINE.match(text, at)
    return (at, at) if found is None else found.span()


def _found(text: str, span: Span) -> Iterator[Span]:
    """The span without blanks around it, where what stands there can be a secret."""
    start, end = span
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    end -= len(inner) - len(inner.rstrip())
    short = text[start : min(end, start + 200)]
    if start < end and short.rstrip(".,:;!").lower() not in _NO_SECRET and _REFERENCE.match(short) is None:
        yield start, end


@lru_cache(maxsize=64)
def _deeper(indent: int) -> re.Pattern[str]:
    return re.compile(rf"(?:[ \t]*\r?\n|[ ]{{{indent + 1},}}[^\n]*(?:\n|$)|\t[^\n]*(?:\n|$))*+")


def _indented(text: str, at: int, indent: int) -> Span:
    """The lines from `at` on that are indented deeper."""
    found = _deeper(min(indent, 200)).match(text, at)
    return (at, at) if found is None else found.span()


def _below(text: str, at: int, indent: int) -> Iterator[Span]:
    """A value of YAML in the lines below its name: a text, or a list of texts."""
    while (line := _ITEM.match(text, at + 1 if text[at : at + 1] == "\n" else at + 2)) is not None:
        deep = len(line["indent"])
        if not line["rest"].strip() or deep < indent or (deep == indent and not line["item"]):
            return
        if _A_KEY.match(line["rest"]) is not None:
            return
        start, end = line.span("rest")
        quote = OPENED.match(text, start)
        yield from (_quoted(text, quote, Context()) if quote is not None else _found(text, (start, end)))
        at = end
        if not line["item"] or text[at : at + 1] not in ("\n", "\r"):
            return
