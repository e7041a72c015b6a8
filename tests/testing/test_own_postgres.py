"""A PostgreSQL server of the tests' own goes with whoever began it, also after a crash."""

import os
import signal
import subprocess
import sys
import time

BEGUN = """
import os, sys
from procflow.testing.own_postgres import OwnPostgres
server = OwnPostgres()
print(server.process, server.folder, flush=True)
sys.stdin.read()
"""


def test_a_server_ends_with_a_killed_owner_and_the_next_one_clears_up_behind_it() -> None:
    from procflow.testing.own_postgres import OwnPostgres

    owner = subprocess.Popen(
        [sys.executable, "-c", BEGUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None and owner.stdin is not None
    process, folder = owner.stdout.readline().split()
    assert os.path.isdir(folder) and os.path.exists(f"/proc/{process}")
    owner.send_signal(signal.SIGKILL)
    owner.wait(60)
    owner.stdin.close()
    owner.stdout.close()
    for _ in range(2000):
        if not os.path.exists(f"/proc/{process}"):
            break
        time.sleep(0.01)
    else:
        raise AssertionError("the server goes on without its owner")
    with OwnPostgres() as next_one:
        assert not os.path.exists(folder) and next_one.answers()
    assert not os.path.exists(next_one.folder)
