"""The README's blocks run as they stand, in their order."""

import re
from pathlib import Path

import pytest

from wellfit.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)

NOT_RUN_HERE = {
    "pip install '.[plot]'": "installing is what `make test` has done",
    "pip install '.[course]'": "installing is what `make test` has done",
    "wellfit check": "its checks are tests of their own, and take a while",
}


def test_blocks_were_found():
    kinds = [kind for kind, _ in BLOCKS]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"console": 5, "python": 9, "text": 2}


def test_blocks_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    names = {"__name__": "readme"}
    run = []
    for kind, text in BLOCKS:
        if kind == "python":
            exec(compile(text, "README.md", "exec"), names)
        for line in text.splitlines() if kind == "console" else ():
            command = line.removeprefix("$ ")
            assert command != line, f"a line of a console block that is no command: {line}"
            if command.startswith("make "):
                assert command.split()[1] in targets
            elif command not in NOT_RUN_HERE:
                program, *arguments = command.split()
                assert program == "wellfit"
                assert main(arguments) == 0, capsys.readouterr().err
                run.append(arguments[0])
    assert run == ["fit", "predict", "fit", "reproduce"]
    assert (tmp_path / "predictions.csv").read_text().count("\n") == 70
    said = capsys.readouterr().out
    assert "test accuracy 0.9" in said
    assert "accuracy on rows kept apart 0.9" in said
    assert "of 32 networks the best has l2=" in said


def test_every_command_is_named(capsys):
    main(["--help"])
    commands = re.findall(r"^  ([a-z]+)  ", capsys.readouterr().out.split("Commands:")[1], flags=re.MULTILINE)
    assert len(commands) >= 3
    assert [command for command in commands if f"| `wellfit {command}" not in README] == []


@pytest.mark.parametrize("document", sorted(path.name for path in ROOT.glob("*.md")))
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    headings = {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in text.splitlines() if line.startswith("#")}
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("#"):
            assert link[1:] in headings
        elif not link.startswith("http"):
            assert (ROOT / link).exists()
