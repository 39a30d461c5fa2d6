"""The page as a reader meets it without a script: what shows, and what stands in a fold that is closed."""

from dataclasses import replace
from html.parser import HTMLParser

from fixtures.report import build
from fixtures.report.values import Report
from tests.harness.samples import report as samples

VOID = {"meta", "img", "br", "link", "input", "hr"}
MUTE = {"style", "script", "title"}


class Page(HTMLParser):
    """`shown` holds the texts outside closed folds, `folded` those within; both without those that nobody reads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str]]] = []
        self.shown: list[str] = []
        self.folded: list[str] = []
        self.places: dict[str, tuple[str, dict[str, str]]] = {}
        self.links: list[tuple[str, str, tuple[str, ...]]] = []
        self.headings: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if identity := found.get("id"):
            self.places[identity] = (tag, found)
        if tag == "h2":
            self.headings.append(found["id"])
        if tag == "a":
            around = tuple(name for name, _ in self.open)
            self.links.append((found["href"], "", around))
        if tag not in VOID:
            self.open.append((tag, found))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        names = [name for name, _ in self.open]
        if names[-1:] == ["a"]:
            href, text, around = self.links[-1]
            self.links[-1] = (href, text + data, around)
        if data.strip() and not MUTE & set(names):
            (self.folded if self._is_folded(names) else self.shown).append(data.strip())

    def _is_folded(self, names: list[str]) -> bool:
        closed = [at for at, (tag, held) in enumerate(self.open) if tag == "details" and "open" not in held]
        return any(names[at + 1 : at + 2] != ["summary"] for at in closed)


def failing(groups: int, each: int = 1, text: str = "request {group}.{number} failed") -> Report:
    """A run that failed for so many reasons, each seen by `each` tests, over the criteria in turn."""
    end = samples.ends(red=True)[0]
    names = list(samples.CLAIMS)
    ends = [
        replace(
            end,
            criterion=names[group % len(names)],
            nodeid=f"tests/test_x.py::test_a[{group}-{number}]",
            text=text.format(group=group, number=number) + "\n  GET /\n  GET /app.js",
            causes=(replace(samples.CUT_OFF, title=f"overlay {group} is cut"),),
        )
        for group in range(groups)
        for number in range(each)
    ]
    return build.build(samples.facts(True), ends, samples.pieces(True))
