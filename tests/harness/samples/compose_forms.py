"""Forms that a stack file may be written in: keys of one service, a line each, and whole files.

What becomes of each is not said here: Docker's client is asked, and our reader must agree.
"""

from collections.abc import Sequence
from pathlib import Path

FORMS = Path(__file__).parents[1] / "stacks" / "forms"
SERVICES = (FORMS / "services.txt").read_text().splitlines()
WHOLE = (FORMS / "files.txt").read_bytes().decode().split("\n=====\n")
OBJECTS = (
    "networks: {n: , m: }\nvolumes: {ab: }\nconfigs: {c: {external: true}}\nsecrets: {s: {external: true}}\n"
)
"""What services may name, beside each form of a service."""
VARIABLES = {
    "HOME": "/home/me", "N": "3", "T": "true", "P": "8080", "R": "0.25", "M": "0440", "EMPTY": "", "A": "aval", "B": "",
}  # fmt: skip
FILES = {
    "one.env": 'A=1\nB=2\n# no\n\n  C="3" # kept\n', "two.env": "B=3\nHOME\nNOPE\nE=\n", "crlf.env": "A=1\r\nB=2\r\n",
    "bom.env": "\ufeffA=1\n", "spaced.env": "A =1\n", "bare.env": "HOME\nA\nNOPE\n", "noname.env": "=1\n",
}  # fmt: skip


def one(form: str, name: str = "a") -> str:
    """A service of the form, with an image where the form is not of one."""
    image = "" if form.startswith("image:") else "    image: x\n"
    return f"  {name}:\n{image}    {form}\n"


def stack_of(forms: Sequence[str], rest: str = OBJECTS) -> str:
    """A file with one service for each form."""
    return "services:\n" + "".join(one(form, f"s{number}") for number, form in enumerate(forms)) + rest
