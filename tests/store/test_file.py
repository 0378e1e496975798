"""A model comes back from its file with the same bits; every other file is refused in one line."""

import json
import os
import struct

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from wellfit.errors import ModelFileError, SpecTypeError
from wellfit.store import FORMAT, load, save, to_bytes
from wellfit.store.container import _checksum

TASKS = ("two classes", "three classes", "regression")


@pytest.fixture(scope="module")
def saved(tmp_path_factory, made_model):
    path = tmp_path_factory.mktemp("store") / "model.safetensors"
    save(made_model("three classes"), path)
    return path


def value_of(path):
    """Return format, checksum and document as the file has them."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as content:
        return content.metadata()["wellfit"].split(" ", 2)


def rewritten(path, target, change_document=None, change_arrays=None, mend_checksum=True):
    """Write a model's file anew with a changed document or changed arrays, as a forger would."""
    mark, checksum, text = value_of(path)
    arrays = load_file(path)
    if change_arrays:
        change_arrays(arrays)
    if change_document:
        document = json.loads(text)
        text = json.dumps(change_document(document) or document)
    if mend_checksum:
        checksum = _checksum(text, arrays)
    save_file(arrays, target, {"wellfit": f"{mark} {checksum} {text}"})
    return target


# === There and back ===


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_predictions_keep_their_bits(task, dtype, tmp_path, made_table, made_model):
    model, table = made_model(task, dtype=dtype), made_table(task).drop(columns="target")
    save(model, tmp_path / "model")
    again = load(tmp_path / "model")
    before, after = model.apply(table), again.apply(table)
    assert before.values.dtype == after.values.dtype
    assert np.array_equal(before.values, after.values)
    if task == "regression":
        assert before.probabilities is after.probabilities is None
    else:
        assert before.probabilities.tobytes() == after.probabilities.tobytes()
        assert np.array_equal(again.predict_proba(table), after.probabilities)
        assert np.allclose(after.probabilities.sum(axis=1), 1.0)
    for ours, theirs in zip(model.networks, again.networks, strict=True):
        assert ours.spec == theirs.spec
        assert ours.seed == theirs.seed
        assert ours.parameters.tobytes() == theirs.parameters.tobytes()
        assert ours.parameters.dtype == theirs.parameters.dtype
    assert again.preparation == model.preparation
    assert again.target == model.target
    assert again.about == model.about
    assert again.task == model.task
    assert again.classes == model.classes


def test_a_model_without_hidden_layers_comes_back(tmp_path, made_model):
    save(made_model("two classes", networks=1, hidden=()), tmp_path / "model")
    assert load(tmp_path / "model").networks[0].spec.network.hidden == ()


def test_saving_twice_gives_the_same_bytes(made_model):
    assert to_bytes(made_model("two classes")) == to_bytes(made_model("two classes"))


def test_other_readers_of_safetensors_find_shaped_weights(saved, made_model):
    arrays = load_file(saved)
    inputs = len(made_model("three classes").preparation.names)
    assert arrays["network.1.layer_1_weights"].shape == (inputs, 5)
    assert arrays["network.0.layer_3_biases"].shape == (3,)


def test_only_models_are_saved(tmp_path):
    with pytest.raises(SpecTypeError, match="must be a fitted estimator or model of wellfit, found dict"):
        save({}, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


# === Files that are no models ===


def test_a_missing_file_a_folder_and_a_device(tmp_path):
    with pytest.raises(ModelFileError, match="there is no model file"):
        load(tmp_path / "nothing")
    with pytest.raises(ModelFileError, match=r"holds no model\.safetensors; name a model's file, or a folder of 'wellfit fit'"):
        load(tmp_path)
    with pytest.raises(ModelFileError, match="is not a regular file"):
        load(os.devnull)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"PK\x03\x04" + bytes(60),
        struct.pack("<Q", 2**60) + b"{}",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 300) + b"[" * 300,
    ],
    ids=["empty", "one byte", "zip", "header of 2^60 bytes", "no arrays", "deep header"],
)
def test_foreign_files(content, tmp_path):
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(ModelFileError, match="not a wellfit model") as caught:
        load(tmp_path / "model")
    assert "\n" not in str(caught.value)


def test_a_safetensors_file_of_others_is_told_before_its_arrays_are_read(tmp_path):
    save_file({"weight": np.zeros(3)}, tmp_path / "model", {"format": "pt"})
    with pytest.raises(ModelFileError, match="is a safetensors file, but not a wellfit model"):
        load(tmp_path / "model")


@pytest.mark.parametrize("mark", ["", "one", "-1", "²", "1" * 400])
def test_a_mark_that_is_no_number(saved, tmp_path, mark):
    arrays = load_file(saved)
    save_file(arrays, tmp_path / "model", {"wellfit": f"{mark} {'0' * 64} {{}}"})
    with pytest.raises(ModelFileError, match="not a wellfit model"):
        load(tmp_path / "model")


def test_formats_without_weights_count_all_networks_the_same(saved, tmp_path, made_table):
    older = rewritten(saved, tmp_path / "model", document_with(("weights",), KeyError))
    assert load(older).weights is None
    assert np.array_equal(load(older).predict_proba(made_table("three classes")), load(saved).predict_proba(made_table("three classes")))


