"""One workspace, opened for one process; CLI, desk and API are thin over it."""

from procflow.app.seeing import App as App
from procflow.app.workspaces import check_given as check_given
from procflow.app.workspaces import find_workspace as find_workspace
