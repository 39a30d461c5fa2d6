"""Table of contents: which plugins the suite is made of, in any order. Each says in its module what it gives."""

import pytest

from lab import exits
from lab.text.environment import end_without_packages

end_without_packages(exits.NO_LAB)

pytest_plugins = [
    "fixtures.run.masked_run",
    "fixtures.run.target_options",
    "fixtures.plugins.addressing",
    "fixtures.run.session",
    "fixtures.run.usage",
    "fixtures.run.criteria_table",
    "fixtures.run.exit_status",
    "fixtures.run.last_line",
    "fixtures.run.visible_reports",
    "fixtures.plugins.stack_files",
    "fixtures.plugins.left_out",
    "fixtures.plugins.budget",
    "fixtures.plugins.bring_up",
    "fixtures.plugins.cluster",
    "fixtures.plugins.as_written",
    "fixtures.plugins.traffic",
    "fixtures.plugins.pacing",
    "fixtures.plugins.sockets",
    "fixtures.plugins.calls",
    "fixtures.plugins.relay",
    "fixtures.plugins.browsing",
    "fixtures.plugins.updating",
    "fixtures.plugins.diagnosing",
    "fixtures.plugins.waiting_out",
    "fixtures.plugins.evidence",
    "fixtures.run.outcomes",
    "fixtures.sabotage.breakable",
    "fixtures.sabotage.summary",
    "fixtures.sabotage.inner_run",
    "fixtures.sabotage.foreign",
    "fixtures.runbook.rehearsing",
]
# Plugins import one another: each is to be rewritten whoever imports it first.
pytest.register_assert_rewrite(*pytest_plugins)
