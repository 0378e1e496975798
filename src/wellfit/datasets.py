"""Example data sets: generated with NumPy, or read from the caller's files.

Generated sets are ``X, y`` with X float64 of shape (rows, 2) and y int64; one seed gives one set. The file is long because every
set has the documentation of a public function.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError, install_command

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Parts", "breast_cancer", "cats", "circles", "flower", "football", "loans", "moons", "sine", "spiral"]

Sample = tuple[NDArray[np.float64], NDArray[np.int64]]


class Parts(NamedTuple):
    """A data set that comes in a training and a test part.

    Attributes
    ----------
    X_train, y_train, X_test, y_test : arrays
        One row an example.
    """

    X_train: NDArray[Any]
    y_train: NDArray[np.int64]
    X_test: NDArray[Any]
    y_test: NDArray[np.int64]


# === Generated ===


def circles(rows: int = 300, *, noise: float = 0.05, factor: float = 0.8, seed: int = 0) -> Sample:
    """Return points on two concentric circles; the inner one is class 1.

    Parameters
    ----------
    rows : int
        How many points.
    noise : float
        Standard deviation of the noise added to each coordinate.
    factor : float
        Radius of the inner circle; the outer one's is 1.
    seed : int
        Seed of the noise and the order.

    Returns
    -------
    X : float64 array of shape (rows, 2)
    y : int64 array of shape (rows,)

    Raises
    ------
    DataError
        If there are fewer than two rows, or the noise is negative.

    Examples
    --------
    >>> X, y = circles(rows=100)
    >>> X.shape, y.sum()
    ((100, 2), np.int64(50))
    """
    y = _halves(rows, noise)
    angle = _places(y) * 2 * np.pi
    radius = np.where(y == 1, factor, 1.0)
    return _shuffled(radius * np.cos(angle), radius * np.sin(angle), y, noise, seed)


def moons(rows: int = 300, *, noise: float = 0.1, seed: int = 0) -> Sample:
    """Return points on two interleaving half circles.

    Parameters
    ----------
    rows : int
        How many points.
    noise : float
        Standard deviation of the noise added to each coordinate.
    seed : int
        Seed of the noise and the order.

    Returns
    -------
    X : float64 array of shape (rows, 2)
    y : int64 array of shape (rows,)

    Raises
    ------
    DataError
        If there are fewer than two rows, or the noise is negative.

    Examples
    --------
    >>> X, y = moons(rows=100)
    >>> X.shape, float(y.mean())
    ((100, 2), 0.5)
    """
    y = _halves(rows, noise)
    angle = _places(y, ends=True) * np.pi
    lower = y == 1
    return _shuffled(np.where(lower, 1 - np.cos(angle), np.cos(angle)), np.where(lower, 0.5 - np.sin(angle), np.sin(angle)), y, noise, seed)


def flower(rows: int = 400, *, petals: int = 6, noise: float = 0.1, seed: int = 0) -> Sample:
    """Return points in the petals of a flower; neighbouring petals are of different classes.

    Parameters
    ----------
    rows : int
        How many points.
    petals : int
        An even number.
    noise : float
        Standard deviation of the noise added to each coordinate; petals are 4 long.
    seed : int
        Seed of the points, the noise and the order.

    Returns
    -------
    X : float64 array of shape (rows, 2)
    y : int64 array of shape (rows,)

    Raises
    ------
    DataError
        If there are fewer than two rows, the noise is negative, or the number of petals is odd.

    Examples
    --------
    >>> X, y = flower(rows=100, petals=4)
    >>> X.shape
    (100, 2)
    """
    if petals < 2 or petals % 2:
        raise DataError(f"petals must be an even number of at least 2, found {petals}.")
    y = _halves(rows, noise)
    rng = np.random.default_rng([seed, 1])
    petal = 2 * rng.integers(petals // 2, size=rows) + y
    inside = rng.random(rows)  # from one side of the petal to the other
    angle = (petal + inside) * 2 * np.pi / petals
    radius = 4 * np.sin(inside * np.pi)
    return _shuffled(radius * np.cos(angle), radius * np.sin(angle), y, noise, seed)


def spiral(rows: int = 300, *, arms: int = 2, turns: float = 1.0, noise: float = 0.05, seed: int = 0) -> Sample:
    """Return points on the arms of a spiral, one class each.

    Parameters
    ----------
    rows : int
        How many points.
    arms : int
        How many classes.
    turns : float
        How often an arm goes round the centre.
    noise : float
        Standard deviation of the noise added to each coordinate; arms are 1 long from the centre.
    seed : int
        Seed of the noise and the order.

    Returns
    -------
    X : float64 array of shape (rows, 2)
    y : int64 array of shape (rows,)

    Raises
    ------
    DataError
        If there are fewer rows than arms, the noise is negative, or there are fewer than two arms.

    Examples
    --------
    >>> X, y = spiral(rows=90, arms=3)
    >>> np.bincount(y).tolist()
    [30, 30, 30]
    """
    if arms < 2:
        raise DataError(f"arms must be at least 2, found {arms}.")
    y = _halves(rows, noise, arms)
    radius = 0.05 + 0.95 * _places(y, ends=True)
    angle = (y / arms + turns * radius) * 2 * np.pi
    return _shuffled(radius * np.cos(angle), radius * np.sin(angle), y, noise, seed)


def sine(rows: int = 300, *, noise: float = 0.1, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a regression in one column: y = sin(2 pi x) plus noise, x even in [-1, 1].

    Parameters
    ----------
    rows : int
        How many points.
    noise : float
        Standard deviation of the noise added to y.
    seed : int
        Seed of x and the noise.

    Returns
    -------
    X : float64 array of shape (rows, 1)
    y : float64 array of shape (rows,)

    Raises
    ------
    DataError
        If there are fewer than two rows, or the noise is negative.

    Examples
    --------
    >>> X, y = sine(rows=50)
    >>> X.shape, y.shape
    ((50, 1), (50,))
    """
    _halves(rows, noise)
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1.0, 1.0, rows)
    return x[:, np.newaxis], np.sin(2 * np.pi * x) + rng.normal(0.0, noise, rows)


