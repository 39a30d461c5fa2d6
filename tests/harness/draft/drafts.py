"""Drafts for tests: from the text of a stack file, and back as a plan."""

from pathlib import Path

from fixtures.draft.drafting import Draft, draft
from fixtures.draft.material import of_files
from fixtures.target.plan import load_plan
from fixtures.target.planned import Plan


def of_text(text: str, folder: Path, *, ask_traefik: bool = False) -> Draft:
    """The draft of a stack file of this text."""
    file = folder / "stack.yml"
    file.write_text(text, "utf-8")
    return draft(of_files([file], None, lambda _: None, ask_traefik=ask_traefik))


def plan_of(made: Draft, folder: Path) -> Plan:
    """The draft as it is loaded; a draft that does not load fails here."""
    file = folder / "drafted.toml"
    file.write_text(made.text, "utf-8")
    return load_plan(file)


def marked(made: Draft, place: str) -> str:
    """Everything that is marked beside a key, or in a table."""
    return "; ".join(f"{each.kind}: {each.text}" for each in made.marks if each.place == place)
