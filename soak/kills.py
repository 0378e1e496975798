"""Savers are killed with kill -9 at any moment: what is left is the old file or the new one, whole."""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from wellfit.spec import Network, Spec, Training
from wellfit.store import NetworkModel, TrainedNetwork, load, save, to_bytes

ROOT = Path(__file__).resolve().parents[1]
# Large enough for the disk to take some milliseconds: most kills then come in the middle of a save.
UNITS = (400, 400)
LONGEST_LIFE = 0.04


def models():
    """Return two models of the same size."""
    spec = Spec(Network(20, UNITS, 1), Training(loss="squared_error"))
    size = sum((fan_in + 1) * fan_out for fan_in, fan_out in spec.network.layers)
    return [NetworkModel(TrainedNetwork(spec, seed, np.random.default_rng(seed).random(size, np.float32))) for seed in (1, 2)]


def kill_savers(count, seed, folder):
    """Kill as many savers; return how many kills came in the middle of a save, and how many left which file."""
    old, new = models()
    whole = [to_bytes(old), to_bytes(new)]
    path = folder / "model.safetensors"
    save(old, path)
    draw, in_the_middle, left = random.Random(seed), 0, [0, 0]
    for number in range(count):
        child = os.fork()
        if child == 0:
            _save_for_ever((old, new) if number % 2 else (new, old), path)
        time.sleep(draw.uniform(0, LONGEST_LIFE))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"saver {number} ended by itself, with status {status}"
        content = path.read_bytes()
        assert content in whole, f"kill {number} left a file of {len(content)} bytes that is neither the old one nor the new one"
        load(path)
        left[whole.index(content)] += 1
        partial = [other for other in folder.iterdir() if other != path]
        in_the_middle += bool(partial)
        for other in partial:
            assert other.name.endswith(".partial"), f"kill {number} left {other.name}"
            other.unlink()
    return {"kills": count, "in the middle of a save": in_the_middle, "left": left}


def _save_for_ever(pair, path):
    try:
        while True:
            for model in pair:
                save(model, path)
    finally:
        os._exit(1)


def run(count, seed=0):
    """Kill savers in a process of its own, which may fork; return what `kill_savers` does."""
    command = [sys.executable, "-m", "soak.kills", "--count", str(count), "--seed", str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    # On a real disk, where a save takes its time.
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        print(json.dumps(kill_savers(options.count, options.seed, Path(folder))))


if __name__ == "__main__":
    main()
