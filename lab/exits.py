"""Exit statuses: one table for every entry point, `./accept`, `python -m lab`, `python -m fixtures` and pytest."""

from collections.abc import Mapping

OK, WRONG, INTERRUPTED_RUN, BROKEN, USAGE, NO_TESTS, WARNINGS = range(7)
"""The numbers of pytest, which the other entry points share."""
NOT_EXERCISED, NO_LAB, INTERRUPTED = 10, 11, 130

MEANING: Mapping[int, str] = {
    OK: "all is well: every required criterion passed, or the command did what was asked",
    WRONG: "something is wrong: a criterion or a test failed, an error or a cause was found, a verdict got worse, "
    "or a command on a lab failed",
    INTERRUPTED_RUN: "pytest was interrupted, by Ctrl-C or by SIGTERM",
    BROKEN: "pytest itself broke, or the lab could not be removed",
    USAGE: "wrong usage: an unknown command, option or name, or a file, a target or a lab that cannot be used",
    NO_TESTS: "no test was selected",
    WARNINGS: "there were more warnings than --max-warnings allows",
    NOT_EXERCISED: "nothing failed, but something required was not exercised",
    NO_LAB: "nothing was learned: this machine cannot run it, or environment, engine, images or lab could not be had",
    INTERRUPTED: "a command other than pytest was interrupted, by Ctrl-C or by SIGTERM",
}
"""Each number means the same wherever it comes from. `exec` alone ends with the status of the command that it ran."""


def table() -> str:
    """The table as Markdown."""
    rows = "".join(f"| {status} | {meaning} |\n" for status, meaning in MEANING.items())
    return f"| status | meaning |\n| --- | --- |\n{rows}"
