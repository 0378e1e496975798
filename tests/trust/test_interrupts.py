"""Ctrl-C in the middle of a fit, as a terminal sends it: a fitted estimator with the best so far, and a warning."""

import json
import signal
import subprocess
import sys

import pytest

START = """
import json, sys, threading, time, warnings
import numpy as np
from wellfit import MLPClassifier, MLPRegressor, WellfitRegressor, load, save
from wellfit.errors import TrainingWarning

draw = np.random.default_rng(0)
X = draw.normal(size=(2000, 5))
y = X[:, 0] * X[:, 1] + draw.normal(size=2000)
MLPRegressor(hidden_layer_sizes=(4,), max_iter=1, tol=0).fit(X[:50], y[:50])  # compiles
"""
FITS = {
    "alone": "model = MLPRegressor(hidden_layer_sizes=(30, 30), max_iter=10**6, tol=0, n_iter_no_change=10**6, early_stopping=True)",
    "table": """
from dataclasses import replace
from wellfit.study.default_network import FIXED
for task, settings in FIXED.items():
    FIXED[task] = replace(settings, fewest_epochs=10**6, most_epochs=10**6, patience=1.0)
model = WellfitRegressor(random_state=0)
""",
}
END = """
def ready():
    time.sleep(1.0)
    print("training", flush=True)

threading.Thread(target=ready, daemon=True).start()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model.fit(X, y)
save(model, sys.argv[1])
found = model.predict(X)
print(json.dumps({
    "warnings": [str(warning.message) for warning in caught if issubclass(warning.category, TrainingWarning)],
    "epochs": int(model.n_iter_),
    "finite": bool(np.isfinite(found).all()),
    "better": bool(np.mean((found - y) ** 2) < np.var(y)),
    "saved": type(load(sys.argv[1])).__name__,
}))
"""


@pytest.mark.parametrize("fit", FITS)
def test_ctrl_c_leaves_the_best_so_far(fit, tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", START + FITS[fit] + END, str(tmp_path / "model")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "training\n", process.stderr.read()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    found = json.loads(out)
    assert any("interrupted" in line for line in found["warnings"])
    assert found["epochs"] >= 1
    assert found["finite"]
    assert found["better"]
    assert found["saved"] == ("FittedModel" if fit == "table" else "NetworkModel")
