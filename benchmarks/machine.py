"""What the numbers were measured on."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

PACKAGES = ("wellfit", "numpy", "scipy", "scikit-learn", "numba", "torch", "jax", "jaxlib")
ROOT = Path(__file__).resolve().parents[1]


def describe() -> dict[str, Any]:
    """Return the machine, the versions and the load, as JSON can hold them.

    Returns
    -------
    dict
    """
    return {
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": processor(),
        "cores": cores(),
        "caches": caches(),
        "vectors": vectors(),
        "memory_gb": memory_gb(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": versions(),
        "revision": revision(),
    }


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float:
    """Return the mean number of busy processes over the last minute; nan where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def processor() -> str:
    """Return the processor's name."""
    text = _read("/proc/cpuinfo")
    fields = dict(re.findall(r"^(model name|cpu family|model)\s*:\s*(.+)$", text, re.MULTILINE))
    if "model name" in fields:
        return f"{fields['model name']} (family {fields.get('cpu family', '?')}, model {fields.get('model', '?')})"
    return platform.processor() or platform.machine()


def caches() -> str:
    """Return the sizes of the first core's caches."""
    found = []
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind = {"Data": "d", "Instruction": "i"}.get(_read(folder / "type"), "")
        found.append(f"L{_read(folder / 'level')}{kind} {_read(folder / 'size')}")
    return ", ".join(found) or "caches unknown"


def vectors() -> str:
    """Return the widest vector instructions that the processor names."""
    flags = set(_read("/proc/cpuinfo").split())
    return next(
        (label for flag, label in (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("asimd", "NEON")) if flag in flags), platform.machine()
    )


def memory_gb() -> float:
    """Return the size of the memory in 10^9 bytes; nan where the system does not say."""
    match = re.search(r"MemTotal:\s*(\d+) kB", _read("/proc/meminfo"))
    return int(match[1]) * 1024 / 1e9 if match else float("nan")


def versions() -> dict[str, str]:
    """Return the version of each package that takes part and is installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def revision() -> str:
    """Return the checkout's commit, with a mark if files were changed since; ``unknown`` outside a checkout."""
    try:
        asked = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return asked.stdout.strip()


def _read(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
