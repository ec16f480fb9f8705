"""The command line leaves the cores to the films: numpy starts no threads of its own."""

import subprocess
import sys

import pytest

CODE = """
import sys
from pathlib import Path
import fanout.__main__ as main
assert "numpy" not in sys.modules, "numpy is imported before it can be told"
main._stay_on_one_core()
import numpy
picture = numpy.ones((600, 600), numpy.float32)
picture @ picture
print(len(list(Path("/proc/self/task").iterdir())))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_numpy_computes_in_the_thread_that_asks() -> None:
    said = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, env={})
    assert said.stdout == "1\n"
