"""The right name nearest to a wrong one; the function itself is pure and lives in the core."""

from procflow.core.nearest import nearest as nearest
