"""The documentation's tables are those that the code makes; where they differ, a person learns which command mends it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.commands import documentation
from fixtures.judge.criteria import CRITERIA

STALE = "before\n<!-- criteria -->\n| criterion |\n<!-- /criteria -->\nafter\n"


def test_every_table_is_as_the_code_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    """None of the repository's own files differs, and each table stands in one of them."""
    assert documentation.main(["--check"]) == 0, capsys.readouterr().err
    text = "".join(path.read_text("utf-8") for path in documentation.documents())
    assert all(f"<!-- /{name} -->" in text for name in documentation.TABLES)


def test_a_table_that_differs_is_named_and_renewed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check changes nothing and ends with 1; without it the file is mended, and only between the marks."""
    path = tmp_path / "page.md"
    path.write_text(STALE)
    assert documentation.main(["--check", str(path)]) == 1
    assert "page.md is not as the code has it: run python -m fixtures docs" in capsys.readouterr().err
    assert path.read_text() == STALE
    assert documentation.main([str(path)]) == 0
    text = path.read_text()
    assert text.startswith(
        "before\n<!-- criteria -->\n| criterion | what proves it |\n| --- | --- |\n| `no-504` | "
    )
    assert text.endswith(" |\n<!-- /criteria -->\nafter\n")
    assert text.count("\n| `") == len(CRITERIA)
    assert documentation.main(["--check", str(path)]) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!-- criteria -->\n", "once after it"),
        ("<!-- /criteria -->\n", "once after it"),
        ("<!-- /criteria --><!-- criteria -->\n", "once after it"),
        ("<!-- criteria --><!-- /criteria --><!-- /criteria -->\n", "once after it"),
        ("<!-- criteria --><!-- criteria --><!-- /criteria -->\n", "once after it"),
        ("<!-- criterai --><!-- /criterai -->\n", "no table is called criterai: there are criteria"),
    ],
)
def test_wrong_marks_are_one_line(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file whose marks do not fit is named and left as it is."""
    path = tmp_path / "page.md"
    path.write_text(text)
    assert documentation.main([str(path)]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"docs: {path}: ")
    assert (said in shown, shown.count("\n"), path.read_text()) == (True, 1, text)


def test_a_missing_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is input that is wrong, not a table that differs."""
    assert documentation.main([str(tmp_path / "none.md")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_text_without_marks_stays_and_cells_stay_cells() -> None:
    """A bar or a line break in a text does not break the table."""
    makers: dict[str, Callable[[], str]] = {"x": lambda: documentation.markdown(("a",), [("1|2\n3",)])}
    assert documentation.renewed("no marks", makers) == "no marks"
    assert (
        documentation.renewed("<!-- x --><!-- /x -->", makers)
        == "<!-- x -->\n| a |\n| --- |\n| 1\\|2 3 |\n<!-- /x -->"
    )
