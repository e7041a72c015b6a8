"""A worker of the tests with real processes: opens cases whose work a rule gives to somebody.

python allotting.py FOLDER PROCEDURE NAME COUNT
"""

import json
import sys

from procflow.app import App
from procflow.core.decide import Command
from procflow.errors import ProcflowError


def main(folder: str, procedure: str, name: str, count: str) -> None:
    opened, others = 0, []
    with App(folder) as app:
        for n in range(int(count)):
            for _ in range(50):
                command = Command(f"{name}-{n}", "open", procedure, "ann")
                try:
                    opened += app.engine.open(procedure, command).accepted
                except ProcflowError as problem:
                    if problem.code == "conflict":
                        continue  # many are opened at once: it is asked again under the same id
                    others.append(f"{problem.code}: {problem.message}")
                break
    print(json.dumps({"opened": opened, "others": others}))


if __name__ == "__main__":
    main(*sys.argv[1:])
