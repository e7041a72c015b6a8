"""What people and programs see of the workspace, as plain values; command line, API and desk show the same."""
