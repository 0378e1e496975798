"""Any frame, the whole way to predictions: finite numbers, or one line that says what is wrong with the table."""

import traceback
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, event, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from wellfit import WellfitClassifier, WellfitRegressor
from wellfit.errors import DataWarning, TrainingWarning, WellfitError
from wellfit.store import from_bytes, to_bytes
from wellfit.study.default_network import FIXED

MOST_ROWS = 30


@pytest.fixture(scope="module", autouse=True)
def _tiny_networks():
    """Two members of three units and two epochs: what is tested here is the way, not the destination."""
    tiny = {"hidden": (3,), "fewest_epochs": 1, "most_epochs": 2, "members": 2}
    with pytest.MonkeyPatch.context() as patch:
        for task, settings in FIXED.items():
            patch.setitem(FIXED, task, replace(settings, **tiny))
        yield


# === Frames ===

GAPS = st.sampled_from([None, np.nan, pd.NA, pd.NaT, ""])
NUMBERS = st.one_of(st.floats(), st.integers(-5, 5), st.integers(), st.sampled_from([1e308, -1e308, 5e-324, 2**63, -(10**400), True]))
WORDS = st.one_of(
    st.text(max_size=4), st.sampled_from(["1,234", "5 %", "$7", "0x1", "1e999", "nan", "inf", "true", "No", "2024-02-30", "12:61"])
)
MOMENTS = st.one_of(
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.sampled_from(["2024-05-31", "31/05/2024", "05/31/2024", "03/04/2024", "2024-05-31T10:00+02:00", "23:59"]),
)
STRANGE = st.sampled_from([[], {}, b"x", 1 + 2j, object, ("a",), np.array([1, 2]), float])
CELLS = {
    "numbers": st.one_of(NUMBERS, GAPS),
    "floats": st.floats(allow_nan=True, allow_infinity=False),
    "words": st.one_of(WORDS, GAPS),
    "levels": st.sampled_from(["a", "b", "c", None]),
    "truths": st.sampled_from([True, False, None]),
    "moments": st.one_of(MOMENTS, GAPS),
    "gaps": GAPS,
    "mixed": st.one_of(NUMBERS, WORDS, MOMENTS, GAPS),
    "strange": st.one_of(WORDS, STRANGE),
}
DTYPES = ["category", "string", "Int64", "Float32", "boolean", "datetime64[ns]", "timedelta64[s]", "float16", "uint8", "str"]
NAMES = st.one_of(st.sampled_from(["a", "b", "a", " a", "", "target"]), st.text(max_size=3), st.integers(0, 3))


@st.composite
def columns(draw, rows):
    """A column of one kind of cells, some of them all alike, some in a dtype of their own."""
    cells = CELLS[draw(st.sampled_from(sorted(CELLS)))]
    few = draw(st.lists(cells, min_size=1, max_size=6))
    values = [few[place] for place in draw(st.lists(st.integers(0, len(few) - 1), min_size=rows, max_size=rows))]
    holder = np.empty(rows, dtype=object)
    for place, value in enumerate(values):
        holder[place] = value
    column = pd.Series(holder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            turned = draw(st.sampled_from(["no", "inferred", *DTYPES]))
            return column if turned == "no" else column.infer_objects() if turned == "inferred" else column.astype(turned)
        except Exception:  # noqa: BLE001  (pandas has many ways to say that these values are none of this dtype)
            return column


@st.composite
def frames(draw, rows=None):
    rows = draw(st.integers(0, MOST_ROWS)) if rows is None else rows
    parts = draw(st.lists(columns(rows), min_size=0, max_size=4))
    # Most frames have a column that can be learned from.
    if draw(st.integers(0, 4)):
        parts.append(pd.Series(np.random.default_rng(draw(st.integers(0, 3))).normal(size=rows)))
    frame = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=range(rows))
    frame.columns = draw(st.lists(NAMES, min_size=len(parts), max_size=len(parts)))
    if draw(st.integers(0, 9)) == 0:
        frame.index = draw(st.permutations(range(rows)))
    return frame


@st.composite
def problems(draw):
    """An estimator, a frame, a target, and weights."""
    frame = draw(frames())
    rows = len(frame)
    if draw(st.booleans()):
        labels = draw(st.sampled_from([["no", "yes"], [0, 1, 2], [False, True], [1.5, 2.5], ["only"], ["a", None, "b"], [-1, 1]]))
        y = [labels[place % len(labels)] for place in draw(st.lists(st.integers(0, 5), min_size=rows, max_size=rows))]
        estimator = WellfitClassifier(random_state=0, n_jobs=1)
    else:
        values = st.one_of(st.floats(-1e3, 1e3), st.sampled_from([0.0, 1.0])) if draw(st.integers(0, 3)) else st.one_of(NUMBERS, GAPS)
        y = draw(st.lists(values, min_size=rows, max_size=rows))
        estimator = WellfitRegressor(random_state=0, n_jobs=1)
    weights = None
    if draw(st.integers(0, 3)) == 0:
        weights = draw(st.lists(st.sampled_from([0.0, 1.0, 0.5, 1e300, -1.0, np.nan]), min_size=rows, max_size=rows))
    return estimator, frame, y, weights


def attempted(call):
    """Return what a call gives, or None where it says in one line that it cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        warnings.simplefilter("ignore", TrainingWarning)
        # scikit-learn's, of a frame with names beside one without.
        warnings.filterwarnings("ignore", "X (has|does not have valid) feature names")
        try:
            return call()
        except (WellfitError, ValueError) as error:
            # scikit-learn's own checks of y and sample_weight speak for themselves; any other library's words do not.
            teller = traceback.extract_tb(error.__traceback__)[-1].filename
            if not isinstance(error, WellfitError) and not teller.endswith(("sklearn/utils/validation.py", "sklearn/utils/multiclass.py")):
                raise
            assert str(error)
            # scikit-learn's sentences on the order of columns, which its checks ask for, have lines of their own.
            line = str(error).partition("\nThe feature names should match")[0]
            assert "\n" not in line or not isinstance(error, WellfitError)
            return None


def finite(estimator, frame):
    """Return all that an estimator says of a frame, after a look at it."""
    found = [estimator.predict(frame)]
    if isinstance(estimator, WellfitClassifier):
        found.append(estimator.predict_proba(frame))
        np.testing.assert_allclose(found[1].sum(axis=1), 1.0, rtol=1e-9)
        assert set(found[0].tolist()) <= set(estimator.classes_.tolist())
    for part in found:
        assert len(part) == len(frame)
        assert part.dtype.kind != "f" or np.isfinite(part).all()
    return found


@given(problems(), st.data())
@examples(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])
def test_any_frame_is_predicted_or_refused_in_one_line(problem, data):
    estimator, frame, y, weights = problem
    fitted = attempted(lambda: estimator.fit(frame, y, sample_weight=weights))
    event("fitted" if fitted is not None else "refused")
    if fitted is None:
        return
    found = attempted(lambda: finite(fitted, frame))
    if found is None:
        # A row that was left out of training may hold what no other does, such as a time among dates.
        assert weights is not None or pd.isna(pd.Series(y, dtype=object)).any(), "the table it was trained on cannot be predicted"
        return
    again = from_bytes(to_bytes(fitted))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        assert again.predict(frame).tolist() == found[0].tolist()
    other = data.draw(frames(rows=data.draw(st.integers(0, 4))))
    if frame.columns.is_unique and other.columns.is_unique and data.draw(st.booleans()):
        other = other.reindex(columns=frame.columns)
    attempted(lambda: finite(fitted, other))
