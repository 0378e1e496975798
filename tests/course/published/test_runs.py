"""Recipes on the compiled engine and on the course's functions: against what is in print, and against each other."""

from dataclasses import replace

import numpy as np
import pytest

from wellfit.course.published.cases import case_rows
from wellfit.course.published.comparison import Verdict
from wellfit.course.published.engine_runs import run_on_engine
from wellfit.course.published.evidence import Method, evaluate, methods_of, train_networks
from wellfit.course.published.function_runs import course_gradient_rows, run_on_functions
from wellfit.course.published.inputs import circles_parts, find_football, fixed_masks, football_parts, initial_vector, moons_parts
from wellfit.course.published.numbers import RATES, RUNS, UNITS
from wellfit.course.published.populations import FEW, MANY, fresh_masks, moved_by_one_bit, one_bit_beside, population_of
from wellfit.course.published.recipes import RECIPES, SOURCES, of_source
from wellfit.course.published.results import ENGINE, rows_of, ties_of
from wellfit.errors import DataError

BY_KEY = {recipe.key: recipe for recipe in RECIPES}
STABLE = {Verdict.EXACT, Verdict.DIGITS}


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
    rows = case_rows(source)
    assert rows
    # What a finite difference leaves of a gradient without a fault is rounding.
    allowed = STABLE | ({Verdict.DISTRIBUTION} if source == "gradients" else set())
    assert {row.verdict for row in rows} <= allowed
    assert sum(len(row.comparisons) for row in rows) == {"init": 39, "regularization": 47, "gradients": 7, "optimization": 172}[source]


def test_the_course_functions_meet_the_gradient_check(monkeypatch):
    rows = course_gradient_rows()
    # One dimension is scalar arithmetic, which every processor rounds alike.
    assert [row.verdict for row in rows[:2]] == [Verdict.EXACT, Verdict.EXACT]
    assert {row.verdict for row in rows[2:]} <= {Verdict.EXACT, Verdict.DIGITS, Verdict.DISTRIBUTION}
    monkeypatch.setitem(UNITS, "gradient check, faults fixed", "1.9e-07")
    monkeypatch.setitem(UNITS, "gradient check with two faults, new", "0.2850941567761623")
    for wrong in (course_gradient_rows(), case_rows("gradients")):
        assert [row.verdict for row in wrong[2:]] == [Verdict.DIFFERS, Verdict.DIFFERS]


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


def check_run(recipe, parts, expected):
    """Check that a recipe's run reproduces what is in print, and that no wrong figure would."""
    run, population = run_on_engine(recipe, parts), population_of(recipe, parts)
    for row in rows_of(recipe, parts, run, ENGINE, population):
        assert {one.verdict for one in row.comparisons} <= expected, row
    for key, wrong in planted(RUNS[recipe.key]):
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(RUNS, recipe.key, wrong)
            found = [row for row in rows_of(recipe, parts, run, ENGINE, population) if row.verdict is Verdict.DIFFERS]
        # Where all probabilities are ties, nothing can be read from what is predicted.
        assert bool(found) is (key == "costs" or Verdict.TIE not in expected), (key, wrong)


def planted(published):
    """Return published runs with one figure that is wrong: by a twentieth, by five or six points, or in one prediction."""
    first, *others = published.copies
    if first.costs:
        costs = (*first.costs[:-1], repr(1.05 * float(first.costs[-1])))
        yield "costs", published._replace(copies=(first._replace(costs=costs), *others))
    for part in ("train", "test"):
        token = getattr(first, part)
        if token:
            right, slash, rows = token.partition("/")
            wrong = f"{int(right) - int(rows) // 20}/{rows}" if slash else f"{float(token) - 0.06:.12g}"
            yield part, published._replace(copies=(first._replace(**{part: wrong}), *others))
    if published.predictions:
        flipped = "10"[int(published.predictions[0])] + published.predictions[1:]
        yield "predictions", published._replace(predictions=flipped)


