"""What `load` returns has the attributes and methods of a fitted scikit-learn estimator."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, r2_score

from wellfit import MLPClassifier, MLPRegressor, WellfitClassifier, load, save
from wellfit.errors import DataError, ModelFileError
from wellfit.store import MODEL_FILE, to_bytes

DRAW = np.random.default_rng(5)
X = DRAW.normal(size=(50, 3))
LEARNED = {"hidden_layer_sizes": (4,), "max_iter": 30, "solver": "lbfgs", "random_state": 0}


def kept(model, folder):
    save(model, folder / "kept")
    return load(folder / "kept")


# === Models of tables ===


@pytest.mark.parametrize("task", ["two classes", "three classes"])
def test_a_classifier_scores_its_accuracy(task, made_model, made_table, tmp_path):
    model, table = kept(made_model(task), tmp_path), made_table(task)
    truth, weights = table["target"], np.linspace(0.0, 2.0, len(table))
    predicted = model.predict(table)
    assert model.classes_.tolist() == sorted(set(truth))
    assert model.predict_proba(table).shape == (len(table), len(model.classes_))
    expected = accuracy_score(truth.astype(str), predicted.astype(str))
    assert model.score(table, truth) == model.score(table, truth.tolist()) == model.score(table, truth.to_frame()) == expected
    assert model.score(table, truth, weights) == accuracy_score(truth.astype(str), predicted.astype(str), sample_weight=weights)
    assert model.score(table.drop(columns="target"), predicted) == 1.0


def test_a_regressor_scores_r2(made_model, made_table, tmp_path):
    model, table = kept(made_model("regression"), tmp_path), made_table("regression")
    truth, weights = table["target"], np.linspace(0.5, 2.0, len(table))
    assert model.score(table, truth) == r2_score(truth, model.predict(table))
    assert model.score(table, truth.map(repr), weights) == r2_score(truth, model.predict(table), sample_weight=weights)
    assert not hasattr(model, "classes_")
    with pytest.raises(DataError, match="a regression has no probabilities"):
        model.predict_proba(table)


def test_labels_that_training_never_met_are_errors(made_model, made_table):
    model, table = made_model("three classes"), made_table("three classes")
    predicted = model.predict(table).astype(object)
    predicted[:10] = "new"
    assert model.score(table, predicted) == 0.75


def test_what_cannot_be_scored(made_model, made_table):
    model, table = made_model("two classes"), made_table("two classes")
    with pytest.raises(DataError, match="the same number of rows, found 40 and 39"):
        model.score(table, table["target"][1:])
    with pytest.raises(DataError, match="y has a missing value in row 3; drop rows"):
        model.score(table, [True, False, None, *table["target"][3:]])
    with pytest.raises(DataError, match="one value for each row"):
        model.score(table, table[["target", "well"]])


def test_a_table_model_knows_its_columns_and_says_what_it_is(made_model, made_table, tmp_path):
    model = kept(made_model("three classes"), tmp_path)
    assert model.feature_names_in_.tolist() == ["age", "colour", "day", "well"]
    assert model.n_features_in_ == 4
    assert len(model.predict(made_table("three classes")[model.feature_names_in_[::-1]])) == 40
    inputs = model.preparation.width
    layers = f"{inputs}-5-3-3 units"
    said = f"<FittedModel: classification of 'target', 3 classes, from 4 columns; 2 networks ({layers}), trained with adam>"
    assert repr(model) == said
    assert str(model).startswith("A model: The model\n")
    assert repr(made_model("regression", networks=1)).startswith("<FittedModel: regression of 'target', from 4 columns; 1 network (")


def test_an_estimator_and_its_file_score_alike(tmp_path):
    table = pd.DataFrame(X, columns=list("abc")).assign(town=np.resize(["here", "there"], 50))
    y = np.where(X[:, 0] > 0, "yes", "no")
    estimator = WellfitClassifier(random_state=0, max_trials=1, n_jobs=1).fit(table, y)
    assert kept(estimator, tmp_path).score(table, y) == estimator.score(table, y)
    assert kept(estimator, tmp_path).classes_.tolist() == estimator.classes_.tolist()


# === Single networks ===


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("labels", [1, 2])
def test_a_network_of_classes_scores_as_its_estimator(labels, tmp_path):
    y = np.where(X[:, 0] > 0, "yes", "no") if labels == 1 else (X[:, :2] > 0).astype(int)
    estimator = MLPClassifier(**LEARNED).fit(X, y)
    model, weights = kept(estimator, tmp_path), np.linspace(0.1, 1.0, 50)
    assert model.score(X, y) == estimator.score(X, y)
    assert model.score(X, y, weights) == estimator.score(X, y, weights)
    assert model.classes_.tolist() == estimator.classes_.tolist()
    assert model.n_features_in_ == 3
    assert not hasattr(model, "feature_names_in_")
    kind = "classification" if labels == 1 else "multi-label classification"
    assert repr(model) == f"<NetworkModel: {kind}, 2 classes, from 3 inputs; 1 network (3-4-{labels} units), trained with lbfgs>"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_network_of_numbers_scores_as_its_estimator(tmp_path):
    frame = pd.DataFrame(X, columns=list("abc"))
    estimator = MLPRegressor(**LEARNED).fit(frame, X @ [1.0, 2.0, 3.0])
    model = kept(estimator, tmp_path)
    assert model.score(frame, X[:, 0]) == estimator.score(frame, X[:, 0])
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    assert not hasattr(model, "classes_")
    assert repr(model) == "<NetworkModel: regression, from 3 inputs; 1 network (3-4-1 units), trained with lbfgs>"


# === Folders ===


def test_a_folder_is_loaded_by_its_name(made_model, tmp_path):
    save(made_model("two classes"), tmp_path / MODEL_FILE)
    assert to_bytes(load(tmp_path)) == to_bytes(load(str(tmp_path))) == (tmp_path / MODEL_FILE).read_bytes()


def test_a_folder_without_a_model_is_refused_in_one_line(tmp_path):
    with pytest.raises(ModelFileError, match=r"the folder '.*' holds no model\.safetensors; name a model's file") as found:
        load(tmp_path)
    assert "\n" not in str(found.value)
