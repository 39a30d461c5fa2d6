"""`python -m tests.benchmarks.masking`: what masking catches, what it masks wrongly, and how long it takes.

`--size MB` sets the largest text (10 by default: minutes), `--only TEXT` measures that text alone, and `--shapes FILE` takes
further shapes:
a JSON list of objects with `shape`, `text` (or a list of lines) and `canary`, the part that must not be seen.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lab.text.masking import Masker
from tests.harness.samples.secret_shapes import EVERY

LOGS = Path(__file__).parents[1] / "harness" / "samples" / "lab_logs"
SIZES_MB = (0.032, 1.0)
CANARY = re.compile(r"cn\d[A-Za-z]+")
ORDINARY = (
    '10.0.1.2 - - [23/Nov/2026:03:12:40 +0000] "GET /socket.io/?EIO=4&transport=polling&t=abc HTTP/1.1" 200 15 "-" "-" '
    '1 "api@swarm" "http://10.0.1.11:80" 3ms\n'
    'time="2026-11-28T01:00:00Z" level=info msg="Loading plugin" id=io.containerd.content.v1 type=io.containerd\n'
)
ADVERSARIAL: Mapping[str, str] = {
    "one letter": "a", "blanks": " ", "newlines": "\n", "dashes": "-", "dots": "a.", "backslashes": "\\", "percent": "%25",
    "quotes": '"', "apostrophes": "'", "brackets": "[", "a=a=a=": "a=", "://": "://", "x://": "x://", "userinfo": "http://a@",
    "user:pw@": "user:pw@", "?sid=": "?sid=", "eyJ": "eyJ", "eyJ.eyJ.": "eyJhbGciOi.", "sk-": "sk-", "$2y$": "$2y$",
    "-----BEGIN": "-----BEGIN", "BEGIN PRIVATE KEY": "-----BEGIN PRIVATE KEY-----",
    "END PRIVATE KEY": "-----END PRIVATE KEY-----\n",
    "base64 lines": "A" * 63 + "\n", "escapes": "\x1b[", "pass=": "pass=",
    "key and blank": "key ", 'pwd="': 'pwd="', "pwd=\\\"": 'pwd=\\"',
    "token(": "token(", "cookie": "cookie: ", "authorization": "authorization: Basic ", "<password>": "<password>",
    "pwd=a,b": "pwd=a,b", "AUTH": "AUTH ", "curl -u": "curl -u ", "docker login": "docker login -p 'a' ", "block": "token: |\n",
    "name above": "password:\n ", "full width": "ｐａｓｓ＝", "É": "É", "İ": "İ", "inline:": "inline:", "bearer": "bearer ",
    "identified by": "identified by ", "prefixes": "12:00:00 ", "entities": "token&quot;",
}  # fmt: skip
"""Texts that are repeated up to the size: each of them begins what some finder looks for, and most never end it."""


def text_of(piece: str, size: int) -> str:
    """The piece again and again, up to that many characters."""
    return (piece * (size // len(piece) + 1))[:size]


def own_shapes() -> Iterator[tuple[str, str, Sequence[str]]]:
    """Kind and name, text, and what must not be seen of it."""
    for kind, texts in EVERY.items():
        for name, text in texts.items():
            yield f"{kind}: {name}", text, CANARY.findall(text) or [text.rpartition(" ")[2]]


def given_shapes(file: Path) -> Iterator[tuple[str, str, Sequence[str]]]:
    """The same of a file."""
    for each in json.loads(file.read_text("utf-8")):
        text = each["text"] if isinstance(each["text"], str) else "\n".join(each["text"])
        yield each["shape"], text, [each["canary"]]


def seen(shapes: Iterator[tuple[str, str, Sequence[str]]]) -> tuple[list[str], int]:
    """The shapes whose secret is seen after masking, and how many there are."""
    every = list(shapes)
    mask = Masker()
    return [name for name, text, canaries in every if any(each in mask(text) for each in canaries)], len(
        every
    )


def masked_wrongly() -> tuple[list[str], int]:
    """The words of the lab's logs that are masked, none of which is a secret, and how many words there are."""
    words: list[str] = []
    wrong: list[str] = []
    for log in sorted(LOGS.glob("*.txt")):
        text = log.read_text("utf-8")
        left = set(Masker()(text).split())
        words += text.split()
        wrong += [word for word in text.split() if word not in left]
    return wrong, len(words)


def timed(text: str) -> tuple[float, float]:
    """Seconds that passed, and those of the processor."""
    masker = Masker(["a-known-secret", "another-known-one"])
    wall, processor = time.monotonic(), time.process_time()
    masker(text)
    return time.monotonic() - wall, time.process_time() - processor


def main(arguments: Sequence[str]) -> int:
    """1 where a secret is seen or more than one word in a thousand is masked wrongly."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.masking", description=__doc__)
    parser.add_argument("--size", type=float, default=10.0, metavar="MB")
    parser.add_argument("--only", action="append", metavar="TEXT", help="measure this text alone")
    parser.add_argument("--shapes", type=Path, metavar="FILE")
    args = parser.parse_args(arguments)
    missed, count = seen(own_shapes() if args.shapes is None else given_shapes(args.shapes))
    _say(f"shapes: {count - len(missed)} of {count} masked" + "".join(f"\n  seen: {name}" for name in missed))
    wrong, words = masked_wrongly()
    _say(
        f"the lab's logs: {len(wrong)} of {words} words masked wrongly"
        + "".join(f"\n  {word}" for word in wrong)
    )
    sizes = (*(size for size in SIZES_MB if size < args.size), args.size)
    heads = "".join(f"{f'{size:g} MB':>20}" for size in sizes)
    _say(f"\n{'seconds (processor)':22}{heads}")
    texts = {"ordinary logs": ORDINARY, **ADVERSARIAL}
    for name, piece in ((each, texts[each]) for each in args.only or texts):
        cells = (timed(text_of(piece, int(size * 1e6))) for size in sizes)
        _say(f"{name:22}" + "".join(f"{f'{wall:.2f} ({processor:.2f})':>20}" for wall, processor in cells))
    return int(bool(missed) or len(wrong) * 1000 > words)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
