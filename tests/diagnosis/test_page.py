"""The report of a diagnosis: its numbers, its findings, and that names stay text."""

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import wellfit
from wellfit.diagnosis.diagnosis import diagnose
from wellfit.diagnosis.finding import Finding
from wellfit.render.as_html import to_file


def page_of(diagnosis):
    return to_file(diagnosis.blocks(whole=True))


def parts(names):
    draw = np.random.default_rng(0)
    X = pd.DataFrame(draw.normal(size=(300, 2)), columns=names)
    y = np.where(X.iloc[:, 0] + 0.5 * draw.normal(size=300) > 0, "<b>yes", "no")
    return X[:200], y[:200], X[200:], y[200:]


@pytest.fixture(scope="module")
def tree(evil):
    X, y, X_dev, y_dev = parts([evil, "plain"])
    return diagnose(DecisionTreeClassifier(random_state=0).fit(X, y), X, y, X_dev, y_dev, retrain=False, name=f"tree {evil}")


def with_findings(diagnosis, evil):
    found = (
        Finding("one", f"One {evil}", "fault", "63 % of its units are 0.", {}, "more than 40 %", "lower the rate", "Glorot 2010", 0.9),
        Finding("two", "Two", "fine", "all is well"),
        Finding("three", "Three", "not run", "no network"),
    )
    return dataclasses.replace(diagnosis, findings=found)


def test_names_stay_text_and_nothing_is_fetched(tree, see, evil):
    page = page_of(with_findings(tree, evil))
    seen = see(page)
    seen.check_stands_alone()
    assert " ".join(evil.split()) in seen.text
    assert len(page) < 3_000_000
    assert len(seen.named("img")) >= 1


def test_the_numbers_and_the_verdict(tree, see):
    text = see(page_of(tree)).text
    metric, verdict = tree.subject.metric, tree.verdict
    assert tree.verdict.word == "overfits"
    assert tree.sentence.split(":", 1)[1] in text
    for interval in (verdict.train, verdict.dev, verdict.reference.error):
        assert metric.show(interval.estimate).removesuffix(" %") in text
        assert metric.range(interval) in text
    for difference in (verdict.bias, verdict.gap):
        assert metric.show_difference(abs(difference.estimate)) in text
        assert metric.range(difference, sign=True) in text
    assert verdict.reference.name in text


def test_a_fault_has_evidence_remedy_threshold_and_source(tree, see, evil):
    text = see(page_of(with_findings(tree, evil))).text
    assert "63 % of its units are 0. What to do: lower the rate." in text
    assert "Counts as a fault: more than 40 %. Glorot 2010." in text
    assert "All 3 checks" in text
    whole = dataclasses.replace(tree, findings=(Finding("two", "Two", "fine", "all is well"),))
    assert "Nothing, according to 1 check." in see(page_of(whole)).text


def test_a_network_shows_how_it_was_trained(see, tmp_path):
    X, y, X_dev, y_dev = parts(["a", "b"])
    model = wellfit.MLPClassifier((8,), alpha=20, solver="lbfgs", max_iter=2000, random_state=0).fit(X.to_numpy(), y)
    diagnosis = diagnose(model, X.to_numpy(), y, X_dev.to_numpy(), y_dev, retrain=False)
    diagnosis.report(tmp_path / "report.html")
    seen = see((tmp_path / "report.html").read_text())
    seen.check_stands_alone()
    assert "Cost while training" in seen.text
    assert "Are probabilities right?" in seen.text


def test_a_model_of_a_whole_table_says_which_columns_it_needs(see, evil):
    X, y, X_dev, y_dev = parts([evil, "plain"])
    model = wellfit.WellfitClassifier(random_state=0).fit(X, y)
    diagnosis = diagnose(model, X, y, X_dev, y_dev, retrain=False)
    told = see(page_of(diagnosis)).text.split("Which columns matter")[-1]
    assert told.index(" ".join(evil.split())) < told.index("plain")
    tree_alone = diagnose(DecisionTreeClassifier(random_state=0).fit(X, y), X, y, X_dev, y_dev, retrain=False)
    assert "Which columns matter" not in see(page_of(tree_alone)).text


FIGURE = r"-?[\d.,]+(?: %)?"


@pytest.mark.parametrize("is_number", [False, True])
def test_one_number_for_one_thing(is_number, see):
    """A model's error in a card, in the table of models and in a sentence; where folds disagree it is nobody's own."""
    names = set()
    for seed, noise in enumerate((0.1, 2.0, 2.0, 2.0, 5.0)):
        draw = np.random.default_rng(seed)
        X = draw.normal(size=(120, 3))
        y = X[:, 0] + noise * draw.normal(size=120)
        y, model = (y, DecisionTreeRegressor(random_state=0)) if is_number else (y > 0, DecisionTreeClassifier(random_state=0))
        found = diagnose(model.fit(X[:60], y[:60]), X[:60], y[:60], X[60:], y[60:])
        page, text = page_of(found), str(found).replace("\n", " ")
        cells = re.findall(rf"<t[dh][^>]*>([^<]+)</t[dh]>\s*<td[^>]*>({FIGURE})</td>", page)
        cards = re.findall(rf'<dt>([^<]+)</dt><dd class="value [^"]*">({FIGURE})</dd>', page)
        reached = re.findall(rf"what ([^<]+?) reaches(?: \([^)]+\))?,\s+({FIGURE})", text)
        values = {}
        for label, value in [*cells, *cards, *reached]:
            values.setdefault(label.removeprefix("from ").removesuffix(", which bias is measured from"), set()).add(value)
        assert {"the mean" if is_number else "the majority class", found.verdict.reference.words} <= set(values)
        assert {label: shown for label, shown in values.items() if len(shown) > 1} == {}
        disagree = "the other folds chose the simple model" in see(page).text
        assert (found.reference[0] == "the best simple model") is disagree
        names.add(found.reference[0])
    assert "the best simple model" in names
    assert len(names) > 1
