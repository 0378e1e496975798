"""The whole visit: what is said, in which forms, and what cannot stop it."""

import dataclasses
import json

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.tree import DecisionTreeClassifier

import wellfit
from wellfit import plots
from wellfit.diagnosis import diagnosis as visit
from wellfit.diagnosis.finding import NotApplicable
from wellfit.diagnosis.subject import Subject
from wellfit.errors import DataError, OutputError, SpecError
from wellfit.render.words import capital
from wellfit.spec import Network, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.task import Task


@pytest.fixture(scope="module")
def whole(classes, network):
    """A diagnosis with all that it can have, in little time."""
    events = []
    return wellfit.diagnose(network, *classes, time_budget=8.0, callback=events.append), events


@pytest.fixture(scope="module")
def quick(classes):
    """A diagnosis of a model that is known by its predictions alone."""
    return wellfit.diagnose(DecisionTreeClassifier(random_state=0).fit(*classes[:2]), *classes, retrain=False)


def test_all_stages_are_passed_and_reported(whole):
    diagnosis, events = whole
    stages = ["bias and variance", "health checks", "more data", "next step"]
    assert list(dict.fromkeys((event.stage, event.done, event.total) for event in events)) == [
        (*pair[::-1], 4) for pair in enumerate(stages)
    ]
    assert len({finding.name for finding in diagnosis.findings}) == len(visit.CHECKS) + len(visit.TRAINING_CHECKS)
    assert (diagnosis.more_data is None) == ("more data" in diagnosis.left_out)
    assert (diagnosis.next_step is None) == ("next step" in diagnosis.left_out)
    assert diagnosis.bias is not None
    assert diagnosis.reference[0] == diagnosis.verdict.reference.name


def test_text_says_what_the_numbers_say(whole):
    diagnosis, _ = whole
    text = " ".join(str(diagnosis).split())
    metric = diagnosis.subject.metric
    assert text.startswith(f"Diagnosis of MLPClassifier {capital(diagnosis.sentence)}")
    for interval in (diagnosis.verdict.train, diagnosis.verdict.dev):
        assert f"{metric.show(interval.estimate)} (95 %: {metric.range(interval)}; " in text
    for finding in diagnosis.findings:
        assert finding.title in text
    for fault in diagnosis.faults:
        assert " ".join(fault.remedy.split())[1:-1] in text
    assert max(map(len, str(diagnosis).splitlines())) <= 100


def test_json_holds_all_and_only_finite_numbers(whole, quick):
    for diagnosis in (whole[0], quick):
        found = json.loads(diagnosis.to_json())
        assert found == json.loads(json.dumps(diagnosis.to_dict(), allow_nan=False))
        assert found["verdict"]["word"] == diagnosis.verdict.word
        assert found["variance"]["estimate"] == pytest.approx(found["dev_error"]["estimate"] - found["train_error"]["estimate"])
        assert len(found["findings"]) == len(diagnosis.findings)
        assert found["rows"] == {"train": 240, "dev": 120}
    assert (found["more_data"], found["next_step"], found["seeds"]) == (None, None, None)


def test_names_are_escaped_in_html(classes):
    X_train, y_train, X_dev, y_dev = classes
    model = DummyClassifier().fit(X_train, y_train)
    diagnosis = wellfit.diagnose(model, X_train, y_train, X_dev, y_dev, retrain=False, name="<script>alert(1)</script>")
    page = diagnosis._repr_html_()
    assert "<script" not in page
    assert "Diagnosis of &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Underfits: " in page


@pytest.mark.skipif(not plots.is_available(), reason="matplotlib is not installed")
def test_pictures_are_drawn_of_what_there_is(whole, quick):
    figures = whole[0].figures()
    wanted = {"Bias and variance", "Cost while training", "Gradients while training", "Are probabilities right?"}
    assert wanted <= set(figures)
    assert ("Would more data help?" in figures) == (whole[0].more_data is not None)
    assert all(plots.to_png(display.figure_).startswith(b"\x89PNG") for display in figures.values())
    assert "Cost while training" not in quick.figures()


