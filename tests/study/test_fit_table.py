"""The main job as a library function."""

import warnings

import numpy as np
import pandas as pd
import pytest

from wellfit.errors import DataError, SpecError
from wellfit.spec import Data
from wellfit.study.fit_table import Listener, fit_table

QUICK = {"hidden": ((6,),), "l2": (0.1,), "dropout": (0.2,), "epochs": 6, "seeds": 2}


@pytest.fixture(scope="module")
def job(moons_table):
    return fit_table(moons_table(), Data(target="moon"), name="moons", changes=QUICK)


def test_the_way_of_a_table(job):
    assert {part: len(rows) for part, rows in job.split._asdict().items()} == {"train": 90, "dev": 30, "test": 30}
    assert job.target.classes == ("lower", "upper")
    assert job.problem.loss == "binary_cross_entropy"
    assert job.problem.X.shape == (150, 2)
    assert job.networks == job.population.networks == 8
    assert job.test.rows == 30
    assert job.seconds > 0


def test_the_preparation_is_learned_on_the_training_rows(job):
    X = job.problem.X[job.split.train]
    z = X / np.sqrt(1 - (X / 8) ** 2)  # as they were before they were smoothly clipped at 8
    assert np.allclose(z.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(z.std(axis=0), 1, atol=1e-5)


def test_the_model_predicts_what_was_tested(job):
    model = job.model({"why": "chosen on dev"})
    rows = job.split.test
    wrong = model.predict(job.frame.iloc[rows]) != job.frame["moon"].iloc[rows]
    assert job.test.model.estimate == pytest.approx(wrong.mean())
    assert model.about == {"why": "chosen on dev"}
    assert len(model.networks) == 2


def test_it_is_heard_while_it_goes_on(moons_table):
    heard = []

    class Ear(Listener):
        def read(self, name, frame):
            heard.append(("read", name, len(frame)))

        def prepared(self, job):
            heard.append(("prepared", job.networks, job.population))

        def trained(self, done, result):
            heard.append(("trained", done))

    fit_table(moons_table(), Data(target="moon"), name="moons", changes=QUICK, listener=Ear())
    assert heard == [("read", "moons", 150), ("prepared", 8, None), *(("trained", done) for done in range(1, 9))]


def test_three_classes_and_numbers(moons_table):
    table = moons_table()
    table["third"] = np.where(table["x"] > 1, "right", table["moon"])
    three = fit_table(table, Data(target="third"), changes=QUICK)
    assert (three.problem.loss, three.problem.outputs) == ("cross_entropy", 3)
    numbers = fit_table(table, Data(target="y"), changes=QUICK)
    assert numbers.problem.loss == "squared_error"
    assert numbers.problem.metric.spread == pytest.approx(table["y"].iloc[numbers.split.train].std(ddof=0))
    assert numbers.test.r_squared.estimate <= 1


def test_what_is_left_out_is_told_once_and_nothing_else_warns(moons_table):
    table = moons_table().assign(same=1, empty=np.nan)
    table.loc[[3, 4], "moon"] = None
    table.loc[5:40, "x"] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        job = fit_table(table, Data(target="moon"), changes=QUICK)
    assert len(job.warnings) == 3
    assert sum("'same'" in text for text in job.warnings) == 1
    assert sum("'empty'" in text for text in job.warnings) == 1
    assert sum("2 of 150 rows" in text for text in job.warnings) == 1
    assert any("'x'" in note and "median" in note for note in job.notes)
    assert not {3, 4} & {row for part in job.split for row in part}


def test_warnings_of_others_come_through(moons_table, monkeypatch):
    def noisy(*arguments, **options):
        warnings.warn("something of another library", RuntimeWarning, stacklevel=1)
        return moons_table()

    monkeypatch.setattr("wellfit.study.table_job.read_table", noisy)
    with pytest.warns(RuntimeWarning, match="another library"):
        fit_table("moons", Data(target="moon"), changes=QUICK)


def test_groups_stay_together_and_are_no_input(moons_table):
    table = moons_table().assign(patient=np.arange(150) // 5)
    job = fit_table(table, Data(target="moon", group="patient"), changes=QUICK)
    patients = [set(table["patient"].iloc[rows]) for rows in job.split]
    assert not patients[0] & patients[1]
    assert not patients[0] & patients[2]
    assert job.problem.X.shape[1] == 2


def test_the_newest_rows_are_the_test(moons_table):
    table = moons_table().assign(day=pd.date_range("2024-01-01", periods=150)[::-1])
    job = fit_table(table, Data(target="moon", time="day"), changes=QUICK)
    assert table["day"].iloc[job.split.test].min() > table["day"].iloc[job.split.dev].max()


@pytest.mark.parametrize(
    ("data", "changes", "error", "words"),
    [
        ({"target": "mon"}, {}, DataError, "did you mean 'moon'"),
        ({"target": "moon", "group": "patien"}, {}, DataError, "column to group rows by, 'patien' is unknown"),
        ({"target": "moon", "time": "dy"}, {}, DataError, "column to order rows by, 'dy' is unknown"),
        ({"target": "moon", "test_fraction": 0.0}, {}, SpecError, "must be above 0"),
        ({"target": "moon"}, {"dropout": (1.0,)}, SpecError, "dropout must lie in"),
        ({"target": "moon"}, {"seeds": 0}, SpecError, "seeds must be at least 1"),
    ],
)
def test_mistakes(moons_table, data, changes, error, words):
    with pytest.raises(error, match=words):
        fit_table(moons_table(), Data(**data), changes=QUICK | changes)


def test_settings_are_checked_before_the_table_is_read():
    with pytest.raises(SpecError, match="dropout"):
        fit_table("no such file.csv", Data(target="moon"), changes={"dropout": (2.0,)})
