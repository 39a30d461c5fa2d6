"""Nothing is written below a folder that everybody may write to under a name that is known beforehand.

Whoever puts a symbolic link there first has our writer, root's too, overwrite what it points to.
"""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
FIXED = re.compile(r"(?<![\w$}.])/(?:var/tmp|tmp|dev/shm)/(?!\))[\w.*$-]|\bgettempdir\(")
OF_ITS_OWN = (ROOT / "lab" / "images", Path(__file__))
"""What runs in a container has a /tmp that nobody else is in."""


def texts() -> Iterator[Path]:
    """Everything that the project is made of."""
    yield from (path for path in ROOT.glob("*") if path.is_file() and not path.is_symlink())
    for top in (".ci", "docs", "fixtures", "lab", "tests"):
        yield from (path for path in (ROOT / top).rglob("*") if path.is_file() and path.suffix != ".pyc")


def test_no_name_below_tmp_is_fixed() -> None:
    """Scripts, code, tests and what the documentation advises take their names from mktemp or tempfile."""
    found = []
    for path in texts():
        if not any(path == each or path.is_relative_to(each) for each in OF_ITS_OWN):
            lines = path.read_bytes().decode("utf-8", "replace").splitlines()
            found += [
                f"{path.relative_to(ROOT)}:{n}: {line}"
                for n, line in enumerate(lines, 1)
                if FIXED.search(line)
            ]
    assert not found, "a name that is known beforehand; take mktemp or tempfile:\n" + "\n".join(found)
