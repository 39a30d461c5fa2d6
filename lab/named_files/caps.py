"""How much of a file that a person names is read: bytes by its kind, and what may stand in it."""

from dataclasses import dataclass

KIB, MIB = 2**10, 2**20
DEEPEST = 64
"""Levels of nesting: a stack file goes 8 deep, a report 9, and an alias that holds itself has no end."""
MOST_VALUES = 100_000
"""Values of a file, aliases followed: forty reference stacks in one file have 24 000; nested aliases make billions."""
MOST_TEXT = 8 * MIB
"""Characters of all texts of a file, aliases followed: eight times the largest file."""
LONGEST_KEY = 1024
"""Characters of a key: YAML itself allows no more on one line; the longest label of Traefik's has some 100."""
LOWEST_NUMBER, HIGHEST_NUMBER = -(2**63), 2**64 - 1
"""Whole numbers that fit 64 bits: Docker's and TOML's own."""
MOST_PORTS = 40_000
"""Ports of one stack file, ranges counted out: coturn's whole range, 49152-65535, by TCP and by UDP has 32 768."""
LONGEST_AMOUNT = 64
"""Characters of memory, a duration, a number of processors or a port: digits and a unit."""
MOST_LAYERS = 16
"""Stack files that one file may be laid over by `x-over`, one behind the other."""


@dataclass(frozen=True)
class Kind:
    """One kind of file: what it is called, how many bytes are read at most, what a person should give instead."""

    what: str
    most_bytes: int
    remedy: str


STACK = Kind("stack file", 1 * MIB, "give the path of a Compose file")
"""The reference stack has 12 KB."""
ENV_FILE = Kind("env file", 1 * MIB, "put it beside the stack file")
"""The kernel lets no process start with more than 2 MB of environment."""
STACK_OBJECT = Kind("config or secret", 1_024_000, "put it beside the stack file")
"""The Swarm's own limit for a config; for a secret it is half of that."""
TOML = Kind("TOML file", 256 * KIB, "give the path of a TOML file")
"""Targets and plans: the longest plan has 5 KB."""
SECRET = Kind("secret", 64 * KIB, "give the path of a file that holds the secret alone")
CERTIFICATES = Kind("PEM file", 4 * MIB, "give the path of a PEM file")
"""Debian's bundle of every public authority has 220 KB."""
CONTEXT = Kind("Docker context", 64 * KIB, "docker context ls lists them")
REPORT = Kind("report", 32 * MIB, "give the path of a report.json")
"""The report of a whole run has 0.3 MB; each request and log line of a larger cluster adds to it."""
MOST_REPORT_VALUES = 1_000_000
"""That of the reference lab has 20 000."""
JUNIT = Kind("JUnit file", 64 * MIB, "give the path of a file of --junitxml")
"""It holds what failing tests printed."""
BACKUP = Kind("file of a backup", 64 * MIB, "take another backup")
"""Of the reference stack all files together have 0.1 MB; the Swarm API's longest answer that is read has no more."""
