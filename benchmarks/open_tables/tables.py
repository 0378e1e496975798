"""The open tables: read, cut to a number of rows, split into rows to learn from and rows to be judged on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "tables"
TEST_FRACTION = 0.25


class Task(NamedTuple):
    """One table at one split."""

    name: str
    kind: str
    X_train: pd.DataFrame
    X_test: pd.DataFrame
    y_train: np.ndarray[Any, Any]
    y_test: np.ndarray[Any, Any]
    categories: list[str]


def catalogue(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Return what is known of each table, by its name.

    Parameters
    ----------
    folder : Path
        Where the tables and their catalogue are.

    Returns
    -------
    dict
    """
    path = folder / "catalogue.json"
    if not path.is_file():
        raise SystemExit(f"there is no {path}; name the folder of the open tables with --folder.")
    return {entry["name"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))}


def load(entry: dict[str, Any], split: int, rows: int, folder: Path = FOLDER) -> Task:
    """Return a table at a split: a quarter of the rows is to be judged on.

    Parameters
    ----------
    entry : dict
        From the catalogue.
    split : int
        Seed of the split, and of the rows that are kept.
    rows : int
        The most rows, drawn at random; 0 for all.
    folder : Path
        Where the table is.

    Returns
    -------
    Task
        Categories have the dtype category, so that everybody knows them for what they are.
    """
    frame = pd.read_csv(folder / entry["file"], na_values=["?"], low_memory=False)
    if rows and len(frame) > rows:
        frame = frame.sample(rows, random_state=split)
    y = frame.pop(entry["target"])
    stratify = None
    if entry["task"] == "classification":
        y = y.astype(str)
        # A class of one row can be learned or judged, not both.
        several = y.map(y.value_counts()) > 1
        frame, y = frame[several], y[several]
        stratify = y
    # Columns without a single value, which scikit-learn's boosting does not take, say nothing to anyone.
    frame = frame.dropna(axis="columns", how="all")
    categories = [name for name in entry["categorical"] if name in frame]
    for name in categories:
        frame[name] = frame[name].map(str, na_action="ignore").astype("category")
    parts = train_test_split(frame.reset_index(drop=True), y.to_numpy(), test_size=TEST_FRACTION, random_state=split, stratify=stratify)
    return Task(entry["name"], entry["task"], *parts, categories=categories)
