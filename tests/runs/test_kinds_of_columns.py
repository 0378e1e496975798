"""What a column holds is decided without the test rows."""

import numpy as np
import pandas as pd
import pytest

import wellfit
from wellfit.errors import DataError
from wellfit.runs.table_study import prepare_study
from wellfit.spec import Data
from wellfit.table.target import read_target
from wellfit.table.train_dev_test import split_rows

ROADS = {
    "wellfit fit": lambda frame: prepare_study(frame, Data(target="y"), lambda frame: None),
    "search": lambda frame: wellfit.search(frame.drop(columns="y"), frame["y"], max_trials=2),
}


@pytest.mark.parametrize("road", ROADS)
def test_words_in_all_test_rows_make_no_category_of_numbers(road):
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"a": draw.normal(size=80), "b": [str(row) for row in range(80)], "y": np.where(draw.random(80) < 0.5, "no", "yes")}
    )
    data = Data(target="y", dev_fraction=0.0) if road == "search" else Data(target="y")
    test = split_rows(read_target(frame["y"]), data).test
    frame.loc[test, "b"] = "word"
    with pytest.raises(DataError, match=f"column 'b' holds .*'word'.* in row {test[0] + 1}[ ;]"):
        ROADS[road](frame)
