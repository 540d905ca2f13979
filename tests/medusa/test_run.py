"""`make test-medusa` on a machine that lacks what it needs."""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def test_says_in_one_line_that_it_was_skipped(tmp_path):
	paths = os.pathsep.join(str(path) for path in (FOLDER.parents[1], FOLDER.parent))
	environment = {"PATH": str(tmp_path), "PYTHONPATH": paths}
	command = [sys.executable, FOLDER / "run.py"]
	done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
	assert (done.returncode, done.stderr) == (0, "")
	(line,) = done.stdout.splitlines()
	assert line.startswith("test-medusa was skipped: there is no ")
