"""The documents of a workspace: read, checked, and put in force for the cases that begin from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procflow.app.parts import Parts
from procflow.errors import Diagnostic, NotFound, words_in_both

if TYPE_CHECKING:
    from procflow.core.procedure import Procedure
    from procflow.definitions.workspace import Begun, Beside, Documents


class InForce(Parts):
    """A workspace with its documents."""

    def documents(self) -> Documents:
        """Read and check every document of the workspace, with all their problems."""
        return self.begun().checked()

    def begun(self, beside: Beside | None = None) -> Begun:
        """Read every document of the workspace, some of it `beside`; they are not checked yet."""
        from procflow.definitions.workspace import Begun

        return Begun(self.folder, beside=beside, **self.plugins.brought())

    def check(self, beside: Beside | None = None) -> Documents:
        """Check everything, some of it `beside`, and put in force what checks."""
        documents = self.begun(beside).checked(beside=beside)
        self._publish(documents)
        return documents

    def publish(self) -> tuple[Diagnostic, ...]:
        """Put what has changed and checks in force; -> the problems of what does not."""
        from procflow.definitions.publish import changed

        if not changed(self.folder, self.store):
            return ()
        return self.check().diagnostics

    def in_force(self, name: str) -> tuple[str, Procedure]:
        """(hash, the procedure) that new cases follow. Raises NotFound, which says so where its file has errors."""
        try:
            return self.engine.procedure_in_force(name)
        except NotFound:
            told = self.kept_back(name)
            if told:
                raise NotFound(told, "`procflow check` says what is wrong") from None
            raise

    def to_open(self, name: str) -> Procedure:
        """The procedure that a new case follows. Raises NotFound, also where its file was taken away."""
        _, found = self.in_force(name)
        if name in self.engine.withdrawn():
            english, danish = f"the procedure {name!r} was taken away", f"proceduren {name!r} er taget væk"
            hint = "its open cases go on; `procflow check` after its file is back opens new ones again"
            dansk = "dens åbne sager fortsætter; når filen er tilbage, åbner `procflow check` for nye igen"
            raise NotFound(*words_in_both(english, danish, hint, dansk))
        return found

    def kept_back(self, name: str) -> str:
        """That the file of a procedure has errors and what new cases follow instead; "" where all is well."""
        from procflow.definitions.publish import kept_back

        kept = kept_back(self.store, "procedure", name)
        return kept.message if kept is not None else ""

    def _publish(self, documents: Documents) -> None:
        from procflow.definitions.publish import publish, remember

        published = publish(documents, self.store, self.world.now())
        if published.organisation:
            self.engine.publish_surroundings(
                f"publish:{self.world.new_id()}", published.organisation, published.tables
            )
            there = [self.engine.procedure(hash) for hash in published.procedures.values()]
            self.engine.declare_lookups(f"lookups:{self.world.new_id()}", there)
        remember(published, self.store, self.world.now())
