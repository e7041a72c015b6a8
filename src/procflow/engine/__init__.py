"""The engine: one command, one decision, one transaction; the same way for CLI, desk and host."""

from procflow.engine.answers import Answer as Answer
from procflow.engine.answers import Loaded as Loaded
from procflow.engine.organising import NO_ORGANISATION as NO_ORGANISATION
from procflow.engine.organising import fold_organisation as fold_organisation
from procflow.engine.rows import identity_texts as identity_texts
from procflow.engine.rows import task_rows as task_rows
from procflow.engine.submit import Engine as Engine
