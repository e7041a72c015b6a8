"""One workspace, opened for one process; CLI, desk and API are thin over it."""

from procflow.app.reporting import Reporting
from procflow.app.workspaces import begin as begin
from procflow.app.workspaces import begin_given as begin_given
from procflow.app.workspaces import check_given as check_given
from procflow.app.workspaces import find_workspace as find_workspace
from procflow.app.workspaces import told_of_given as told_of_given


class App(Reporting):
    """One workspace: its settings, store and engine. Plugins and channels load when first used."""