def loans(rows: int = 1000, *, seed: int = 0) -> pd.DataFrame:
    """Return the built-in table: simulated loans, and whether they were paid back late.

    A realistic table: numbers on several scales, categories, missing values, and a target that is not linear in them. Networks
    without regularisation overfit it; with enough regularisation they do not.

    Parameters
    ----------
    rows : int
        How many loans.
    seed : int
        Seed of the generator.

    Returns
    -------
    pandas.DataFrame
        Columns ``income`` (with missing values), ``age``, ``amount``, ``months``, ``job`` (with missing values), ``purpose``, ``home``,
        ``earlier_loans``, ``guarantor``, and last ``late``: ``yes`` for about a quarter of the rows, else ``no``.

    Raises
    ------
    DataError
        If rows is below 1.

    Examples
    --------
    >>> loans(1000)["late"].value_counts().to_dict()
    {'no': 742, 'yes': 258}
    """
    import pandas as pd

    if rows < 1:
        raise DataError(f"rows must be at least 1, found {rows}.")
    draw = np.random.default_rng(seed)
    income = np.exp(draw.normal(10.4, 0.5, rows)).round(-2)
    age = draw.integers(19, 76, rows)
    amount = np.exp(draw.normal(9.0, 0.7, rows)).round(-2)
    months = draw.choice([6, 12, 18, 24, 36, 48, 60], rows, p=[0.08, 0.2, 0.15, 0.25, 0.17, 0.1, 0.05])
    job = draw.choice(["employee", "self-employed", "public service", "student", "none"], rows, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    purpose = draw.choice(["car", "furniture", "business", "repairs", "education", "other"], rows, p=[0.3, 0.2, 0.15, 0.12, 0.13, 0.1])
    home = draw.choice(["rents", "owns", "with family"], rows, p=[0.5, 0.35, 0.15])
    earlier = draw.poisson(1.2, rows)
    guarantor = draw.choice(["yes", "no"], rows, p=[0.15, 0.85])
    # What a year of instalments takes of a year's income.
    burden = np.log(amount / months * 12 / income)
    risk = (
        1.1 * np.tanh(1.5 * (burden + 1.4))
        + 1.6 * np.cos((age - 19) / 57 * 2 * np.pi)
        + 0.9 * (job == "self-employed") * np.where(purpose == "business", -1.5, 1.0)
        + 1.2 * (earlier >= 3)
        - 0.5 * (earlier == 1)
        - 1.35 * (guarantor == "yes") * (burden > -1.6)
        + 0.6 * (home == "rents") * np.where(age > 45, 1.0, -0.6)
    )
    late = draw.random(rows) < 1.0 / (1.0 + np.exp(-1.35 * (risk - 1.0)))
    frame = pd.DataFrame({"income": income, "age": age, "amount": amount, "months": months, "job": job, "purpose": purpose})
    frame = frame.assign(home=home, earlier_loans=earlier, guarantor=guarantor)
    frame.loc[draw.random(rows) < 0.08, "income"] = np.nan
    frame["job"] = frame["job"].astype(object).where(draw.random(rows) >= 0.05)
    frame["late"] = np.where(late, "yes", "no")
    return frame


def _halves(rows: int, noise: float, classes: int = 2) -> NDArray[np.int64]:
    """Return class codes in blocks of equal length, the first ones longer where they cannot be equal."""
    if rows < classes:
        raise DataError(f"rows must be at least {classes}, found {rows}.")
    if not noise >= 0:
        raise DataError(f"noise must be at least 0, found {noise}.")
    return np.sort(np.arange(rows) % classes)


def _places(y: NDArray[np.int64], *, ends: bool = False) -> NDArray[np.float64]:
    """Return places spread evenly over [0, 1) within each class; over [0, 1] with `ends`."""
    counts = np.bincount(y)
    return np.concatenate([np.linspace(0.0, 1.0, count, endpoint=ends) for count in counts])


def _shuffled(first: NDArray[np.float64], second: NDArray[np.float64], y: NDArray[np.int64], noise: float, seed: int) -> Sample:
    rng = np.random.default_rng(seed)
    X = np.column_stack([first, second]) + rng.normal(0.0, noise, (len(y), 2))
    order = rng.permutation(len(y))
    return X[order], y[order]


# === From other packages and from files ===


def breast_cancer() -> pd.DataFrame:
    """Return measurements of 569 tumours, and the diagnosis in the last column.

    Returns
    -------
    pandas.DataFrame
        30 columns of numbers, and ``diagnosis``: ``benign`` or ``malignant``.

    Notes
    -----
    Wisconsin diagnostic breast cancer (Wolberg, Mangasarian, Street & Street 1995), as scikit-learn ships it.

    Examples
    --------
    >>> breast_cancer().shape
    (569, 31)
    """
    import pandas as pd
    from sklearn.datasets import load_breast_cancer

    loaded = load_breast_cancer()
    frame = pd.DataFrame(loaded.data, columns=list(loaded.feature_names))
    frame["diagnosis"] = [str(loaded.target_names[code]) for code in loaded.target]
    return frame


def football(path: str | Path) -> Parts:
    """Return the points of a football field in a MATLAB file (``data.mat``): positions where the ball was won, and the team that won it.

    Parameters
    ----------
    path : str or Path
        The file; it holds X, y, Xval and yval.

    Returns
    -------
    Parts
        X of shape (rows, 2) float64, y of shape (rows,) with 0 and 1; the file's Xval and yval are the test part.

    Raises
    ------
    DataError
        If the file does not exist or has another format.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    path = _existing(Path(path))
    try:
        found = loadmat(path, variable_names=["X", "y", "Xval", "yval"])
        X, y, X_test, y_test = (np.asarray(found[name], dtype=np.float64) for name in ("X", "y", "Xval", "yval"))
    except (MatReadError, LookupError, ValueError, TypeError, OSError, NotImplementedError) as error:
        raise DataError(f"{path} is not a MATLAB file with X, y, Xval and yval: {error}.") from error
    return Parts(X, y.ravel().astype(np.int64), X_test, y_test.ravel().astype(np.int64))


def cats(folder: str | Path) -> Parts:
    """Return small pictures with and without a cat, from two HDF5 files: ``train_catvnoncat.h5`` and ``test_catvnoncat.h5``.

    Parameters
    ----------
    folder : str or Path
        Where the files are.

    Returns
    -------
    Parts
        X of shape (rows, 12288), float64 in [0, 1]: 64 x 64 pixels of red, green and blue, row by row
        (``X.reshape(-1, 64, 64, 3)`` are the pictures); y of shape (rows,), 1 for a cat.

    Raises
    ------
    DataError
        If a file does not exist or has another format.
    ImportError
        If h5py is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError(f"reading the pictures needs h5py: {install_command('h5py')}.") from error
    read: list[NDArray[Any]] = []
    for part in ("train", "test"):
        path = _existing(Path(folder) / f"{part}_catvnoncat.h5")
        try:
            with h5py.File(path, "r") as file:
                pictures, labels = np.asarray(file[f"{part}_set_x"]), np.asarray(file[f"{part}_set_y"])
        except (KeyError, OSError) as error:
            raise DataError(f"{path} is not an HDF5 file with {part}_set_x and {part}_set_y: {error}.") from error
        read += [pictures.reshape(len(pictures), -1) / 255.0, labels.ravel().astype(np.int64)]
    return Parts(*read)


def save_cats(folder: str | Path, parts: Parts, *, part: str, note: str) -> None:
    """Write pictures, X (rows, 64, 64, 3) uint8 and y (rows,), 1 for a cat, as an HDF5 file that `cats` reads.

    `part` is ``train`` or ``test``; `note` is stored in the file and names the source of the pictures.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError(f"writing the pictures needs h5py: {install_command('h5py')}.") from error
    pictures, labels = (parts.X_train, parts.y_train) if part == "train" else (parts.X_test, parts.y_test)
    with h5py.File(Path(folder) / f"{part}_catvnoncat.h5", "w") as file:
        file.attrs["note"] = note
        file[f"{part}_set_x"], file[f"{part}_set_y"] = pictures, labels
        file["list_classes"] = np.array([b"non-cat", b"cat"])


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise DataError(f"no such file: {path}; give the path of your copy (wellfit neither ships nor downloads it).")
    return path
