"""`wellfit.report` writes the page of whatever has one."""

import numpy as np
import pandas as pd
import pytest

import wellfit
from wellfit.errors import DataError, SpecTypeError

DRAW = np.random.default_rng(0)
TABLE = pd.DataFrame({"size": DRAW.normal(size=120), "town": DRAW.choice(["here", "there"], 120)})
LABEL = np.where(TABLE["size"] + 0.3 * DRAW.normal(size=120) > 0, "yes", "no")
ROWS = TABLE[80:], LABEL[80:]


@pytest.fixture(scope="module")
def study():
    return wellfit.search(TABLE, LABEL, max_trials=2, n_jobs=1)


@pytest.fixture(scope="module")
def classifier():
    return wellfit.WellfitClassifier(max_trials=1, random_state=0, n_jobs=1).fit(TABLE[:80], LABEL[:80])


@pytest.fixture(scope="module")
def diagnosis(classifier):
    return wellfit.diagnose(classifier, TABLE[:80], LABEL[:80], *ROWS, retrain=False)


@pytest.mark.parametrize(("name", "rows"), [("study", ()), ("diagnosis", ()), ("classifier", ()), ("classifier", ROWS)])
def test_it_writes_what_the_thing_itself_writes(name, rows, request, tmp_path):
    thing = request.getfixturevalue(name)
    wellfit.report(thing, tmp_path / "one.html", *rows)
    thing.report(tmp_path / "two.html", *rows)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes() != b""


@pytest.mark.parametrize("rows", [(), ROWS])
def test_a_loaded_model_has_the_page_of_its_estimator_but_for_the_training(classifier, rows, see, tmp_path):
    wellfit.save(classifier, tmp_path / "model.safetensors")
    model = wellfit.load(tmp_path)
    wellfit.report(model, tmp_path / "model.html", *rows)
    wellfit.report(classifier, tmp_path / "estimator.html", *rows)
    pages = [see((tmp_path / name).read_text()) for name in ("model.html", "estimator.html")]
    pages[0].check_stands_alone()
    assert "trained for" in pages[1].text
    assert "trained for" not in pages[0].text
    errors = [page.text.partition("On the 40 rows given")[2].partition(".")[0] for page in pages]
    assert errors[0] == errors[1]
    assert bool(errors[0]) == bool(rows)


def test_rows_without_a_target_are_left_out(study, see, tmp_path):
    wellfit.report(study.model, tmp_path / "model.html", ROWS[0], [None, *ROWS[1][1:]])
    assert "On the 39 rows given" in see((tmp_path / "model.html").read_text()).text


def test_what_has_no_report(study, classifier, tmp_path):
    path = tmp_path / "page.html"
    for thing, rows, error, message in [
        (wellfit.MLPClassifier(), (), SpecTypeError, "found MLPClassifier; diagnose a single network"),
        (wellfit.Study, (), SpecTypeError, "found Study"),
        (study, ROWS, SpecTypeError, "X and y are for estimators and models; leave them out for a Study"),
        (study.model, ROWS[:1], DataError, "give both, or neither"),
        (study.model, (ROWS[0], LABEL), DataError, "equally many rows, found 40 and 120"),
        (study.model, (ROWS[0], [None] * 40), DataError, "y holds gaps alone"),
    ]:
        with pytest.raises(error, match=message):
            wellfit.report(thing, path, *rows)
    assert not path.exists()
