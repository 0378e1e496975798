"""The report of the estimators for whole tables."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from wellfit import WellfitClassifier, WellfitRegressor
from wellfit.errors import DataError, DataWarning, OutputError
from wellfit.estimators.model_page import measured_page
from wellfit.judge.importance import column_importances
from wellfit.judge.metric import Metric
from wellfit.render.as_html import to_file


@pytest.fixture(scope="module")
def table(evil):
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({evil: draw.normal(size=300), "town": draw.choice(["<b>", "there"], 300), "noise": draw.normal(size=300)})
    label = np.where(frame[evil] + 0.3 * draw.normal(size=300) > 0, "<i>yes", "no")
    return frame, label


@pytest.fixture(scope="module")
def classifier(table):
    frame, label = table
    return WellfitClassifier(threshold="f1", random_state=0).fit(frame[:200], label[:200])


def test_on_rows_that_are_given(table, classifier, see, evil, tmp_path):
    frame, label = table
    classifier.report(tmp_path / "report.html", frame[200:], label[200:])
    page = (tmp_path / "report.html").read_text()
    seen = see(page)
    seen.check_stands_alone()
    assert " ".join(evil.split()) in seen.text
    assert len(seen.named("img")) == 2
    assert len(page) < 3_000_000
    # By the model's own threshold.
    error = 1 - classifier.score(frame[200:], label[200:])
    assert f"{100 * error:.1f} %" in seen.text.split("given for this report")[1][:40]
    X = classifier.model_.preparation.transform(frame[200:]).X
    Y = (label[200:] == "no").astype(float)[:, np.newaxis]
    assert classifier.classes_.tolist() == ["<i>yes", "no"]
    first = column_importances(classifier.model_, X, Y, Metric("classification"))[0]
    assert Metric("classification").range(first.rise, sign=True) in seen.text


def test_networks_that_differ_are_listed_with_their_weights(table, classifier, see):
    model = classifier.model_
    spec = model.networks[1].spec
    other = spec.replace(training=spec.training.replace(l2=0.75, dropout=(0.25, 0.125)))
    networks = (model.networks[0], dataclasses.replace(model.networks[1], spec=other), *model.networks[2:])
    weighted = dataclasses.replace(model, networks=networks, weights=(0.1, 0.6, 0.1, 0.15, 0.05))
    text = see(to_file(measured_page(weighted, "WellfitClassifier", classifier.histories_))).text
    assert "The weight of each network in the average" in text
    assert " ".join(text.split("The weight of each network")[1].split()).count("%") == 5
    for cell in ("60.0 %", "0.75", "0.25-0.125", "5.0 %"):
        assert cell in text
    assert "The weight of each network" not in see(to_file(measured_page(model, "WellfitClassifier", classifier.histories_))).text


def test_without_rows_it_says_what_was_fitted(classifier, see, tmp_path):
    classifier.report(str(tmp_path / "report.html"))
    text = see((tmp_path / "report.html").read_text()).text
    assert "Which columns matter" not in text
    assert "5 networks on 3 columns, averaged" in text
    assert "WellfitClassifier" in text
    assert f"{classifier.temperature_:.3g}" in text
    assert "wellfit.save(model" in text


def test_a_regressor_reports_in_the_targets_units(table, see, evil, tmp_path):
    frame, _ = table
    price = 1000 * frame[evil].to_numpy()
    model = WellfitRegressor(random_state=0).fit(frame[:200], price[:200])
    with pytest.warns(DataWarning, match="y has missing values in 1 of 100 rows"):
        model.report(tmp_path / "report.html", frame[200:], [None, *price[201:]])
    text = see((tmp_path / "report.html").read_text()).text
    rmse = np.sqrt(np.mean((model.predict(frame[201:]) - price[201:]) ** 2))
    assert f"On the 99 rows given for this report: {rmse:.1f}" in text


def test_what_cannot_be_reported(table, classifier, tmp_path):
    frame, label = table
    with pytest.raises(NotFittedError):
        WellfitClassifier().report(tmp_path / "r.html")
    with pytest.raises(DataError, match="give both, or neither"):
        classifier.report(tmp_path / "r.html", frame)
    with pytest.raises(DataError, match="not one of the classes of y"):
        classifier.report(tmp_path / "r.html", frame, np.where(label == "no", "maybe", "no"))
    with pytest.raises(OutputError, match="cannot write"):
        classifier.report(tmp_path / "nowhere" / "r.html")
    assert list(tmp_path.iterdir()) == []
