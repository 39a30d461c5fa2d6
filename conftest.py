"""Table of contents: which plugins the suite is made of. Each says in its module what it gives."""

pytest_plugins = [
    "fixtures.run",
    "fixtures.criteria",
    "fixtures.lab",
    "fixtures.target",
    "fixtures.swarm",
    "fixtures.edge",
    "fixtures.signaling",
    "fixtures.media",
]
