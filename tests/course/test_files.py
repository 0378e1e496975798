"""Data files are found where they may be, and look-alikes say that they are none of the course's."""

import os

import h5py
import numpy as np
import pytest
from scipy.io import loadmat

from wellfit import datasets
from wellfit.course import files
from wellfit.errors import DataError


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """An empty working folder, and no other place to look in."""
    monkeypatch.delenv(files.ENVIRONMENT, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder, name="data.mat"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"data")


def test_the_places_and_their_order(nowhere, monkeypatch):
    places = [nowhere / "named", nowhere / "installed", nowhere, nowhere / "one", nowhere / "two"]
    monkeypatch.setenv(files.ENVIRONMENT, f"{places[3]}{os.pathsep}{places[4]}")
    for place in reversed(places):
        put(place / "datasets")
    files.look_in(places[1])
    try:
        for place in places:
            assert files.find("data.mat", places[0]).resolve() == place / "datasets" / "data.mat"
            put(place)
            (place / "datasets" / "data.mat").unlink()
            assert files.find("data.mat", places[0]).resolve() == place / "data.mat"
            (place / "data.mat").unlink()
    finally:
        files.look_in(None)


@pytest.mark.parametrize("name", files.FILES)
def test_a_missing_file_says_where_to_put_it(nowhere, name):
    with pytest.raises(DataError, match=rf"^{name} is not here.*downloads.*datasets.*WELLFIT_DATA=FOLDER.*--data FOLDER"):
        files.find(name)


@pytest.mark.parametrize("what", [files.find, lambda name: files.write_look_alike(name, ".")])
def test_only_the_files_of_the_course(what):
    with pytest.raises(DataError, match=r"data file 'date\.mat' is unknown; did you mean 'data\.mat'"):
        what("date.mat")


def test_a_folder_that_is_none():
    with pytest.raises(DataError, match="no such folder: nowhere"):
        files.look_in("nowhere")


def test_football_look_alike(tmp_path):
    files.write_look_alike("data.mat", tmp_path)
    content = loadmat(tmp_path / "data.mat")
    assert content["note"] == [files.LABEL]
    assert content["y"].dtype == np.uint8
    found = datasets.football(tmp_path / "data.mat")
    assert found.X_train.shape == (211, 2)
    assert found.X_test.shape == (200, 2)
    for X, y in ((found.X_train, found.y_train), (found.X_test, found.y_test)):
        above = X[:, 1] - X[:, 0] > 0.07
        # Two classes along a diagonal, noisy, as the course's are.
        assert 0.02 < np.mean(above != y) < 0.2
        assert np.all(np.abs(X) < 0.7)


def test_cats_look_alike(tmp_path):
    for name in files.CATS:
        files.write_look_alike(name, tmp_path)
        with h5py.File(tmp_path / name) as file:
            assert file.attrs["note"] == files.LABEL
            assert file["list_classes"][()].tolist() == [b"non-cat", b"cat"]
    found = datasets.cats(tmp_path)
    assert found.X_train.shape == (209, 64 * 64 * 3)
    assert found.X_test.shape == (50, 64 * 64 * 3)
    assert 0.2 < found.y_train.mean() < 0.5
