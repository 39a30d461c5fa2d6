"""Exit statuses: one table for every entry point, `./accept`, `python -m lab`, `python -m fixtures` and pytest."""

from collections.abc import Mapping
from types import MappingProxyType

OK, WRONG, INTERRUPTED_RUN, BROKEN, USAGE_OF_A_JUDGE, NO_TESTS, WARNINGS = range(7)
"""The numbers of pytest, which are its own."""
USAGE = 2
"""Of every command that is no judge, as of most command lines."""
NOT_EXERCISED, NO_LAB, INTERRUPTED = 10, 11, 130

_WRONG_USAGE = (
    "wrong usage: an unknown command, option or name, or a file, a target or a lab that cannot be used"
)
_NO_LAB = "nothing was learned: this machine cannot run the suite, or its environment, engine, images or lab could not be set up"

OF_JUDGES: Mapping[int, str] = MappingProxyType({
    OK: "nothing is wrong: every required criterion passed",
    WRONG: "a criterion or a test failed, or a stack file has an error",
    INTERRUPTED_RUN: "interrupted, by Ctrl-C or by SIGTERM",
    BROKEN: "pytest itself broke, or the lab could not be removed",
    USAGE_OF_A_JUDGE: _WRONG_USAGE,
    NO_TESTS: "no test was selected",
    WARNINGS: "there were more warnings than --max-warnings allows",
    NOT_EXERCISED: "nothing failed, but something required was not exercised",
    NO_LAB: _NO_LAB,
})  # fmt: skip
"""What pytest ends with, however it was started, and the verdict on a stack file that needs no pytest."""
OF_COMMANDS: Mapping[int, str] = MappingProxyType({
    OK: "the command did what was asked, and found nothing wrong",
    WRONG: "an error or a cause was found, a verdict got worse, or a command on a lab failed",
    USAGE: _WRONG_USAGE,
    NO_LAB: _NO_LAB,
    INTERRUPTED: "interrupted, by Ctrl-C or by SIGTERM",
})  # fmt: skip
"""What every other command ends with. `exec` and `watch --during` end with the status of the command that they ran."""


def table() -> str:
    """The table as Markdown."""
    head = (
        "| status | what judges: `./accept lab`, `gate`, `smoke`, `static`, `test`, and `pytest` | every other command |\n"
        "| --: | --- | --- |\n"
    )
    rows = (
        f"| {status} | {OF_JUDGES.get(status, '')} | {_other(status)} |\n"
        for status in sorted({*OF_JUDGES, *OF_COMMANDS})
    )
    return head + "".join(rows)


def _other(status: int) -> str:
    text = OF_COMMANDS.get(status, "")
    return "the same" if text and text == OF_JUDGES.get(status) else text
