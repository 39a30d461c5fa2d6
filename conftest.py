"""Table of contents: which plugins the suite is made of. Each says in its module what it gives."""

pytest_plugins = [
    "fixtures.target",  # first: it sets the limits that the others read
    "fixtures.run",
    "fixtures.criteria",
    "fixtures.exit_status",
    "fixtures.stack",
    "fixtures.load",
    "fixtures.lab",
    "fixtures.swarm",
    "fixtures.edge",
    "fixtures.signaling",
    "fixtures.media",
    "fixtures.turn",
    "fixtures.diagnosis",
    "fixtures.evidence",
    "fixtures.outcomes",
    "fixtures.faults",
    "fixtures.sabotage_matrix",
    "fixtures.sabotage",
    "fixtures.foreign",
]
