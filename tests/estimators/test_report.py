"""`wellfit.report` writes the page of whatever has one."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import wellfit
from wellfit.errors import DataError, SpecTypeError
from wellfit.render.as_html import to_file, to_piece
from wellfit.render.as_json import to_object
from wellfit.render.as_text import to_text
from wellfit.render.result import Result
from wellfit.spec import Network, Spec, Training

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


@pytest.fixture(scope="module")
def network():
    return wellfit.MLPClassifier((3,), solver="lbfgs", alpha=1.0, max_iter=1000, random_state=0).fit(TABLE[["size"]], LABEL)


@pytest.fixture(scope="module")
def sweep(network):
    return wellfit.SweepCV(network, {"alpha": [1.0, 3.0]}, scoring=["accuracy", "neg_log_loss"], refit="accuracy", cv=2).fit(
        TABLE[["size"]], LABEL
    )


@pytest.fixture(scope="module")
def results(study, classifier, diagnosis, network, sweep):
    from wellfit.course.published import reproduce

    X, y = TABLE[["size"]].to_numpy(), (LABEL == "yes").astype(float)
    spec = Spec(Network(1, (3,)), Training("binary_cross_entropy", epochs=3))
    return {
        "study": study,
        "estimator": classifier,
        "model": classifier.model_,
        "verdict": classifier.verdict_,
        "diagnosis": diagnosis,
        "network": network,
        "network's model": network.model_,
        "gradients": wellfit.check_gradients(spec, X, y, engine="reference"),
        "fit": wellfit.fit(spec, X, y, engine="reference"),
        "sweep": sweep,
        "course": reproduce("gradients"),
    }


# A dictionary is made once for all of them, whose names stand here to be parameters.
NAMES = ["study", "estimator", "model", "verdict", "diagnosis", "network", "network's model", "gradients", "fit", "sweep", "course"]


def facts_of(page):
    """Return all that a page says, piece by piece."""
    found = [page.title, page.lead]
    for section in to_object(page)["sections"]:
        found.append(section["title"])
        for block in section["blocks"]:
            parts = [value for name, value in block.items() if name != "kind"]
            while parts:
                part = parts.pop()
                if isinstance(part, str):
                    found.append(part)
                else:
                    parts += part.values() if isinstance(part, dict) else part
    return [fact for fact in found if fact]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed_is_on_the_page(name, results, see, tmp_path):
    thing = results[name]
    facts = facts_of(thing.blocks())
    assert len(facts) > 5
    # Where there is room, tables are printed with their heads.
    text, wide = to_text(thing.blocks()), " ".join(to_text(thing.blocks(), width=400).split())
    shown, piece = see(to_file(thing.blocks(whole=True))), see(to_piece(thing.blocks()))
    for seen in (shown, piece):
        seen.check_stands_alone()
        words = " ".join(seen.text.split())
        assert [fact for fact in facts if " ".join(fact.split()) not in words] == []
    assert [fact for fact in facts if " ".join(fact.split()) not in wide] == []
    assert max(map(len, text.splitlines())) <= 100
    if isinstance(thing, Result):
        assert str(thing) == text
        assert thing._repr_html_() == to_piece(thing.blocks())
        assert "\n" not in repr(thing)
    for ending in ("html", "txt", "json"):
        wellfit.report(thing, tmp_path / f"page.{ending}")
    assert json.loads((tmp_path / "page.json").read_text())["title"] == thing.blocks().title
    assert (tmp_path / "page.txt").read_text().startswith(thing.blocks().title + "\n")
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


def test_scikit_learn_prints_its_estimators(network, sweep):
    assert str(network).startswith("MLPClassifier(")
    assert str(sweep).startswith("SweepCV(")


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
        (
            object(),
            (),
            SpecTypeError,
            "report takes a fitted estimator, a loaded model, a Study, a Diagnosis or another result, found object",
        ),
        (wellfit.MLPClassifier(), (), NotFittedError, "not fitted"),
        (wellfit.Study, (), SpecTypeError, "found Study"),
        (study, ROWS, SpecTypeError, "X and y are for estimators and models of tables; leave them out for a Study"),
        (study.model, ROWS[:1], DataError, "give both, or neither"),
        (study.model, (ROWS[0], LABEL), DataError, "the same number of rows, found 40 and 120"),
        (study.model, (ROWS[0], [None] * 40), DataError, "y has only missing values"),
    ]:
        with pytest.raises(error, match=message):
            wellfit.report(thing, path, *rows)
    assert not path.exists()
