"""What bad input gets: one line that names the column or the parameter, and the remedy."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import wellfit
from wellfit import MLPRegressor, SweepCV, WellfitClassifier, WellfitRegressor
from wellfit.errors import DataError, SpecError

ROWS = 24
TABLE = pd.DataFrame({"size": np.arange(ROWS) / 2.0, "colour": ["red", "blue", "green"] * (ROWS // 3)})
CLASSES = ["yes", "no"] * (ROWS // 2)
NUMBERS = np.arange(ROWS) * 1.5


def refused(said, estimator, table=TABLE, y=CLASSES, **options):
    with pytest.raises((ValueError, TypeError), match=said) as caught:
        estimator.fit(table, y, **options)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"validation_fraction": 0.0}, r"validation_fraction must lie in \(0, 1\), found 0\.0"),
        ({"validation_fraction": "half"}, "validation_fraction must be a number, found 'half'"),
        ({"threshold": "recall"}, r"threshold 'recall' is unknown.*Valid: accuracy, balanced_accuracy, f1, matthews_corrcoef"),
        ({"class_weight": {"maybe": 2.0}}, "class_weight names the class 'maybe'"),
        ({"class_weight": "even"}, "class_weight must be a dict, 'balanced' or None, found 'even'"),
        ({"n_jobs": 0}, "n_jobs must be a whole number other than 0"),
        ({"n_jobs": 1.5}, "n_jobs must be a whole number other than 0"),
    ],
)
def test_parameters(parameters, said):
    assert isinstance(refused(said, WellfitClassifier(**parameters)), SpecError)


def test_a_threshold_is_for_two_classes():
    refused("threshold needs two classes, found 3; set threshold=None", WellfitClassifier(threshold="f1"), y=list("abc") * (ROWS // 3))


@pytest.mark.parametrize(
    ("estimator", "y", "said"),
    [
        (WellfitClassifier, ["yes"] * ROWS, r"y holds only one class \('yes'\); at least two"),
        (WellfitClassifier, [None] * ROWS, r"y has only missing values"),
        (WellfitClassifier, NUMBERS / 7, "Unknown label type: continuous"),
        (WellfitClassifier, np.array(["yes", 1] * (ROWS // 2), dtype=object), "y mixes text and numbers"),
        (WellfitRegressor, CLASSES, "y must hold numbers for a regression, found 'yes'; use WellfitClassifier"),
        (WellfitRegressor, [7.0] * ROWS, "target 'y' holds only 7 in the training rows"),
        (WellfitRegressor, np.where(NUMBERS > 3, np.inf, NUMBERS), "y must be finite, found infinity"),
        (WellfitRegressor, NUMBERS[:-1], "X and y must have the same number of rows, found 24 and 23"),
        (WellfitRegressor, None, "requires y to be passed, but the target y is None"),
    ],
)
def test_targets(estimator, y, said):
    refused(said, estimator(), y=y)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (np.where(np.arange(ROWS) == 3, -1.0, 1.0), "sample_weight must be at least 0, found -1 in row 4"),
        (np.zeros(ROWS), "weights? must .*zero"),
        (np.ones(5), r"sample_weight must have a value for each of the 24 rows, found the shape \(5,\)"),
    ],
)
def test_weights(weights, said):
    refused(said, WellfitClassifier(), sample_weight=weights)


def test_weights_that_leave_one_class():
    refused("y holds only one class", WellfitClassifier(), sample_weight=np.arange(ROWS) % 2)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"size": [np.inf, *range(1, ROWS)]}, "column 'size' holds inf in row 1"),
        ({"size": [[1.0]] * ROWS}, "column 'size' holds a list in row"),
        ({"size": np.arange(ROWS) * 1j}, "column 'size' holds complex numbers"),
        ({"size": [*map(str, range(ROWS - 1)), "lots"]}, "column 'size' holds 'lots' in row 24 where numbers are expected"),
        (
            {"size": [*["2024-05-01", "2024-05-02", "2024-05-03"] * 7, "2024-05-04", "2024-05-05", "2024-02-31"]},
            "column 'size' holds '2024-02-31' in row 24",
        ),
    ],
    ids=["inf", "list", "complex", "stray", "date"],
)
def test_columns(column, said):
    assert isinstance(refused(said, WellfitClassifier(random_state=0), TABLE.assign(**column)), DataError)


def test_sparse_tables():
    refused("sparse input is not supported", WellfitClassifier(), sparse.eye(ROWS).tocsr())


@pytest.mark.parametrize(
    ("eval_set", "said"),
    [
        ((TABLE.rename(columns={"size": "sizes"}), CLASSES), r"eval_set lacks the column 'size' of X \(did you mean 'sizes'\?\)"),
        ((TABLE.assign(more=1), CLASSES), "eval_set has the column 'more', which X lacks; drop it"),
        ((TABLE.to_numpy()[:, :1], CLASSES), r"eval_set must have the 2 columns of X, found shape \(24, 1\)"),
        ((TABLE, ["maybe"] * ROWS), "y of eval_set holds 'maybe', which is not one of the classes of y: 'no', 'yes'"),
        ((TABLE, CLASSES[:3]), "X and y must have the same number of rows, found 24 and 3 in y of eval_set"),
        ((TABLE,), r"eval_set must be a tuple \(X, y\)"),
    ],
)
def test_eval_sets(eval_set, said):
    refused(said, WellfitClassifier(), eval_set=eval_set)


def test_groups():
    refused("groups and eval_set cannot both be given", WellfitClassifier(), groups=CLASSES, eval_set=(TABLE, CLASSES))
    refused("groups must have a value for each row", WellfitClassifier(), groups=CLASSES[:3])
    refused("groups must have a value for each row", WellfitClassifier(), groups=[*CLASSES, 0])
    refused("groups has a missing value in row 1; give each row a group", WellfitClassifier(), groups=[None, *range(1, ROWS)])
    refused("has 1 group, too few to split", WellfitRegressor(), y=NUMBERS, groups=np.zeros(ROWS))


def test_a_threshold_needs_dev_rows_of_both_classes():
    estimator = WellfitClassifier(threshold="f1")
    with pytest.raises(DataError, match="found only one class; give an eval_set with both"):
        estimator.fit(TABLE, CLASSES, eval_set=(TABLE.iloc[::2], CLASSES[::2]))


def test_prediction_from_other_columns():
    model = WellfitRegressor(random_state=0).fit(TABLE, NUMBERS)
    for other, said in (
        (TABLE[["size"]], "missing:\n- colour"),
        (TABLE[["colour", "size"]], "must be in the same order"),
        (TABLE.to_numpy()[:, :1], "X has 1 features, but WellfitRegressor is expecting 2"),
    ):
        with pytest.raises(ValueError, match=said), pytest.warns() if isinstance(other, np.ndarray) else pytest.MonkeyPatch.context():
            model.predict(other)


DAYS = pd.date_range("2024-01-01", periods=ROWS)
MOMENTS = {
    "dates": DAYS,
    "a column of dates": pd.Series(DAYS),
    "dates of a zone": pd.Series(DAYS.tz_localize("UTC")),
    "an array of dates": DAYS.to_numpy(),
    "a list of dates": [day.to_pydatetime() for day in DAYS],
    "periods": pd.Series(DAYS.to_period("D")),
    "dates in text": DAYS.strftime("%d.%m.%Y").tolist(),
    "polars dates": pl.Series(DAYS),
    "spans": pd.Series(pd.to_timedelta(np.arange(ROWS), unit="h")),
}


@pytest.mark.parametrize("case", MOMENTS)
def test_moments_are_no_target_of_a_regression(case):
    y, numbers = MOMENTS[case], TABLE[["size"]].to_numpy()
    who = "^(y( of eval_set)?|target 'y')"
    said = f"{who} holds (dates|spans of time) \\('.*' in row 1\\), and a regression predicts numbers; convert them to numbers, such as "
    refused(said, WellfitRegressor(), y=y)
    refused(said, WellfitRegressor(max_trials=1), y=y)
    refused(said, WellfitRegressor(), y=NUMBERS, eval_set=(TABLE, y))
    refused(said, MLPRegressor(), numbers, y)
    refused(said, SweepCV(MLPRegressor(), {"alpha": [0.1, 1.0]}, cv=2), numbers, y)
    refused(
        said, SweepCV(make_pipeline(StandardScaler(), WellfitRegressor()), {"wellfitregressor__random_state": [0, 1]}, cv=2), numbers, y
    )
    with pytest.raises(DataError, match=said):
        wellfit.search(TABLE, y, max_trials=1)
    line = LinearRegression().fit(numbers, NUMBERS)
    with pytest.raises(DataError, match=r"y_train holds (dates|spans of time)"):
        wellfit.diagnose(line, numbers, y, numbers, y, retrain=False)


@pytest.mark.parametrize("factor", [1e-305, 1e305])
def test_numbers_that_vary_by_more_or_less_than_float64_can_divide_by_are_refused(factor):
    X = np.arange(40.0)[:, None]
    with pytest.raises(DataError, match=r"a standard deviation of .* give it in other units, between 1e-300 and 1e\+300"):
        WellfitRegressor(random_state=0).fit(X, np.sin(X[:, 0]) * factor)