@pytest.mark.parametrize("key", WHOLE)
def test_whole_runs(key):
    check_run(BY_KEY[key], parts_of(BY_KEY[key]), STABLE | ({Verdict.TIE} if key == "init zeros" else set()))


@pytest.mark.parametrize("key", FIELD)
def test_whole_runs_on_the_football_field(key, course_data):
    # The chapter's runs are chaotic: their counts move with the last bit of the weights.
    expected = {Verdict.DISTRIBUTION} if key.startswith("textbook") else STABLE
    check_run(BY_KEY[key], parts_of(BY_KEY[key], course_data), expected)


def test_a_wrong_seed_reproduces_nothing(monkeypatch):
    recipe = replace(BY_KEY["init He"], iterations=1001)
    published = RUNS["init He"]
    monkeypatch.setitem(RUNS, "init He", published._replace(copies=(published.copies[0]._replace(costs=published.copies[0].costs[:2]),)))
    for module in ("engine_runs", "populations"):
        other = f"wellfit.course.published.{module}.initial_vector"
        monkeypatch.setattr(other, lambda layers, weights: initial_vector(layers, weights, seed=4))
    run, population = run_on_engine(recipe, circles_parts()), population_of(recipe, circles_parts())
    rows = rows_of(recipe, circles_parts(), run, ENGINE, population)
    assert rows[0].verdict is Verdict.DIFFERS


def test_a_run_that_rounding_moves_lies_among_its_neighbours(monkeypatch):
    recipe, parts = replace(BY_KEY["init large random"], iterations=2001), circles_parts()
    published = RUNS[recipe.key]
    copies = tuple(copy._replace(costs=copy.costs[:3], train="", test="") for copy in published.copies)
    monkeypatch.setitem(RUNS, recipe.key, published._replace(copies=copies, predictions=""))
    population = one_bit_beside(recipe, parts, runs=12)
    assert population.costs.shape == (12, 2002)
    assert np.ptp(population.costs[:, 0]) < 1e-9
    assert 1e-5 < np.ptp(population.costs[:, 1000]) < 0.01
    run = run_on_engine(recipe, parts)
    for row in rows_of(recipe, parts, run, ENGINE, population)[:2]:
        assert [one.verdict for one in row.comparisons] == [Verdict.OVERFLOW, Verdict.DISTRIBUTION, Verdict.DISTRIBUTION]
    wrong = copies[0]._replace(costs=("inf", "0.6437287551108738", "0.5981106708339466"))
    monkeypatch.setitem(RUNS, recipe.key, published._replace(copies=(wrong,), predictions=""))
    row = rows_of(recipe, parts, run, ENGINE, population)[0]
    assert [one.verdict for one in row.comparisons] == [Verdict.OVERFLOW, Verdict.DIFFERS, Verdict.DISTRIBUTION]


def test_few_runs_show_whether_any_figure_moves():
    still, moving = (replace(BY_KEY[key], iterations=300) for key in ("init He", "init large random"))
    assert len(population_of(still, circles_parts()).costs) == FEW
    assert len(population_of(moving, circles_parts()).costs) == MANY


def test_weights_move_by_one_bit_but_zeros_stay():
    start = np.array([1.0, -3.0, 0.0, 1e-300] * 50)
    moved = np.array(moved_by_one_bit(start, 5))
    assert (np.abs(moved - start) <= np.spacing(np.abs(start))).all()
    assert (moved[:, 2::4] == 0).all()
    assert 0.5 < (moved[:, 0::4] != 1).mean() < 0.8
    assert np.array_equal(moved[:2], moved_by_one_bit(start, 2))


