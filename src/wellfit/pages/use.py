"""How to use a model."""

from __future__ import annotations

import shlex

from wellfit.render.blocks import Block, Code, Section, Text
from wellfit.render.words import clipped
from wellfit.table.preparation.preparation import Preparation

__all__ = ["use_section"]


def use_section(model_file: str, folder: str | None, preparation: Preparation, *, is_classification: bool) -> Section:
    """Return how to predict with a saved model.

    Parameters
    ----------
    model_file : str
        Where the model is, or will be, saved.
    folder : str or None
        What to name on the command line; None: the model file.
    preparation : Preparation
        Its columns are those that a table must have.
    is_classification : bool
        Whether there are probabilities.

    Returns
    -------
    Section
    """
    needed = [column.name for column in preparation.columns]
    also = "\nprobabilities = model.predict_proba(table)" if is_classification else ""
    python = f'import pandas as pd\nimport wellfit\n\nmodel = wellfit.load({model_file!r})\ntable = pd.read_csv("TABLE.csv")'
    names = ", ".join(clipped(name, 40) for name in needed[:20]) + (f" and {len(needed) - 20} more" if len(needed) > 20 else "")
    blocks: list[Block] = [
        Code("On the command line:", f"wellfit predict {shlex.quote(folder or model_file)} TABLE.csv --out predictions.csv"),
        Code("In Python:", f"{python}\npredictions = model.predict(table){also}"),
        Text(f"The table needs the columns {names}, in any order; cells may be empty. Other columns are passed over."),
        Text(
            "What is said here of errors holds for rows of the same kind as those of the table: measured in the same way, at the same "
            "places, at the same time. Where that changes, measure anew.",
            is_note=True,
        ),
    ]
    return Section("How to use the model", blocks)