def test_the_report_is_one_file(quick, tmp_path, monkeypatch):
    monkeypatch.setattr("wellfit.plots.is_available", lambda: False)
    quick.report(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.lower().startswith("<!doctype html>")
    assert "DecisionTreeClassifier" in page
    with pytest.raises(OutputError):
        quick.report(tmp_path / "nowhere" / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_without_matplotlib_there_are_no_pictures(quick, monkeypatch):
    monkeypatch.setattr("wellfit.plots.is_available", lambda: False)
    assert quick.figures() == {}


def test_without_retraining_nothing_is_trained(classes, network, monkeypatch):
    def trained(*arguments, **options):
        raise AssertionError("something was trained")

    for where in ("seeds", "retraining"):
        monkeypatch.setattr(f"wellfit.diagnosis.{where}.fit_many", trained)
    diagnosis = wellfit.diagnose(network, *classes, retrain=False)
    assert set(diagnosis.left_out) == {"more data", "next step"}
    assert diagnosis.seeds is None


# === Checks ===


def test_a_check_that_fails_has_a_row_of_its_own(classes, monkeypatch):
    def check_broken_thing(subject):
        raise ZeroDivisionError("by nothing\nat all")

    def check_nothing_there(subject):
        raise NotApplicable("there is nothing to look at")

    def check_warning(subject):
        np.log(np.zeros(1) - 1)
        raise NotApplicable(f"seen {type(subject) is Subject}")

    monkeypatch.setattr(visit, "CHECKS", (check_broken_thing, check_nothing_there, check_warning))
    diagnosis = wellfit.diagnose(DummyClassifier().fit(*classes[:2]), *classes, retrain=False)
    rows = {finding.name: (finding.status, finding.evidence) for finding in diagnosis.findings}
    assert rows == {
        "broken_thing": ("not run", "the check failed: ZeroDivisionError: by nothing"),
        "nothing_there": ("not run", "there is nothing to look at"),
        "warning": ("not run", "seen True"),
    }
    assert "not checked: Broken thing: The check failed" in str(diagnosis)


def test_a_look_ahead_that_fails_says_so(classes, network, monkeypatch):
    def broken(*arguments, **options):
        raise ZeroDivisionError

    def impossible(*arguments, **options):
        raise NotApplicable("there are too few rows")

    monkeypatch.setattr(visit, "forecast", broken)
    monkeypatch.setattr(visit, "find_next_step", impossible)
    monkeypatch.setattr(visit, "TRAINING_CHECKS", ())
    diagnosis = wellfit.diagnose(network, *classes, 0.1)
    assert diagnosis.left_out == {
        "more data": "failed: ZeroDivisionError: no message.",
        "next step": "not estimated: there are too few rows.",
    }
    assert "next step: not estimated: there are too few rows." in str(diagnosis)


def test_a_stop_ends_it_soon_with_what_is_there(numbers):
    spec = Spec(Network(4, (6,)), Training(loss="squared_error", epochs=3, patience=None))
    result = fit_network(Task(spec, make_data(*numbers[:2], "float32")))
    endless = spec.replace(training=spec.training.replace(epochs=10**7))
    diagnosis = wellfit.diagnose(dataclasses.replace(result, spec=endless), *numbers, 10.0, time_budget=1000.0, callback=lambda event: True)
    assert diagnosis.verdict.train.estimate > 0
    assert diagnosis.seeds is None
    assert set(diagnosis.left_out) == {"more data", "next step"}


# === Mistakes ===


def test_mistakes_come_before_any_work(classes, network):
    X_train, y_train, X_dev, y_dev = classes
    with pytest.raises(SpecError, match="time_budget must lie in"):
        wellfit.diagnose(network, *classes, time_budget=0)
    with pytest.raises(SpecError, match="target error must be a share"):
        wellfit.diagnose(network, *classes, target_error=2.0)
    with pytest.raises(DataError, match="is not fitted"):
        wellfit.diagnose(wellfit.MLPClassifier(), *classes)
    with pytest.raises(DataError, match="X_dev must have the 5 columns"):
        wellfit.diagnose(network, X_train, y_train, X_dev[:, :2], y_dev)


def test_what_a_model_predicts_is_told_where_it_does_not_say_so(classes):
    class Model:
        def predict(self, X):
            return np.zeros(len(X), dtype=int)

    X, _, X_dev, _ = classes
    y, y_dev = np.arange(len(X)) % 2, np.arange(len(X_dev)) % 2
    words = "predictions are taken as classes, as in y_train; a scikit-learn classifier or regressor would settle it"
    assert words in " ".join(str(wellfit.diagnose(Model(), X, y, X_dev, y_dev, retrain=False)).split())
    told = wellfit.diagnose(DummyClassifier().fit(X, y), X, y, X_dev, y_dev, retrain=False)
    assert "are taken as" not in str(told)
