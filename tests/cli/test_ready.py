"""The process that makes commands ready for the tests gives every asker its own answers."""

import os
from pathlib import Path

from ready import started


def test_forks_of_a_process_that_has_asked_get_their_own_answers(tmp_path: Path) -> None:
    script = tmp_path / "end.py"
    script.write_text("import sys, time; time.sleep(float(sys.argv[1]) / 50); sys.exit(int(sys.argv[1]))")
    started(["0"], tmp_path, script=str(script))
    forks = []
    for number in (1, 2):
        pid = os.fork()
        if not pid:
            right = False
            try:
                asked = [started([str(number)], tmp_path, script=str(script)) for _ in range(10)]
                right = {one.returncode for one in asked} == {number}
            finally:
                os._exit(0 if right else 1)
        forks.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in forks] == [0, 0]
