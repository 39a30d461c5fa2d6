"""README and docs: short enough to be read, and no link leads nowhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
README_LINES = 150
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
WANTED = (
    "gate", "stack-files", "targets", "evidence", "sabotage", "diagnosis", "lab", "kernels", "settings", "security",
    "troubleshooting", "architecture", "recipes", "exit-statuses", "your-system", "plan",
)  # fmt: skip


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> list[str]:
    """Links of a page to files or headings that there are not; those to other hosts are not followed."""
    dead = []
    for link in LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if "://" in link:
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    return dead


def test_the_readme_is_short() -> None:
    """It says what this is and what to do, and leads on."""
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_link_leads_nowhere(page: Path) -> None:
    """Neither to a file nor to a heading."""
    assert dead_links(page) == []


def test_every_subject_has_its_page_and_the_readme_leads_there() -> None:
    """A page that nothing links to is not found."""
    readme = (ROOT / "README.md").read_text()
    assert [name for name in WANTED if not (ROOT / "docs" / f"{name}.md").exists()] == []
    assert [
        page.name for page in PAGES if page.name not in ("README.md",) and f"{page.name})" not in readme
    ] == []


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    """To a file and to a heading; what is there passes."""
    (tmp_path / "other.md").write_text("# One: two\n")
    (tmp_path / "page.md").write_text(
        "[a](other.md#one-two) [b](none.md) [c](other.md#three) [d](https://x.example)\n"
    )
    assert dead_links(tmp_path / "page.md") == ["none.md", "other.md#three"]
