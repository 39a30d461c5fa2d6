"""What can go wrong in the lab, in one clear line each: what was wanted, what was found, what to do."""

from lab.text.masking import Masker
from lab.text.one_line import one_line


class LabError(Exception):
    """The lab could not do what was asked; the text is for an operator, no traceback is shown.

    What looks like a secret is masked in it from the beginning, for it quotes what a person or a server gave.
    """

    def __init__(self, text: object = "") -> None:
        super().__init__(Masker()(str(text)))


class PreflightError(LabError):
    """This machine cannot carry a lab; found before anything was created. Exit status 11."""


class InputError(LabError):
    """A value given by the person is wrong; the text, one line, names it and the remedy. Exit status 2, of what judges 4."""

    def __init__(self, text: object) -> None:
        super().__init__(one_line(Masker()(str(text))))


class EngineError(LabError):
    """The Docker engine refused or failed."""


class ImageError(LabError):
    """An image could not be built or had; the text ends with the last lines of the build."""


class NotReadyError(LabError):
    """Nodes or services did not become ready in time; the text holds the task errors and log lines."""


class CleanUpError(LabError):
    """Something could not be undone or removed; the text names each thing that could not, all else was."""
