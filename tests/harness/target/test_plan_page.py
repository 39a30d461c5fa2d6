"""The page of a plan's keys names every key that a plan may have, in the section of its table, and no other."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from fixtures.target import plan_file

PAGE = (Path(__file__).parents[3] / "docs" / "plan.md").read_text()
SECTIONS: dict[str, tuple[type[BaseModel], ...]] = {
    "At the top": (plan_file._File,),
    "`[[hosts]]`": (plan_file._Host,),
    "`[signaling]`": (plan_file._Signaling, plan_file._Turn),
    "`[[nodes]]`": (plan_file._Node,),
    "`[services.NAME]`": (plan_file._Service, plan_file._Ports),
    "`[between_nodes]`": (plan_file._Between,),
}
TABLES = {"hosts", "nodes", "services", "signaling", "turn", "between_nodes"}
"""Keys of the top that have sections of their own."""


def written(section: str) -> dict[str, bool]:
    """Key -> whether it is marked as one that must be there."""
    text = next(part for part in re.split(r"^## ", PAGE, flags=re.M)[1:] if part.startswith(section))
    rows = re.findall(r"^\| ([^|]+) \|", text, flags=re.M)
    return {key: "**" in row for row in rows for key in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_of_a_table_is_on_the_page(section: str) -> None:
    """With what must be there in bold."""
    fields = {name: field for model in SECTIONS[section] for name, field in model.model_fields.items()}
    wanted = {name: field.is_required() for name, field in fields.items() if name not in TABLES}
    if section == "At the top":
        wanted["extends"] = False
    assert written(section) == wanted
