"""The masker: what each finder finds, masked at once."""

from collections.abc import Callable, Iterable, Iterator

from lab.text.masking import assignments, pem_blocks, phrases, program_options, token_shapes, url_secrets
from lab.text.masking.known_values import every_form, spans_of
from lab.text.masking.view import Span, lower, plain, union, unwrapped
from lab.text.secrets import MASK

_FINDERS: tuple[Callable[[str, str], Iterator[Span]], ...] = (
    assignments.spans, pem_blocks.spans, phrases.spans, program_options.spans, token_shapes.spans, url_secrets.spans,
)  # fmt: skip
"""Each reads the text without colours and prefixes, and the same in small letters; linear in their length."""


class Masker:
    """Replaces every known secret in each usual encoding, and what looks like one, by `***`.

    Pure, and linear in the length of the text: 10 MB take seconds, whatever stands in them
    (`python -m tests.benchmarks.masking`). A text of several lines is given as a whole: a key, a block of YAML and a
    wrapped secret span lines.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms = every_form(secrets)

    def __call__(self, text: str) -> str:
        return _replaced(text, union(self._spans(text))) if text else text

    def _spans(self, text: str) -> Iterator[Span]:
        view = plain(text)
        small = lower(view.text)
        for finder in _FINDERS:
            yield from map(view.original, finder(view.text, small))
        if self._forms:
            yield from spans_of(self._forms, text)
            yield from map(view.original, spans_of(self._forms, view.text) if view.text != text else ())
            if "\n" in text:
                joined = unwrapped(text)
                yield from map(joined.original, spans_of(self._forms, joined.text))


def _replaced(text: str, spans: Iterable[Span]) -> str:
    parts, last = [], 0
    for start, end in spans:
        parts += [text[last:start], MASK]
        last = end
    return "".join([*parts, text[last:]]) if parts else text
