"""The file system whose power the harness cuts."""

import os
import subprocess
from pathlib import Path

from faults.power import Disk


def test_a_disk_is_mounted_anew_although_another_name_space_keeps_the_dead_one(tmp_path: Path) -> None:
    """A server in a network of its own has a copy of all mounts: as long as it ran, the disk gave nothing but errors."""
    disk = Disk(tmp_path)
    disk.make()
    with (
        disk.mounted(),
        subprocess.Popen(["unshare", "--mount", "sleep", "1"], stdout=subprocess.PIPE) as other,
    ):
        while os.readlink(f"/proc/{other.pid}/ns/mnt") == os.readlink("/proc/self/ns/mnt"):
            assert other.poll() is None
        (disk.folder / "kept").write_text("yes")
        os.sync()
        disk.cut()
        disk.unmount()
        disk.mount()
        assert (disk.folder / "kept").read_text() == "yes"
        (disk.folder / "written").write_text("too")