def test_a_newer_format_asks_for_an_upgrade(saved, tmp_path):
    save_file(load_file(saved), tmp_path / "model", {"wellfit": f"{FORMAT + 1} unknown"})
    with pytest.raises(ModelFileError, match=rf"has model format {FORMAT + 1}, and wellfit .* reads up to {FORMAT}; upgrade wellfit"):
        load(tmp_path / "model")


def test_every_truncation_is_refused(saved, tmp_path):
    content = saved.read_bytes()
    for length in [*range(0, len(content), 97), len(content) - 1]:
        (tmp_path / "model").write_bytes(content[:length])
        with pytest.raises(ModelFileError):
            load(tmp_path / "model")


def test_flipped_bits_are_refused_or_change_nothing(saved, tmp_path, made_table):
    content, table = saved.read_bytes(), made_table("three classes")
    right = load(saved).apply(table).probabilities.tobytes()
    refused = 0
    draw = np.random.default_rng(0)
    for place in draw.choice(len(content), 300, replace=False):
        broken = bytearray(content)
        broken[place] ^= 1 << int(draw.integers(8))
        (tmp_path / "model").write_bytes(broken)
        try:
            found = load(tmp_path / "model")
        except ModelFileError as error:
            assert "\n" not in str(error)
            refused += 1
        else:
            assert found.apply(table).probabilities.tobytes() == right
    assert refused > 280


# === Forged files, whose checksum is right ===


def document_with(path, value):
    def change(document):
        place = document
        for step in path[:-1]:
            place = place[step]
        if value is KeyError:
            del place[path[-1]]
        else:
            place[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("networks",), []),
        (("networks",), None),
        (("networks",), KeyError),
        (("networks", 0, "spec"), 3),
        (("networks", 0, "seed"), "zero"),
        (("weights",), [1.0]),
        (("weights",), [0.6, 0.6]),
        (("weights",), [1.5, -0.5]),
        (("weights",), [1.0, 0.0]),
        (("weights",), [True, False]),
        (("weights",), [[0.5], [0.5]]),
        (("weights",), [0.5] * 100_000),
        (("weights",), ["0.5", "0.5"]),
        (("weights",), {"0": 0.5, "1": 0.5}),
        (("weights",), "05"),
        (("weights",), 0.5),
        (("weights",), False),
        (("networks", 0, "spec", "network", "hidden"), [2**60]),
        (("networks", 0, "spec", "network", "hidden"), [2**200, 2**200]),
        (("networks", 0, "spec", "network", "hidden"), [5] * 1000),
        (("networks", 0, "spec", "network", "inputs"), 10**18),
        (("networks", 0, "spec", "network", "nonsense"), 1),
        (("networks", 0, "spec", "training", "dropout"), 1.5),
        (("networks", 0, "spec", "training", "dtype"), "float64"),
        (("preparation",), {}),
        (("preparation", "columns"), [[]]),
        (("target", "classes"), ["a", "b"]),
        (("target", "scale"), -1.0),
        (("target",), KeyError),
    ],
)
def test_documents_that_no_training_writes(saved, tmp_path, path, value):
    forged = rewritten(saved, tmp_path / "model", document_with(path, value))
    with pytest.raises(ModelFileError) as caught:
        load(forged)
    assert str(forged) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_document_that_is_no_object_or_too_deep(saved, tmp_path):
    with pytest.raises(ModelFileError, match="not a JSON object"):
        load(rewritten(saved, tmp_path / "model", lambda document: [1]))
    arrays, deep = load_file(saved), "[" * 200_000
    save_file(arrays, tmp_path / "deep", {"wellfit": f"{FORMAT} {_checksum(deep, arrays)} {deep}"})
    with pytest.raises(ModelFileError, match="its document is not JSON"):
        load(tmp_path / "deep")


def test_arrays_that_do_not_fit_the_document(saved, tmp_path):
    name = "network.0.layer_1_weights"

    def transpose(arrays):
        arrays[name] = np.ascontiguousarray(arrays[name].T)

    def poison(arrays):
        arrays[name] = arrays[name] * np.float32(np.nan)

    for change, words in (
        (lambda arrays: arrays.pop(name), "must have 6 arrays of weights and biases, found 5"),
        (lambda arrays: arrays.update({"network.0.other": arrays.pop(name)}), "layer_1_weights' is missing"),
        (transpose, r"layer 1 weights: float32 of shape \(\d+, 5\) is expected, found float32 of shape \(5, \d+\)"),
        (poison, "a value is not finite"),
        (lambda arrays: arrays.update({name: arrays[name].astype(np.float16)}), "found float16"),
        (lambda arrays: arrays.update({"preparation.scale": np.zeros(7)}), "scale"),
    ):
        with pytest.raises(ModelFileError, match=words):
            load(rewritten(saved, tmp_path / "model", change_arrays=change))


def test_a_wrong_checksum_is_told(saved, tmp_path):
    forged = rewritten(saved, tmp_path / "model", document_with(("about",), {}), mend_checksum=False)
    with pytest.raises(ModelFileError, match="does not match its checksum"):
        load(forged)
