"""Broken files are loaded, thousands a minute, in a process of their own: each gives one clear line, or a model that predicts.

Whatever else happens (another exception, a crash, a hang, more memory than allowed, code that runs) ends the process, and is told
with the number of the file: ``python -m soak.files --first NUMBER --count 1`` does it again.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import numpy as np

from soak.mutations import mutated
from wellfit.errors import ModelFileError, WellfitError
from wellfit.store import FittedModel, from_bytes, load, to_bytes
from wellfit.table.read import read_table

ROOT = Path(__file__).resolve().parents[1]
# Where files cost no disk, if there is such a place.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
GOLDEN = sorted((ROOT / "tests" / "golden").glob("format_*/*.safetensors"))
# Beyond what the process has when it begins; the largest broken file has some MB.
MOST_MEMORY = 1 << 30
LONGEST_SECONDS = 20
LONGEST_MESSAGE = 1000
# What Python reports when code comes in or goes out; "import" and "exec" would be code from a file.
FORBIDDEN = {
    *("exec", "compile", "import", "marshal.loads", "pickle.find_class", "code.__new__", "ctypes.dlopen"),
    *("os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "socket.__new__", "socket.connect"),
}


class Judge:
    """Loads broken files and says whether what comes out may come out."""

    def __init__(self, originals, tables, folder):
        self.path = folder / "model.safetensors"
        self.tables, self.right = tables, []
        for content, table in zip(originals, tables, strict=True):
            self.path.write_bytes(content)
            model = load(self.path)
            self.right.append(_said(model, table))
            to_bytes(model)
        self.loading = False
        sys.addaudithook(self._listen)

    def _listen(self, event, arguments):
        if self.loading and event in FORBIDDEN:
            raise AssertionError(f"loading does what is forbidden: {event} {arguments!r:.200}")

    def __call__(self, mutation):
        """Return whether the file loaded; raise AssertionError if anything is not as it should be."""
        self.path.write_bytes(mutation.content)
        begun = time.perf_counter()
        self.loading = True
        try:
            model = load(self.path)
        except ModelFileError as error:
            line = str(error)
            assert str(self.path) in line, line
            assert "\n" not in line, line
            assert len(line) < LONGEST_MESSAGE + len(str(self.path)), f"{len(line)} characters: {line[:300]}"
            return False
        finally:
            self.loading = False
            assert time.perf_counter() - begun < LONGEST_SECONDS, "loading takes too long"
        said = _said(model, self.tables[mutation.origin])
        if not mutation.forged:
            assert said == self.right[mutation.origin], "a damaged file predicts otherwise"
        assert _said(from_bytes(to_bytes(model)), self.tables[mutation.origin]) == said, "saved anew it predicts otherwise"
        return True


def _said(model, table):
    """Return what a model says of a table, to the last bit; or its one line if it cannot be used."""
    try:
        found = model.apply(table if isinstance(model, FittedModel) else np.zeros((3, model.network.spec.network.inputs)))
    except WellfitError as error:
        assert "\n" not in str(error), str(error)
        return str(error)
    values = [found.values] if found.probabilities is None else [found.values, found.probabilities]
    for part in values:
        assert part.dtype.kind != "f" or np.isfinite(part).all(), "a prediction is not finite"
    if found.probabilities is not None:
        assert (found.probabilities >= 0).all() and (found.probabilities <= 1).all(), "a probability is none"
    return [(str(part.dtype), part.shape, part.tolist()) for part in values]


def originals():
    """Return contents of whole files, and a table for each."""
    tables = {folder: read_table(folder / "table.csv") for folder in {path.parent for path in GOLDEN}}
    return [path.read_bytes() for path in GOLDEN], [tables[path.parent] for path in GOLDEN]


def try_files(first, count, seconds, seed, progress=None):
    """Try files until their number or the time is used up; return how many were tried and how many loaded."""
    contents, tables = originals()
    tried = loaded = 0
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        judge = Judge(contents, tables, Path(folder))
        _limit_memory()
        until = time.monotonic() + seconds
        for number in range(first, first + count):
            if time.monotonic() > until:
                break
            if progress is not None:
                os.pwrite(progress, b"%20d" % number, 0)
            mutation = mutated(contents, number, seed)
            try:
                loaded += judge(mutation)
            except BaseException:
                print(f"file {number} (seed {seed}), {mutation.name}:", file=sys.stderr)
                raise
            tried += 1
    return tried, loaded


def _limit_memory():
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + MOST_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


# === From outside ===


def run(count, seconds, first=0, seed=0):
    """Try files in a process of its own; return how many were tried and how many loaded, raise if one was not coped with."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        progress = Path(folder) / "number"
        command = [sys.executable, "-m", "soak.files", "--progress", str(progress)]
        for name, value in (("first", first), ("count", count), ("seconds", seconds), ("seed", seed)):
            command += [f"--{name}", str(value)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        hung = threading.Event()
        watch = threading.Thread(target=_watch, args=(process, progress, hung), daemon=True)
        watch.start()
        out, err = process.communicate()
        watch.join()
        if process.returncode != 0:
            number = progress.read_text().strip() if progress.exists() else "none yet"
            why = "hung" if hung.is_set() else f"ended with code {process.returncode}"
            raise AssertionError(f"the process {why} at file {number} (seed {seed}):\n{err[-3000:]}")
    answer = json.loads(out)
    return answer["tried"], answer["loaded"]


def _watch(process, progress, hung):
    """Kill a process that stays with one file."""
    last, since = "", time.monotonic()
    while process.poll() is None:
        time.sleep(0.2)
        now = progress.read_text() if progress.exists() else ""
        if now != last or not now:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > 2 * LONGEST_SECONDS:
            hung.set()
            process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--progress", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("error")
    progress = None if options.progress is None else os.open(options.progress, os.O_WRONLY | os.O_CREAT)
    tried, loaded = try_files(options.first, options.count, options.seconds, options.seed, progress)
    print(json.dumps({"tried": tried, "loaded": loaded}))


if __name__ == "__main__":
    main()
