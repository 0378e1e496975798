"""``wellfit warmup``: what is compiled on first use is compiled at once, and only once."""

import json
import os
import subprocess
import sys

import numba
import numpy as np

from wellfit.cli import main
from wellfit.engines import programs
from wellfit.engines.kernels.jit import KERNELS, Kernel
from wellfit.engines.kernels.updates import norm

WARM = """
import sys
from wellfit.engines import programs
from wellfit.engines.kernels import jit
jit.KERNELS[:] = [kernel for kernel in jit.KERNELS if kernel.function.__name__ in ("norm", "put_rows", "rate_at")]
from wellfit.cli import main
sys.exit(main(["warmup", *sys.argv[1:]]))
"""


def warmup(folder, *arguments):
    """Run the command for three kernels, of which one serves both dtypes, with a cache folder of its own."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    return subprocess.run([sys.executable, "-c", WARM, *arguments], env=environment, capture_output=True, text=True, check=False)


def test_what_was_compiled_once_is_found_the_next_time(tmp_path):
    first = warmup(tmp_path)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("5 kernels of 5 compiled in ")
    again = warmup(tmp_path, "--json")
    found = json.loads(again.stdout)
    assert (found["kernels"], found["compiled"]) == (5, 0)


def test_where_nothing_can_be_written_kernels_are_compiled_and_warmup_says_so(monkeypatch, capsys):
    cfunc = numba.cfunc

    def read_only(signature, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return cfunc(signature, **options)

    monkeypatch.setattr(numba, "cfunc", read_only)
    fresh = Kernel(norm.kernel.function)
    KERNELS.remove(fresh)
    monkeypatch.setattr(programs, "KERNELS", [fresh])
    X = np.array([3.0, 4.0])
    assert fresh.callable(X.dtype)(X.ctypes.data, 2) == 5.0
    assert main(["warmup"]) == 2
    assert "set NUMBA_CACHE_DIR to a writable folder" in " ".join(capsys.readouterr().err.split())


def test_compiling_all_leaves_out_what_other_losses_need(monkeypatch):
    loaded = []
    monkeypatch.setattr(Kernel, "load", lambda self, variant: loaded.append((self.function.__name__, variant)) or False)
    steps = []
    assert programs.compile_all(("float32",), ("cross_entropy",), lambda event: steps.append((event.done, event.total))) == (0, True)
    names = dict(loaded)
    assert {"softmax", "wrong_classes", "shares_of", "adam", "gelu", "do_task"} <= names.keys()
    assert not {"squared", "squares", "poisson", "binary", "chances_of"} & names.keys()
    assert (names["softmax"], names["run_epochs"]) == ("float32", "any")
    assert steps[-1] == (len(loaded), len(loaded)) == (len(KERNELS) - 10, len(KERNELS) - 10)