def test_a_tie_is_named_one():
    """All-zero weights give each example a probability of one half, or of a bit beside it on another processor."""
    recipe, parts = replace(BY_KEY["init zeros"], iterations=20), circles_parts()
    run = run_on_engine(recipe, parts)
    beside = run._replace(parameters=run.parameters + np.eye(1, run.parameters.size, run.parameters.size - 1)[0] * 4e-16)
    beside = beside._replace(train=np.ones(300, np.int64), test=np.ones(100, np.int64))
    population = one_bit_beside(recipe, parts, runs=2)
    for each in (run, beside):
        assert ties_of(recipe, each, parts.X_train).all()
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(RUNS, "init zeros", RUNS["init zeros"]._replace(every=1))
            rows = rows_of(recipe, parts, each, ENGINE, population)
        assert [row.verdict for row in rows[1:]] == [Verdict.TIE, Verdict.TIE]
        assert "400 of 400 probabilities are one half to rounding" in rows[0].note
    clear = run._replace(parameters=run.parameters + 1e-6)
    assert not ties_of(recipe, clear, parts.X_train).any()


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
    reported = []
    ours, theirs = run_on_engine(recipe, parts), run_on_functions(recipe, parts, reported.append)
    seen = np.isfinite(ours.costs)
    assert seen.sum() == (3 if recipe.last_batch else 31)
    np.testing.assert_allclose(ours.costs[seen], theirs.costs[seen], rtol=1e-10)
    np.testing.assert_allclose(ours.parameters, theirs.parameters, rtol=1e-8, atol=1e-10)
    assert (ours.train == theirs.train).all()
    assert (reported[0].done, reported[0].total) == (0, 30)
    assert max(event.done / event.total for event in reported) <= 1.0


# === Many seeds ===


def test_seeds_say_what_they_can():
    parts = circles_parts()
    methods = [Method("none"), Method("L2", l2=0.5), Method("one mask", keep_prob=0.8, one_mask=True), Method("masks", keep_prob=0.8)]
    networks = [train_networks("regularization", method, parts, 3, iterations=200) for method in methods]
    assert [len(group) for group in networks] == [3] * 4
    evidence = evaluate(methods, networks, parts)
    assert (evidence.seeds, evidence.rows) == (3, 100)
    assert evidence.results[0].gain is None
    for result in evidence.results[1:]:
        assert result.gain.low <= result.gain.estimate <= result.gain.high
        assert result.gain.estimate == pytest.approx(result.test.estimate - evidence.results[0].test.estimate)
        assert any(result.method.name in sentence for sentence in evidence.sentences)
    assert not np.array_equal(networks[2][0].parameters, networks[3][0].parameters)
    # The same networks compared with themselves are neither better nor worse.
    same = evaluate(methods[:2], [networks[0], networks[0]], parts)
    assert same.results[1].gain.estimate == 0
    assert "Cannot be distinguished" in same.sentences[0]


def test_a_clear_gain_is_called_one():
    parts = circles_parts()
    plain = train_networks("regularization", Method("none"), parts, 2, iterations=5)
    perfect = [replace(one) for one in plain]

    def predict(spec, parameters, X):
        truth = parts.y_train if len(X) == 300 else parts.y_test
        return truth if parameters is None else 1 - truth

    import wellfit.course.published.evidence as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "predicted_classes", predict)
        evidence = evaluate([Method("none"), Method("good")], [plain, [replace(one, parameters=None) for one in perfect]], parts)
    assert evidence.sentences[0].startswith("With good the test accuracy is 100.0 points higher (95 %: +9")
    assert "clearly" in evidence.sentences[-1]


def test_masks_change_with_the_seed():
    recipe = replace(BY_KEY["textbook dropout"], iterations=50)
    population = fresh_masks(recipe, circles_parts(), runs=3)
    assert len(np.unique(population.costs[:, -1])) == 3
    assert population.test.shape == (3, 100)


def test_methods_begin_with_none():
    for source in ("regularization", "textbook"):
        assert methods_of(source)[0] == Method("none")
    assert methods_of("init") == []
    assert [recipe.name for recipe in of_source("textbook")] == ["plain", "L2", "dropout", "both"]
