"""What a real run's report shows of what tests hand over: no secret, and no value as Python writes it."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.harness.stand_ins.reporting_run import Ended

PLANTED = 'planted&<"7'


@pytest.fixture
def ended(tmp_path: Path) -> Ended:
    return Ended(tmp_path)


SECRETS = """
import os, pytest
from fixtures.diagnose.values import Cause, Confidence
from fixtures.report.values import Log, Rows, Version

@pytest.mark.criterion("spread")
def test_leaks(measured, record, request):
    \"\"\"A claim.\"\"\"
    s = os.environ["TURN_SECRET"]
    measured(f"measured {s}")
    request.node.user_properties.append(("cause", Cause(s, s, Confidence.PROVED, ((s, s),), (s,)).as_json()))
    print(f"printed {s}")
    record("log", Log("x", f"because {s}", (f"line {s}", "password=hunter22hunter")), s)
    record("rows", Rows(s, (s,), ((s, s), ("api_token", "ttttt" + "oken1"))))
    record("version", Version(s, s))
    record("odd", {s: [s, {"x": s}]}, s)
    record("bytes", s.encode())
    assert s == "x", f"failed with {s}"

@pytest.mark.parametrize("x", [1], ids=[os.environ["TURN_SECRET"]])
def test_named(x):
    pass
"""


def test_no_secret_gets_out(ended: Ended) -> None:
    """A secret planted in every place that a test can fill is in no file of the report, nor in an annotation."""
    (ended.folder / "test_it.py").write_text(SECRETS)
    step = ended.folder / "step.md"
    output = ended.run("-n", "2", TURN_SECRET=PLANTED, GITHUB_STEP_SUMMARY=str(step), GITHUB_ACTIONS="true")
    files = {path.name: path.read_text() for path in [*ended.report.iterdir(), step]}
    annotated = "\n".join(line for line in output.splitlines() if line.startswith("::"))
    forms = (
        PLANTED,
        html.escape(PLANTED),
        json.dumps(PLANTED)[1:-1],
        quote(PLANTED),
        "planted&amp;",
        "hunter22",
        "tttttoken1",
    )
    assert "failed with ***" in annotated
    assert "failed with ***" in files["report.html"]
    for name, text in {**files, "annotations": annotated}.items():
        assert [form for form in forms if form in text] == [], name


VALUES = """
from dataclasses import dataclass
from enum import Enum
from types import SimpleNamespace
import pytest
from fixtures.observe.media.values import Candidate, LinkObservation, SelectedPair
from fixtures.report.values import Rows

class Kind(Enum):
    SEND = "send"

@dataclass(frozen=True)
class Pair:
    here: str
    there: tuple
    kind: Kind

class Bare:
    pass

LINK = LinkObservation("send", (Candidate("media.example", 40000, "udp", "host", "10.0.0.2"),), None, ())
PAIR = Pair("a", ("b", b"c"), Kind.SEND)

@pytest.mark.criterion("media-host")
def test_no_words():
    \"\"\"Every transport has a pair.\"\"\"
    assert not (LINK,)

@pytest.mark.criterion("turn")
def test_values_in_words():
    \"\"\"It relays.\"\"\"
    assert not LINK, f"first has no pair: {(LINK,)}\\n  seen: {[PAIR]}, {b'x'}\\n  and {Bare()}"

@pytest.mark.criterion("spread")
def test_recorded(record, measured):
    measured(f"links {[LINK]}")
    record("dataclass", PAIR)
    record("dataclasses", [PAIR, PAIR])
    record("link", LINK)
    record("mapping", {"a": {"b": ["c", "d"]}, ("x", "y"): {"z"}, "bytes": b"raw", "nothing": None, "yes": True})
    record("tuples", (("a", 1), ("b", 2)))
    record("objects", [Bare(), object(), Bare, len, SimpleNamespace(sky="clear"), ValueError("odd")])
    record("rows", Rows("odd cells", ("what", PAIR), ((PAIR, ["a", "b"]), ({"k": "v"}, b"c"))), "odd")
"""
REPR = re.compile(
    r"[A-Z]\w*\([a-z_]\w*=|\[['\"]|\(['\"]|\{['\"]|\bb['\"]|<[\w.]+ object at 0x|<(class|function|built-in)\b"
)
DEVELOPERS = re.compile(r'<pre class="log (traceback|captured)".*?</pre>', re.S)
"""The one place of the page that shows values as Python writes them."""


def test_no_python_value_is_shown(ended: Ended) -> None:
    """What tests hand over and what failures say stands in words, whatever it is made of."""
    (ended.folder / "test_it.py").write_text(VALUES)
    ended.run("-n", "2")
    report = ended.json
    for row in report["criteria"]:
        for end in row["tests"]:
            for field in ("detail", "captured"):
                end[field] = ""
    texts = list(_texts(report))
    page = html.unescape(DEVELOPERS.sub("", (ended.report / "report.html").read_text()))
    between = page[page.index("</style>") : page.rindex("<script>")]
    for text in (*texts, between, (ended.report / "summary.md").read_text()):
        assert not REPR.search(text), text
    facts = [row["tests"][0]["text"] for row in report["criteria"] if row["name"] in ("media-host", "turn")]
    assert facts[0].startswith("does not hold: Every transport has a pair.")
    assert facts[1].startswith("first has no pair")
    tables = {rows["title"]: rows for rows in report["tables"]}
    assert tables["dataclass"]["rows"] == [["here", "a"], ["there", "b, c"], ["kind", "send"]]
    assert tables["dataclasses"]["head"] == ["here", "there", "kind"]
    assert tables["mapping"]["rows"][:2] == [["a.b", "c, d"], ["x, y", "z"]]
    assert tables["odd cells"]["rows"][1] == ["k: v", "c"]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
