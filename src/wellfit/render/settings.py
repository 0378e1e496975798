"""Settings within settings, and the versions of what computed, as a table."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import wellfit
from wellfit.render.blocks import Table
from wellfit.render.words import clipped

__all__ = ["settings_table", "versions"]

LIBRARIES = ("numpy", "scipy", "scikit-learn", "numba", "pandas")


def settings_table(caption: str, settings: Mapping[str, Any]) -> Table:
    """Return settings within settings as a folded table, one row a value."""
    return Table(caption, ["setting", "value"], [list(row) for row in _flat(settings)], is_folded=True)


def _flat(settings: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    rows = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{before}{name}: ")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            rows.append((f"{before}{name}", clipped(text, 200)))
    return rows


def versions() -> dict[str, str]:
    """Return versions of what computed, and on what."""
    found = {"wellfit": wellfit.__version__, "Python": platform.python_version()}
    return found | {name: version(name) for name in LIBRARIES} | {"machine": f"{platform.system()}, {platform.machine()}"}
