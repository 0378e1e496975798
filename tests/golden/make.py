"""Write the golden files of the present format: small models, a table, and what each model must say of it.

    python tests/golden/make.py

makes `tests/golden/format_N`, once, when the format N is new. A folder that exists is never written again: later versions of
wellfit have to read what earlier ones wrote.
"""

import json
import sys
from pathlib import Path

import llvmlite.binding
import numba
import numpy as np
import pandas as pd

import wellfit
from wellfit.data.prepare import fit_preparation
from wellfit.data.target import fit_target
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training
from wellfit.store import FORMAT, FittedModel, TrainedNetwork, load, save
from wellfit.training.fit import fit, make_data

HERE = Path(__file__).parent
TARGETS = ("sick", "region", "price")
LOSSES = {"sick": "binary_cross_entropy", "region": "cross_entropy", "price": "squared_error"}


def machine():
    """What has to be the same for predictions to be the same to the last bit."""
    cpu = llvmlite.binding.get_host_cpu_name()
    return {"cpu": cpu, "numba": numba.__version__, "numpy": np.__version__, "wellfit": wellfit.__version__}


def training_table(rows=300):
    """Numbers, truth values, days, hours, categories with a rare one, and gaps in all but one column."""
    draw = np.random.default_rng(20261121)
    table = pd.DataFrame(
        {
            "age": draw.integers(20, 80, rows).astype(float),
            "dose": draw.lognormal(0, 2, rows),
            "smokes": pd.Series(draw.random(rows) < 0.4).astype(object),
            "seen": pd.Series(pd.date_range("2023-11-05 06:30", periods=rows, freq="29h")).astype(object),
            "colour": draw.choice(["red", "bläu", "green, dark"], rows),
            "city": [f"city {number}" for number in draw.permutation(np.minimum(np.arange(rows), 104) + 1000)],
        }
    )
    for column, gap in (("age", 4), ("smokes", 7), ("seen", 11), ("colour", 13)):
        table.loc[gap, column] = None
    table["seen"] = pd.to_datetime(table["seen"])
    score = table["age"].fillna(50) / 30 + np.log(table["dose"]) + 2 * (table["colour"] == "red") + draw.normal(0, 0.3, rows)
    table["sick"] = score > score.median()
    table["region"] = np.array(["north", "south", "öst"])[np.digitize(score, score.quantile([0.3, 0.6]))]
    table["price"] = 1000 + 250 * score
    return table


def table_to_predict():
    """Rows that hold what training did not: a new category, a gap in a column that had none, a value far away."""
    table = training_table().drop(columns=list(TARGETS)).iloc[:60:5].reset_index(drop=True)
    table.loc[0, "colour"] = "never seen"
    table.loc[1, "dose"] = None
    table.loc[2, "dose"] = 1e12
    table.loc[3, "city"] = "city of nowhere"
    return table


def model_of(target):
    table = training_table()
    preparation = fit_preparation(table, leave_out=TARGETS)
    coding = fit_target(table[target])
    X = preparation.transform(table).X
    network = Network(len(preparation.names), (3, 2), coding.outputs, activation=("relu", "tanh"))
    training = Training(
        loss=LOSSES[target],
        l2=0.1,
        dropout=(0.1, 0.0),
        optimizer=Optimizer(beta2=0.95),
        schedule=Schedule("cosine", learning_rate=0.02),
        batch_size=16,
        epochs=20,
    )
    spec = Spec(network, training)
    data = make_data(X, coding.encode(table[target]), "float32")
    members = (TrainedNetwork(spec, seed, fit(spec, data, seed=seed, engine="reference").parameters) for seed in (0, 2**63))
    return FittedModel(preparation, coding, tuple(members), {"made by": f"wellfit {wellfit.__version__}", "numbers": [1, 2.5, None]})


def predictions(model, table, engine="compiled"):
    """Return what a model says of a table, as JSON: numbers are written so that they come back to the last bit."""
    found = model.apply(table, engine)
    chances = None if found.probabilities is None else found.probabilities.tolist()
    return {"values": found.values.tolist(), "probabilities": chances}


def main():
    folder = HERE / f"format_{FORMAT}"
    if folder.exists():
        sys.exit(f"{folder} exists: golden files are written once.")
    folder.mkdir()
    table_to_predict().to_csv(folder / "table.csv", index=False)
    expected = {"machine": machine(), "models": {}}
    for target in TARGETS:
        save(model_of(target), folder / f"{target}.safetensors")
        expected["models"][target] = predictions(load(folder / f"{target}.safetensors"), folder / "table.csv")
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
