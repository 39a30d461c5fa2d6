"""A fault, and the decorator that makes one of a function: a name, what it does, and the changes it is made of."""

import inspect
import keyword
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from lab.cluster.handle import Lab
from lab.errors import InputError
from lab.faults.change import Changes
from lab.host.topology import topology
from lab.text.nearest import meant
from lab.waiting import Look

NODE1, NODE2, NODE3 = (node.name for node in topology().nodes)
"""The nodes of a lab as the design has them; the first is the manager."""
Effect = Callable[[Lab], Look[str]]
Make = TypeVar("Make", bound=Callable[..., Changes])


@dataclass(frozen=True)
class Fault:
    """A way to break a lab.

    `summary` says what is broken, `defaults` are its arguments, `effect` proves what the changes alone do not.
    `routed` is off where Traefik cannot be asked, or will never list the replicas. `area` is the module. `needs` is
    what the nodes' kernel must have for it.
    """

    name: str
    summary: str
    make: Callable[..., Changes]
    defaults: Mapping[str, str]
    effect: Effect | None
    routed: bool
    area: str
    needs: str = ""

    def arguments(self, given: Mapping[str, str]) -> dict[str, str]:
        """The defaults, with what was given in their place; raises InputError for an argument it does not take."""
        unknown = [name for name in given if name not in self.defaults]
        if unknown:
            takes = ", ".join(f"{k}={v}" for k, v in self.defaults.items()) or "none"
            near = meant(unknown[0], self.defaults)
            raise InputError(
                f"fault {self.name} has no argument {unknown[0]!r}: it takes {takes}{near and f'; {near}'}"
            )
        return {**self.defaults, **given}

    def lacking(self, kernel: Mapping[str, bool | None]) -> str:
        """Why it cannot be injected on such a kernel, in words; empty where it can."""
        return (
            f"not exercised: this kernel has no {self.needs}"
            if self.needs and not kernel.get(self.needs)
            else ""
        )

    def changes(self, lab: Lab, arguments: Mapping[str, str]) -> Changes:
        """What is to be changed in this lab; nothing is changed yet."""
        return self.make(lab, **{_parameter(name): value for name, value in arguments.items()})


_DECLARED: dict[str, Fault] = {}


def fault(
    name: str,
    summary: str,
    *,
    effect: Effect | None = None,
    routed: bool = True,
    needs: str = "",
    **defaults: str,
) -> Callable[[Make], Make]:
    """Declare the decorated function, which returns the changes, a fault; `defaults` are its parameters after `lab`.

    A parameter that Python keeps for itself has an underscore at its end (`from_`), which its name as an argument
    lacks. Raises ValueError for a name that is taken, and where function and defaults do not agree.
    """

    def declare(make: Make) -> Make:
        taken = _DECLARED.get(name)
        if taken is not None:
            raise ValueError(
                f"fault {name!r} is declared twice: in {taken.area} and in {make.__module__}; give one another name"
            )
        parameters = list(inspect.signature(make).parameters)[1:]
        if parameters != list(defaults):
            raise ValueError(
                f"fault {name!r}: @fault declares the arguments ({', '.join(defaults) or 'none'}), and "
                f"{make.__name__} takes ({', '.join(parameters) or 'none'}) after the lab; they must be the same"
            )
        values = {_argument(key): value for key, value in defaults.items()}
        _DECLARED[name] = Fault(name, summary, make, values, effect, routed, make.__module__, needs)
        return make

    return declare


def _argument(parameter: str) -> str:
    return parameter.removesuffix("_")


def _parameter(argument: str) -> str:
    """The name that a function's parameter has for an argument: Python keeps some words for itself."""
    return f"{argument}_" if keyword.iskeyword(argument) else argument


def declared(area: str) -> tuple[Fault, ...]:
    """The faults that a module declares, in their order there."""
    return tuple(each for each in _DECLARED.values() if each.area == area)
