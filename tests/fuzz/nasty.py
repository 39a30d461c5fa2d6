"""What no file of ours should hold, and somebody's does: values, texts and lines."""

import datetime
from typing import Any

DEEP: list[Any] = []
for _ in range(70):
    DEEP = [DEEP]
TEXTS = [
    "", " ", "\0", "\x1b[31mred", "[bold]x[/red]", "[/]", "a\nb", "\u202eabc", "a" * 5000, "a" * 300, "~nosuchuser/x",
    "~", "../..", "/", "/dev/zero", "fifo", "absent", ".", "tcp://[::1", "ssh://[", "http://h:99999", "http://[bad",
    "https://user:geheim@h/", "${", "${X:?}", "${X:-", "$", "$$", "1-65535:1-65535", "0:0", "99999999999h", "-1s",
    "9" * 400, "1e999", "1" * 70 + "G", "٣", "²", "nan", "inf", "None", "true", "null", "é" * 200, "x y", "x=y", "=",
    "a.b.c", "*", "&a", "!!bool x", "-", "{}", "[]", "%s %n {0}", "'", '"', "`id`", "$(id)", "\\", "\ufeff", "a\tb",
    "traefik.http.routers.x.rule=HostRegexp(`(`)", "HostRegexp(`(a+)+$`)", "PathPrefix(`", "node.role ==", "== ==",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 65536, 2**63, 10**30, 10**400, -(10**400), 1.5, -0.5, float("inf"), float("nan"), 1e308,
    [], {}, [None], [[]], [{}], {"": None}, {"x-a": 1}, {"x-a": {"b": [1]}}, {"a": None}, [1, "a", None], DEEP,
    {"target": "/x"}, {"source": "x"}, {"name": 3}, ["a", "a"], {"\x1b[31m": 1}, {"[bold]": 1}, {"a b": {}}, {"1": 2},
    datetime.date(2026, 1, 1), *TEXTS,
]  # fmt: skip
LINES = [
    "<<: *a", "a: &a [*a]", "x: &x {<<: *x}", "x: !!timestamp 2026-99-99", "x: !!bool maybe", "x: !!int ''", "x: !!binary a",
    "x: !!python/object:os.system x", "? [a, b] : c", "---", "...", "%YAML 9.9", "\t- x", "- x", "{", "}", "[", "]", "[" * 200,
    "a." * 200 + "b = 1", "[a]", "[[a]]", "a = 1979-99-99", "a = 0x", "a = +inf", "a = nan", "a = " + "9" * 500, "a = '''",
    'a = "\\ud800"', "# only a comment", "\x00", "\x1b[31m", "\u2028", "services:", "services: {}", "x-over: .", "x-over: fifo",
    "x-over: stack.yml", "env_file: fifo", 'x: "\\0"', 'x: "\\ud800"', "extends = 'fifo'", "extends = 'plan.toml'",
]  # fmt: skip
BYTES = [
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\r\n",
    b"\x85",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
]
WORDS = [text for text in TEXTS if "\0" not in text]
"""What an argument or a variable of a process can hold; the system ends both at a NUL."""
