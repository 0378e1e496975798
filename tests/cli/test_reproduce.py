"""``wellfit reproduce``: what it prints, what it writes, and how it ends."""

import pytest


def test_a_source_from_end_to_end(wellfit, folder):
    answer = wellfit("reproduce", "gradients", "--out", "page.html")
    assert answer.code == 0, answer.err
    assert "gradient_check_n, two faults planted" in answer.out
    assert "0.2850931567" in answer.out
    assert "7 published numbers" in answer.out
    page = (folder / "page.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "gradient_check(3, 4)" in page


def test_one_object(wellfit, folder):
    answer = wellfit("reproduce", "gradients", "--json")
    assert answer.code == 0
    assert answer.object["numbers"] == 7
    assert answer.object["sources"][0]["tables"][0]["rows"][0]["numbers"][0]["verdict"] == "exact"
    assert [path.name for path in folder.glob("*.html")] == []


def test_a_narrow_terminal_gets_whole_numbers(wellfit, folder, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    answer = wellfit("reproduce", "gradients")
    assert answer.code == 0
    assert "published 7.814075313343006e-11" in answer.out


def test_what_differs_ends_with_one(wellfit, folder, monkeypatch):
    from wellfit.course.published import cases

    monkeypatch.setitem(cases.UNITS, "gradient check 1-D of (3, 4)", "1.5")
    answer = wellfit("reproduce", "gradients")
    assert answer.code == 1
    assert "does not reproduce, because" in " ".join(answer.out.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "source 'nothing' is unknown"),
        (["init", "--seeds", "1"], "seeds must be at least 2"),
        (["init", "--data", "nowhere"], "data.mat is not in nowhere"),
        (["gradients", "--out", "."], "it is a folder"),
        (["gradients", "--out", "no/page.html"], "there is no folder"),
        (["gradients", "--seeds", "many"], "--seeds"),
    ],
)
def test_mistakes(wellfit, folder, arguments, words):
    before = sorted(folder.iterdir())
    answer = wellfit("reproduce", *arguments)
    assert answer.code == 2
    assert words in answer.err
    assert answer.err.count("\n") == 1
    assert answer.out == ""
    assert sorted(folder.iterdir()) == before
