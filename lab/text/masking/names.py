"""Which names say that their value is secret: TURN_SECRET, api-key, PGPASSWORD, dbPassword, DASHBOARD_AUTH, Passwort."""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

from lab.text.masking.values import is_reference

_SURE = (
    "password", "passwords", "passwd", "passphrase", "passcode", "secret", "secrets", "token", "tokens", "credential",
    "credentials", "creds", "apikey", "pwd", "jwt", "psk", "passwort", "kennwort", "geheimnis", "losenord", "lösenord",
    "passord", "adgangskode", "wachtwoord", "contraseña", "contrasena", "contraseñas", "senha", "motdepasse", "mdp",
    "parola", "hasło", "haslo", "heslo", "jelszó", "jelszo", "salasana", "şifre", "sifre", "lozinka", "geslo",
    "пароль", "секрет", "токен", "密码", "密碼", "口令", "密钥", "パスワード", "비밀번호", "암호", "matkhau",
)  # fmt: skip
"""Words that make a name secret wherever they stand in it, also at the end of a longer word (PGPASSWORD)."""
_LAST = frozenset({
    "pass", "pw", "auth", "dsn", "salt", "cookie", "cookies", "authorization", "authentication", "sid", "pin", "otp", "totp",
    "hmac", "bearer", "jsessionid", "phpsessid", "sessid", "sessionid", "masterauth", "requirepass",
    "clave", "schlüssel", "ключ", "x5c", "dockerconfigjson", "identitytoken",
})  # fmt: skip
"""Words that make a name secret as its last ones only: `auth_method` has no secret for a value."""
_KEYS = re.compile(
    r"(?:api|app|auth|access|account|private|secret|sign|signing|signature|encrypt|encryption|encr|session|master|"
    r"license|licence|storage|shared|consumer|client|hmac|jwt|cookie|ssh|ssl|tls|aes|rsa|priv|service|server|deploy|"
    r"root|admin|user|turn|sas|wg|vault)keys?"
)
_NO_KEY = frozenset({
    "public", "pub", "primary", "foreign", "unique", "cache", "sort", "partition", "routing", "row", "map", "group",
    "index", "idempotency", "lookup", "i18n", "object", "registry", "host", "label", "the", "a", "an", "no", "of",
    "any", "each", "missing", "unknown", "duplicate", "mapping", "config", "hot", "candidate", "compose", "context",
    "join", "distribution", "event", "metric", "sticky", "kv", "raft", "fingerprint", "websocket",
})  # fmt: skip
"""What stands before `key` where the key opens nothing."""
_HARMLESS = frozenset({
    "file", "files", "path", "paths", "name", "names", "dir", "directory", "folder", "id", "ids", "type", "types", "ttl",
    "expiry", "expires", "expired", "expiration", "age", "length", "len", "size", "count", "limit", "max", "min", "policy",
    "version", "format", "algorithm", "alg", "enabled", "disabled", "required", "source", "ref", "field", "fields",
    "method", "methods", "endpoint", "url", "uri", "status", "state", "error", "errors", "store", "driver", "mode",
    "number", "index", "label", "labels", "created", "updated", "time", "date", "timeout", "lifetime", "mount", "target",
    "service", "services", "provider", "handler", "manager", "middleware", "middlewares", "options", "rotation", "rules",
    "reset", "change", "prompt", "invalid", "missing", "reference", "references", "jar", "domain", "samesite", "httponly",
    "secure", "py", "go", "js", "md", "html", "test", "tests", "request", "requests", "response", "header", "headers",
    "env", "bytes", "bits", "s", "ms", "seconds", "minutes", "hours", "days", "usage", "read", "write", "allowed",
    "denied", "rejected", "issuer", "audience", "scope", "scopes",
})  # fmt: skip
"""As the last word of a name: the value tells about a secret and is none."""
_WITHOUT_WEIGHT = frozenset({
    "old", "new", "prev", "previous", "current", "next", "b64", "base", "hex", "prod", "dev", "staging", "value", "text",
    "data", "string", "raw", "plain", "json", "txt", "hash", "primary", "secondary", "default", "encoded", "bak",
})  # fmt: skip
"""Words behind the one that decides."""
_ENDS_SURE = re.compile("(?:" + "|".join(sorted(_SURE, key=len, reverse=True)) + ")$")
_ENDS_PASS = re.compile(
    r"(?:require|master|user|db|store|key|root|admin|smtp|ftp|my|http|proxy|login|mail|sql|redis)pass$"
)
_ENDS_AUTH = re.compile(r"(?:master|basic|digest|http|registry|proxy|user|docker|dashboard)auth$")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z][^\W\d_]*|\d+")
_PARTS = re.compile(r"[^\W_]*[^\W\d_A-Za-z][^\W_]*|[^\W_]+")

