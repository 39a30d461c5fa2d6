"""What the real Traefik said in the run without a mutant, for the trials: no mutated module runs inside it."""

import hashlib
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ASKS = "fixtures.run.file_look"
"""The one module through which the tests that are mutated against have Traefik asked."""


class RememberedRehearsals:
    """A plugin that keeps each rehearsal in `folder` while `noting`, and else answers with what is kept there.

    A rehearsal takes a second and depends on nothing but the file, Traefik's program and the questions. Where a mutant
    changes one of these, nothing is kept of it and the real Traefik is asked.
    """

    def __init__(self, folder: Path, *, noting: bool) -> None:
        self._folder, self._noting = folder, noting

    def pytest_collection_finish(self) -> None:
        """The tests are imported, and what they import is as well."""
        module: Any = sys.modules.get(ASKS)
        if module is not None:
            module.rehearse = self.remembering(module.rehearse)

    def remembering(self, rehearse: Callable[..., object]) -> Callable[..., object]:
        """The same function, with a memory."""

        def remembered(scene: Any, binary: object, questions: Sequence[object]) -> object:  # noqa: ANN401 # a Scene
            mounts = [
                (each.path, each.made_up or each.text) for each in scene.mounts
            ]  # what is made up is random
            asked = repr((scene.document, scene.stack, scene.edge, scene.nodes, mounts, binary, questions))
            kept = self._folder / hashlib.sha256(asked.encode()).hexdigest()
            if kept.exists():
                return pickle.loads(kept.read_bytes())
            said = rehearse(scene, binary, questions)
            if self._noting:
                self._folder.mkdir(exist_ok=True)
                kept.write_bytes(pickle.dumps(said))
            return said

        return remembered
