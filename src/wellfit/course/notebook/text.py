"""A notebook's text: lines that cannot run here, printed output, and the data and test cases that it needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

__all__ = ["needed_cases", "needed_files", "printed", "skip_lines"]

# === Lines that are not run ===

SHELL = re.compile(r"^(\s*)(\w[\w, ]*=\s*)?!\s*[^=\s].*")
MAGIC = re.compile(
    r"^(\s*)%(?:matplotlib|cd|pip|conda|mamba|tensorflow_version|env|sx|system|load_ext(?!\s+(?:autoreload|wellfit\.course)\b)|reload_ext)\b.*"
)
COLAB = re.compile(
    r"^(\s*)(?:from\s+google\.colab\b|import\s+google\.colab\b|drive\.mount\(|(?:\w+\s*=\s*)?files\.upload\(|os\.chdir\(\s*r?['\"](?:/|~|[A-Za-z]:)"
    r"|get_ipython\(\)\.(?:system|getoutput)\().*"
)
CELL_MAGIC = re.compile(r"^%%(?:!|(?:bash|sh|script|system|sx|cmd|perl|ruby|javascript|js|html|latex|svg|markdown)\b)")


def skip_lines(source: str) -> tuple[str, list[str]]:
    """Return a cell's code without its shell, Colab and set-up lines, and these lines.

    They install, copy and mount what is in place here already, or change to a folder of another machine. A ``pass`` replaces each, so that
    a block around it stays valid.
    """
    if CELL_MAGIC.match(source.lstrip()):
        return "pass", [source.strip().splitlines()[0]]
    kept: list[str] = []
    skipped: list[str] = []
    continued = False
    for line in source.split("\n"):
        if continued:
            kept.append("")
            skipped[-1] += " " + line.strip().rstrip("\\").rstrip()
        elif found := SHELL.match(line):
            # names = !ls: the name is used later, if only for its length
            kept.append(f"{found[1]}{found[2]}[]" if found[2] else f"{found[1]}pass")
        elif found := MAGIC.match(line) or COLAB.match(line):
            kept.append(f"{found[1]}pass")
        else:
            kept.append(line)
            continue
        if not continued:
            skipped.append(line.strip().rstrip("\\").rstrip())
        continued = line.rstrip().endswith("\\")
    return "\n".join(kept), skipped


# === What a cell printed ===

ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# What changes at every run: objects at addresses, figures of some size, times.
PASSING = re.compile(r"<[^<>\n]*>|\b0x[0-9a-fA-F]+\b")
TIMES = re.compile(r"^.*\b(?:wall time|cpu times|elapsed|per loop|time|took|seconds)\b.*$", re.IGNORECASE | re.MULTILINE)


def printed(outputs: Iterable[Any]) -> str:
    """Return what a cell printed or returned as text, without warnings, pictures, and what changes at every run."""
    parts: list[str] = []
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream" and output.get("name", "stdout") == "stdout":
            parts.append(_text(output.get("text", "")))
        elif kind in ("execute_result", "display_data") and "image/png" not in output.get("data", {}):
            parts.append(_text(output.get("data", {}).get("text/plain", "")) + "\n")
    text = ESCAPES.sub("", "".join(parts))
    return TIMES.sub("", PASSING.sub("", text))


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


# === What a notebook needs ===

FOOTBALL_IS_READ = re.compile(r"load_2D_dataset|data\.mat\b")
CATS_ARE_READ = re.compile(r"catvnoncat|load_cat_dataset|\breg_utils\b[^\n]*\bload_dataset\b")

ADAM_CASE = "update_parameters_with_adam_test_case"
# The first weight after a step of gradient descent, where W2 of the case has two columns.
STEP_OF_2022 = "1.63312395"


def needed_files(code: str) -> dict[str, bool]:
    """Return whether some code reads ``football`` and ``cats``."""
    return {"football": bool(FOOTBALL_IS_READ.search(code)), "cats": bool(CATS_ARE_READ.search(code))}


def needed_cases(codes: Iterable[str], text: str) -> str:
    """Return the form of the test cases that a notebook was written for, ``"2017"`` or ``"2022"``.

    It shows in how the code unpacks Adam's case, and in the numbers in the notebook's text and output.
    """
    if STEP_OF_2022 in text:
        return "2022"
    for code in codes:
        if ADAM_CASE in code and _names_before_adam_case(code) > 4:
            return "2022"
    return "2017"


def _names_before_adam_case(code: str) -> int:
    """Return into how many names a cell unpacks Adam's case; 0 if it does not, or is not Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Call):
            called = node.value.func
            if ADAM_CASE in (getattr(called, "id", ""), getattr(called, "attr", "")):
                return len(node.targets[0].elts)
    return 0