_A_SECTION = re.compile(r"(?:services\.[\w-]+\.)?secrets\.")
FOLDERS = frozenset({"PWD", "OLDPWD"})
"""Names of a shell for folders, which look like that of a password."""
IN_WORDS = frozenset({
    "mật khẩu", "mật_khẩu", "mat khau", "mat_khau", "mat-khau", "mot de passe", "mot_de_passe", "kata sandi", "pass phrase",
    "api key", "private key", "secret key", "access key", "كلمة المرور", "كلمة السر", "κωδικός", "סיסמה", "รหัสผ่าน", "parool",
})  # fmt: skip
"""Names of several words, and words that are always one: secret wherever they stand before a value."""
STEMS = (
    "pass", "pwd", "pw", "kennwort", "secret", "token", "cred", "jwt", "psk", "key", "auth", "dsn", "cookie", "sid", "pin",
    "otp", "hmac", "bearer", "sess", "hash", "geheimnis", "losenord", "lösenord", "adgangskode", "wachtwoord", "contrase",
    "senha", "mdp", "parola", "hasło", "haslo", "heslo", "jelsz", "salasana", "ifre", "lozinka", "geslo", "clave",
    "schlüssel", "пароль", "секрет", "токен", "ключ", "密码", "密碼", "口令", "密钥", "パスワード", "비밀번호", "암호",
    "matkhau", "salt", "signature", *IN_WORDS, "x5c", "dockerconfigjson",
)  # fmt: skip
"""A secret name has one of these in it, in small letters; with blanks where it is written in several words."""


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a value of this name is secret, as TURN_SECRET, api-key, dbPassword are; a path to a secret is not."""
    if name == "KEY":
        return True
    if name.rpartition(".")[2] == "secrets" or _A_SECTION.match(name):
        return False  # a key of a stack file, whose secrets are names
    words = _words(name)
    if not words or words[-1] in _HARMLESS:
        return False
    while len(words) > 1 and (words[-1] in _WITHOUT_WEIGHT or words[-1].isdigit()):
        words = words[:-1]
    return (
        _decides(words) or any(_is_sure(word) or _KEYS.fullmatch(word) for word in words) or _has_pair(words)
    )


def _words(name: str) -> list[str]:
    found = []
    for part in _PARTS.findall(name):
        found += [part] if not part.isascii() else _WORDS.findall(part)
    return [word.lower() for word in found]


def _is_sure(word: str) -> bool:
    return _ENDS_SURE.search(word) is not None


def _decides(words: list[str]) -> bool:
    last = words[-1]
    if last == "signature":
        return len(words) > 1
    if last in ("key", "keys"):
        return len(words) > 1 and words[-2] not in _NO_KEY and not words[-2].isdigit()
    if last == "cookie" and "sticky" in words:
        return False  # the name of the cookie that the edge sets
    return last in _LAST or _ENDS_PASS.search(last) is not None or _ENDS_AUTH.search(last) is not None


def _has_pair(words: list[str]) -> bool:
    """Two words side by side that mean a secret also where others follow: `api-key.old`, `basicauth.users`."""
    pairs = pairwise(words)
    return any(
        _KEYS.fullmatch(one + two) or (_ENDS_AUTH.search(one) and two == "users") for one, two in pairs
    )


def is_of_a_header(name: str) -> bool:
    """Whether all that stands behind the name in its line is the value, blanks too, as in a header of HTTP."""
    words = _words(name)
    return bool(words) and words[-1] in ("cookie", "cookies", "authorization", "cookie2", "signature")


def secrets_in(environment: Mapping[str, str]) -> set[str]:
    """The values of an environment whose names say that they are secret; not what only says where one is."""
    named = {value for name, value in environment.items() if name not in FOLDERS and is_secret_name(name)}
    return {value for value in named if value and not is_reference(value)}
