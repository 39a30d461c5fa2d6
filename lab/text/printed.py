"""What a command prints goes out masked, whoever prints it: rich, argparse, a traceback."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from lab.text.masking import Masker


class MaskedStream:
    """Stands in for a text stream and masks each text that is written to it; all else is the stream's own."""

    def __init__(self, stream: TextIO, mask: Callable[[str], str]) -> None:
        self.unmasked, self.mask = stream, mask

    def write(self, text: str) -> int:
        """As the stream has it; a text of several lines is masked as a whole where it is written in one go."""
        self.unmasked.write(self.mask(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self.unmasked, name)


@contextmanager
def masked_output(secrets: Iterable[str] = ()) -> Iterator[None]:
    """Within the block, what is printed to stdout and stderr has the secrets masked, and what looks like one."""
    mask, before = Masker(secrets), (sys.stdout, sys.stderr)
    sys.stdout, sys.stderr = (MaskedStream(stream, mask) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
