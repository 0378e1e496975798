"""Recipes on the compiled engine and on the course's functions: against what is in print, and against each other."""

from dataclasses import replace

import numpy as np
import pytest

from wellfit.errors import DataError
from wellfit.reproduce.comparison import Verdict
from wellfit.reproduce.course_runs import course_gradient_rows, run_on_course
from wellfit.reproduce.engine_runs import run_on_engine
from wellfit.reproduce.evidence import Method, gather, methods_of, weigh
from wellfit.reproduce.inputs import circles_parts, find_football, fixed_masks, football_parts, initial_vector, moons_parts
from wellfit.reproduce.populations import fresh_masks, one_bit_beside
from wellfit.reproduce.published import RATES, RUNS
from wellfit.reproduce.recipes import RECIPES, SOURCES, of_source
from wellfit.reproduce.results import ENGINE, rows_of
from wellfit.reproduce.units import unit_rows

BY_KEY = {recipe.key: recipe for recipe in RECIPES}


def parts_of(recipe, folder=None):
    return {"circles": circles_parts, "moons": moons_parts}.get(recipe.data, lambda: football_parts(folder / "data.mat"))()


# === Facts and inputs ===


def test_every_recipe_has_its_facts():
    assert {recipe.key for recipe in RECIPES} == set(RUNS)
    assert set(RATES) <= set(RUNS)
    assert {recipe.source for recipe in RECIPES} == set(SOURCES) - {"gradients"}
    for recipe in RECIPES:
        published = RUNS[recipe.key]
        assert all(len(copy.costs) <= recipe.iterations // published.every + 1 for copy in published.copies)


def test_first_points():
    assert circles_parts().X_train[0].tolist() == [-0.07741354010048114, 0.8526022642742742]
    assert circles_parts().y_train[:8].tolist() == [1, 0, 1, 1, 0, 0, 1, 0]
    assert moons_parts().X_train[:2].T.tolist() == [[-0.21687013460912397, 0.8050501531955674], [1.0154493742029873, -0.5579733951321297]]
    assert moons_parts().y_train[:10].tolist() == [0, 1, 1, 1, 0, 0, 1, 1, 0, 1]


def test_masks_are_drawn_layer_by_layer_as_the_notebook_draws_them():
    none, first, second = fixed_masks((2, 20, 3, 1), 0.86, 211)
    random = np.random.RandomState(1)
    assert none is None
    assert (first[0] == (random.rand(20, 211) < 0.86).T).all()
    assert (second[0] == (random.rand(3, 211) < 0.86).T).all()
    assert BY_KEY["regularization dropout"].spec.training.dropout == 1 - 0.86


def test_what_is_not_the_courses_file_is_refused(tmp_path):
    from scipy.io import savemat

    from wellfit.course.files import write_look_alike

    with pytest.raises(DataError, match=r"data\.mat is not in"):
        find_football(tmp_path)
    write_look_alike("data.mat", tmp_path)
    with pytest.raises(DataError, match="stand-in"):
        football_parts(find_football(tmp_path))
    (tmp_path / "other").mkdir()
    arrays = {"X": np.ones((3, 2)), "y": np.ones((3, 1)), "Xval": np.ones((2, 2)), "yval": np.ones((2, 1))}
    savemat(tmp_path / "other" / "data.mat", arrays)
    with pytest.raises(DataError, match="211 points and 200 to test, found 3 and 2"):
        football_parts(tmp_path / "other" / "data.mat")


# === Single cases ===


@pytest.mark.parametrize("source", SOURCES[:-1])
def test_single_cases(source):
    rows = unit_rows(source)
    assert rows
    assert {row.verdict for row in rows} <= {Verdict.EXACT, Verdict.DIGITS}
    assert sum(len(row.comparisons) for row in rows) == {"init": 39, "regularization": 47, "gradients": 7, "optimization": 172}[source]


def test_the_course_functions_meet_every_digit_of_the_gradient_check():
    rows = course_gradient_rows()
    assert sum(one.verdict is Verdict.EXACT for row in rows for one in row.comparisons) >= 5
    assert {row.verdict for row in rows} <= {Verdict.EXACT, Verdict.DIGITS}


# === Whole runs on the engine ===

WHOLE = (
    "init zeros",
    "init He",
    "optimization old Adam",
    "optimization new momentum",
    "optimization decay gd",
    "optimization scheduled Adam",
)
FIELD = ("regularization plain", "regularization L2", "regularization dropout", "textbook L2")


def check_run(recipe, parts):
    for row in rows_of(recipe, parts, run_on_engine(recipe, parts), ENGINE, None):
        assert row.verdict in (Verdict.EXACT, Verdict.DIGITS), row


@pytest.mark.parametrize("key", WHOLE)
def test_whole_runs(key):
    check_run(BY_KEY[key], parts_of(BY_KEY[key]))


@pytest.mark.parametrize("key", FIELD)
def test_whole_runs_on_the_football_field(key, course_folder):
    check_run(BY_KEY[key], parts_of(BY_KEY[key], course_folder))


def test_a_wrong_seed_reproduces_nothing(monkeypatch):
    recipe = BY_KEY["init He"]
    monkeypatch.setattr("wellfit.reproduce.engine_runs.initial_vector", lambda layers, weights: initial_vector(layers, weights, seed=4))
    rows = rows_of(recipe, circles_parts(), run_on_engine(recipe, circles_parts()), ENGINE, None)
    assert rows[0].verdict is Verdict.DIFFERS


def test_a_run_without_a_stable_target_lies_among_its_neighbours():
    recipe = replace(BY_KEY["init large random"], iterations=2000)
    parts = circles_parts()
    population = one_bit_beside(recipe, parts, runs=12)
    assert population.costs.shape == (12, 2000)
    assert np.ptp(population.costs[:, 0]) < 1e-9
    assert 1e-5 < np.ptp(population.costs[:, 1000]) < 0.01
    run = run_on_engine(recipe, parts)
    assert np.isfinite(run.costs).all()
    # Other runs of this chaos are in print: the twelve reach not always as far as they.
    assert abs(np.median(population.costs[:, 1000]) - 0.624) < 0.003


# === Engine and course functions, beside each other ===

SHORT = (
    *("init He", "regularization L2", "regularization dropout", "optimization old Adam", "optimization new gd"),
    *("optimization scheduled momentum", "optimization decay gd", "textbook L2"),
)


@pytest.mark.parametrize("key", SHORT)
def test_both_agree(key, monkeypatch, tmp_path):
    recipe = replace(BY_KEY[key], iterations=30)
    parts = moons_parts() if recipe.data == "moons" else circles_parts()
    monkeypatch.setitem(RUNS, key, RUNS[key]._replace(every=10))
    told = []
    ours, theirs = run_on_engine(recipe, parts), run_on_course(recipe, parts, told.append)
    seen = np.isfinite(ours.costs)
    assert seen.sum() == (3 if recipe.last_batch else 31)
    np.testing.assert_allclose(ours.costs[seen], theirs.costs[seen], rtol=1e-10)
    np.testing.assert_allclose(ours.parameters, theirs.parameters, rtol=1e-8, atol=1e-10)
    assert (ours.train == theirs.train).all()
    assert told[0] == 0.0
    assert max(told) <= 1.0


# === Many seeds ===


def test_seeds_say_what_they_can():
    parts = circles_parts()
    methods = [Method("none"), Method("L2", l2=0.5), Method("one mask", keep_prob=0.8, one_mask=True), Method("masks", keep_prob=0.8)]
    networks = [gather("regularization", method, parts, 3, iterations=200) for method in methods]
    assert [len(group) for group in networks] == [3] * 4
    evidence = weigh(methods, networks, parts)
    assert (evidence.seeds, evidence.rows) == (3, 100)
    assert evidence.results[0].gain is None
    for result in evidence.results[1:]:
        assert result.gain.low <= result.gain.estimate <= result.gain.high
        assert result.gain.estimate == pytest.approx(result.test.estimate - evidence.results[0].test.estimate)
        assert any(result.method.name in sentence for sentence in evidence.sentences)
    assert not np.array_equal(networks[2][0].parameters, networks[3][0].parameters)
    # The same networks compared with themselves are neither better nor worse.
    same = weigh(methods[:2], [networks[0], networks[0]], parts)
    assert same.results[1].gain.estimate == 0
    assert "Cannot be told" in same.sentences[0]


def test_a_clear_gain_is_called_one():
    parts = circles_parts()
    plain = gather("regularization", Method("none"), parts, 2, iterations=5)
    perfect = [replace(one) for one in plain]

    def predict(spec, parameters, X):
        truth = parts.y_train if len(X) == 300 else parts.y_test
        return truth if parameters is None else 1 - truth

    import wellfit.reproduce.evidence as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "predicted_classes", predict)
        evidence = weigh([Method("none"), Method("good")], [plain, [replace(one, parameters=None) for one in perfect]], parts)
    assert evidence.sentences[0].startswith("good raises the test accuracy by +100.0 points")
    assert "clearly" in evidence.sentences[-1]


def test_masks_change_with_the_seed():
    recipe = replace(BY_KEY["textbook dropout"], iterations=50)
    population = fresh_masks(recipe, circles_parts(), runs=3)
    assert len(np.unique(population.costs[:, -1])) == 3
    assert population.test.shape == (3,)


def test_methods_begin_with_none():
    for source in ("regularization", "textbook"):
        assert methods_of(source)[0] == Method("none")
    assert methods_of("init") == []
    assert [recipe.name for recipe in of_source("textbook")] == ["plain", "L2", "dropout", "both"]
