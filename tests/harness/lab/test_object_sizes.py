"""A config or secret that is empty or too large is refused by the engine, and so here."""

from pathlib import Path

import pytest

from lab.compose import object_sizes, reading
from lab.errors import InputError

TEXT = "services: {a: {image: x}}\n{section}:\n  given: {file: ./given}\n"


def written(folder: Path, section: str, size: int) -> Path:
    (folder / "given").write_bytes(b"x" * size)
    file = folder / "stack.yml"
    file.write_text(TEXT.replace("{section}", section), "utf-8")
    return file


@pytest.mark.parametrize(("section", "limit"), [("configs", 1_024_000), ("secrets", 512_000)])
def test_the_sizes_between_which_the_engine_takes_it(section: str, limit: int, tmp_path: Path) -> None:
    """One byte and one less than the limit pass; none, and the limit itself, do not."""
    for size in (1, limit - 1):
        assert reading.read([written(tmp_path, section, size)], {}).document[section]
    for size, said in ((0, "is empty"), (limit, f"has {limit} bytes")):
        with pytest.raises(
            InputError, match=rf"stack\.yml:3: {section}\.given\.file: given {said}: it must have some"
        ):
            reading.read([written(tmp_path, section, size)], {})


def test_what_is_not_here_is_not_judged(tmp_path: Path) -> None:
    """Secrets of a production host are seldom beside the file."""
    file = written(tmp_path, "secrets", 0)
    (tmp_path / "given").unlink()
    assert reading.read([file], {}).document["secrets"]


def test_the_file_of_a_driver_is_not_judged(tmp_path: Path) -> None:
    """A driver fetches the secret: whatever lies beside the file is not what it will be."""
    (tmp_path / "given").touch()
    document = {"secrets": {"given": {"file": "given", "driver": "vault"}}}
    assert list(object_sizes.refusals(document, tmp_path)) == []
    assert list(object_sizes.refusals({"secrets": {"given": {"file": "given"}}}, tmp_path)) != []
