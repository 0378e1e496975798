"""Write the golden files of the present format: small models, a table, and what each model must say of it.

    python tests/golden/make.py

makes `tests/golden/format_N`, once, when the format N is new. A folder that exists is never written again: later versions of
wellfit have to read what earlier ones wrote.
"""

import json
import sys
from pathlib import Path

import numba
import numpy as np
import pandas as pd
from numba.core.registry import cpu_target

import wellfit
from wellfit.engines.kernels.processor import IS_FUSED, VECTOR_BYTES
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training
from wellfit.store import FORMAT, FittedModel, NetworkModel, TrainedNetwork, load, save
from wellfit.table.preparation.learn import prepare_table
from wellfit.table.read import read_table
from wellfit.table.target import read_target
from wellfit.training.fit import fit_network, make_data
from wellfit.training.task import Task

HERE = Path(__file__).parent
LOSSES = {"sick": "binary_cross_entropy", "region": "cross_entropy", "price": "squared_error"}
# A network alone, beside the three models of tables.
ALONE = "alone"
MODELS = (*LOSSES, ALONE)


def machine():
    """What has to be the same for predictions to be the same to the last bit."""
    # Of the processor that kernels are compiled for: not always the one at hand, and one name stands for several sets of instructions.
    _, cpu, _ = cpu_target.target_context.codegen().magic_tuple()
    vectors = {"vector_bytes": VECTOR_BYTES, "is_fused": IS_FUSED}
    return {"cpu": cpu, **vectors, "numba": numba.__version__, "numpy": np.__version__, "wellfit": wellfit.__version__}


def training_table(rows=300):
    """Every kind of column that a preparation knows, and gaps in most of them."""
    draw = np.random.default_rng(20261121)
    start = pd.Timestamp("2023-11-05 06:30")
    table = pd.DataFrame(
        {
            "age": draw.integers(20, 80, rows).astype(float),
            "dose": draw.lognormal(0, 2, rows),
            "height": draw.normal(170, 9, rows).round(1),
            "income": [f"{100 * value:,}" for value in draw.integers(1_000, 90_000, rows)],
            "smokes": pd.Series(draw.random(rows) < 0.4).astype(object),
            "seen": [str(start + pd.Timedelta(hours=29 * number)) for number in range(rows)],
            "born": [(start - pd.Timedelta(days=41 * number)).strftime("%d.%m.%Y") for number in range(rows)],
            "rises": [f"{5 + number % 4:02d}:{number % 60:02d}" for number in range(rows)],
            "waits": [str(pd.Timedelta(minutes=int(number))) for number in draw.integers(1, 5_000, rows)],
            "sex": draw.choice(["female", "male"], rows),
            "colour": draw.choice(["red", "bläu", "green, dark"], rows),
            "city": [f"city {number}" for number in draw.permutation(np.minimum(np.arange(rows), 104) + 1000)],
        }
    )
    for gap, column in enumerate(table.columns.drop(["dose", "height", "city"]), start=4):
        table.loc[3 * gap, column] = None
    score = table["age"].fillna(50) / 30 + np.log(table["dose"]) + 2 * (table["colour"] == "red") + draw.normal(0, 0.3, rows)
    table["sick"] = score > score.median()
    table["region"] = np.array(["north", "south", "öst"])[np.digitize(score, score.quantile([0.3, 0.6]))]
    table["price"] = 1000 + 250 * score
    return table


def table_to_predict():
    """Rows that hold what training did not: a new category, a gap in a column that had none, a value far away."""
    table = training_table().drop(columns=list(LOSSES)).iloc[:60:5].reset_index(drop=True)
    table.loc[0, "colour"] = "never seen"
    table.loc[1, "dose"] = None
    table.loc[2, "dose"] = 1e12
    table.loc[3, "city"] = "city of nowhere"
    table.loc[4, "sex"] = "other"
    return table


def model_of(name):
    table = training_table()
    if name == ALONE:
        columns = ("age", "height")
        X = table[list(columns)].fillna(50).to_numpy() / 100
        spec = _spec(2, 1, "squared_error")
        return NetworkModel(_trained(spec, X, table[["price"]].to_numpy() / 1000, 0), (), columns)
    coding = read_target(table[name]).coding()
    Y = coding.encode(table[name])
    if name == "price":
        # Without a target, columns of many categories keep the commonest of them.
        preparation = prepare_table(table, leave_out=list(LOSSES))[0]
        X = preparation.transform(table).X
    else:
        scaling = "squash" if name == "sick" else "standard"
        classes = len(coding.classes)
        preparation, X = prepare_table(table, leave_out=list(LOSSES), target=Y[:, 0], classes=classes, scaling=scaling)
    spec = _spec(X.shape[1], coding.outputs, LOSSES[name])
    members = tuple(_trained(spec, X, Y, seed) for seed in (0, 2**63))
    about = {"made by": f"wellfit {wellfit.__version__}", "numbers": [1, 2.5, None]}
    temperature = {"sick": 1.75, "region": 0.75, "price": 1.0}[name]
    weights = (0.3, 0.7) if name == "region" else None
    return FittedModel(preparation, coding, members, about, temperature, 0.4 if name == "sick" else None, weights)


def _spec(inputs, outputs, loss):
    training = Training(
        loss=loss,
        l2=0.1,
        dropout=(0.1, 0.0),
        optimizer=Optimizer(beta2=0.95),
        schedule=Schedule("cosine", learning_rate=0.02),
        batch_size=16,
        epochs=20,
    )
    return Spec(Network(inputs, (3, 2), outputs, activation=("relu", "tanh")), training)


def _trained(spec, X, Y, seed):
    return TrainedNetwork(spec, seed, fit_network(Task(spec, make_data(X, Y, "float32"), seed=seed), engine="reference").parameters)


def predictions(model, table, engine="compiled"):
    """Return what a model says of a table, as JSON: numbers are written so that they come back to the last bit."""
    found = model.apply(read_table(table), engine)
    chances = None if found.probabilities is None else found.probabilities.tolist()
    return {"values": found.values.tolist(), "probabilities": chances}


def main():
    folder = HERE / f"format_{FORMAT}"
    if folder.exists():
        sys.exit(f"{folder} exists: golden files are written once.")
    folder.mkdir()
    table_to_predict().to_csv(folder / "table.csv", index=False)
    expected = {"machine": machine(), "models": {}}
    for name in MODELS:
        save(model_of(name), folder / f"{name}.safetensors")
        expected["models"][name] = predictions(load(folder / f"{name}.safetensors"), folder / "table.csv")
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
