"""A task's own health check, as a frozen value; needs no Docker."""

from dataclasses import dataclass

HEALTHY, UNHEALTHY, UNREADABLE = "healthy", "unhealthy", "not readable"


@dataclass(frozen=True)
class Check:
    """The health check of one task: `status` is the engine's word (healthy, starting, unhealthy) or UNREADABLE,
    `streak` how many times running it failed, `output` what it said last."""

    task: str
    node: str
    status: str
    streak: int
    output: str

    @property
    def bad(self) -> bool:
        """Whether it failed the last time, or could not be asked for."""
        return bool(self.streak) or self.status in (UNHEALTHY, UNREADABLE)

    def __str__(self) -> str:
        return f"{self.task} on {self.node} is {self.status}, its check failed {self.streak} times running: {self.output}"
