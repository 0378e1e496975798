"""Two processes fit at once on an empty compile cache: both compile, both succeed, with the same bits; a third finds the code on disk."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIT = """
import hashlib
import numpy as np
from wellfit import MLPClassifier

X = np.random.default_rng(0).normal(size=(200, 5))
model = MLPClassifier((8, 8), max_iter=5, dropout=0.1, tol=0, random_state=0, engine="compiled")
import warnings
warnings.simplefilter("ignore")
model.fit(X, X[:, 0] > 0)
print(hashlib.sha256(b"".join(coef.tobytes() for coef in model.coefs_) + model.predict_proba(X).tobytes()).hexdigest())
"""


def run():
    """Return the seconds that the first two took together, and those of the third."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}

        def start():
            return subprocess.Popen(
                [sys.executable, "-c", FIT], env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )

        begun = time.perf_counter()
        answers = [process.communicate() + (process.returncode,) for process in [start(), start()]]
        cold = time.perf_counter() - begun
        files = sorted(path.name for path in Path(cache).rglob("*.nbc"))
        begun = time.perf_counter()
        third = start()
        answers.append(third.communicate() + (third.returncode,))
        warm = time.perf_counter() - begun
        again = sorted(path.name for path in Path(cache).rglob("*.nbc"))
    for out, err, code in answers:
        assert code == 0, err[-3000:]
        assert err == "", err[-3000:]
        assert out == answers[0][0], "processes that fit the same give other bits"
    assert files, "nothing was kept on disk"
    assert again == files, "the third process compiled once more"
    return cold, warm
