"""The blocks of the README, and of the pages it leads to first, run as they stand, in their order."""

import re
from pathlib import Path

import pytest

from wellfit.cli import main

ROOT = Path(__file__).resolve().parents[1]
NOT_RUN_HERE = {
    "pip install '.[plot]'": "installing is what `make test` has done",
    "pip install '.[course]'": "installing is what `make test` has done",
    "wellfit check": "its checks are tests of their own, and take a while",
}
# Pages that a newcomer follows from top to bottom: their blocks by kind, the commands that run, and what is printed.
PAGES = {
    "README.md": ({"console": 3, "python": 2, "text": 1}, ["fit", "predict"], ["accuracy on rows kept apart 0.9"]),
    "docs/command-line.md": ({"console": 2, "python": 3}, ["fit", "predict", "fit"], []),
    "docs/python.md": ({"python": 7}, [], ["accuracy on rows kept apart 0.9", "test accuracy 0.9", "of 32 networks the best has l2="]),
}


def blocks_of(page):
    return re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_blocks_were_found(page):
    kinds = [kind for kind, _ in blocks_of(page)]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == PAGES[page][0]


@pytest.mark.parametrize("page", PAGES)
def test_blocks_run(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    names = {"__name__": "page"}
    run = []
    for kind, text in blocks_of(page):
        if kind == "python":
            exec(compile(text, page, "exec"), names)
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
    _, commands, printed = PAGES[page]
    assert run == commands
    if "predict" in commands:
        assert (tmp_path / "predictions.csv").read_text().count("\n") == 70
    out = capsys.readouterr().out
    assert [text for text in printed if text not in out] == []


def test_every_command_is_named(capsys):
    main(["--help"])
    commands = re.findall(r"^  ([a-z]+)  ", capsys.readouterr().out.split("Commands:")[1], flags=re.MULTILINE)
    assert len(commands) >= 3
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert [command for command in commands if f"| `wellfit {command}" not in page] == []


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 150


@pytest.mark.parametrize("document", sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]))
def test_links_lead_somewhere(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    headings = {re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in text.splitlines() if line.startswith("#")}
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("#"):
            assert link[1:] in headings
        elif not link.startswith("http"):
            assert ((ROOT / document).parent / link).exists()
