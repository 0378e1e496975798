"""No function of the course changes the arrays it is given; dictionaries change only where the originals change theirs.

Each row of `ENTRIES` is a function of a course module. A name without a row fails `test_every_function_has_a_row`.
"""

import importlib
import inspect

import numpy as np
import pytest

from wellfit.course import ch8_utils, gc_utils, init_utils, opt_utils, opt_utils_v1a, reg_utils

MODULES = ("init_utils", "reg_utils", "gc_utils", "opt_utils", "opt_utils_v1a", "ch8_utils")
ROWS = 12


def _mapped(values, folder):
    path = folder / f"{len(list(folder.iterdir()))}.npy"
    np.save(path, values)
    return np.load(path, mmap_mode="r")


def _read_only(values, folder):
    values = values.copy()
    values.flags.writeable = False
    return values


KINDS = {
    "array": lambda values, folder: values.copy(),
    "columns first": lambda values, folder: np.asfortranarray(values),
    "read-only": _read_only,
    "mapped from a file": _mapped,
}


class Given:
    """What the notebooks hand to these functions, in one kind of arrays."""

    def __init__(self, kind, folder):
        draw = np.random.default_rng(0)

        def made(*shape):
            return kind(draw.normal(size=shape), folder)

        # Layers of 4, 5, 3 and 1 units, as in the notebook on gradient checking; a picture shows two features.
        self.X, self.plane, self.theta = made(4, ROWS), made(2, ROWS), made(47, 1)
        self.Y = kind(np.resize([0, 1, 1], (1, ROWS)), folder)
        self.A = kind(draw.uniform(0.1, 0.9, (1, ROWS)), folder)
        sizes = (4, 5, 3, 1)
        self.P = {f"{name}{l}": made(sizes[l], sizes[l - 1] if name == "W" else 1) for l in (1, 2, 3) for name in "Wb"}
        self.grads = {f"d{name}": kind(np.asarray(values) / 10, folder) for name, values in self.P.items()}
        self.v = {name: kind(np.abs(values), folder) for name, values in self.grads.items()}
        self.s = {name: kind(np.square(values), folder) for name, values in self.grads.items()}
        self.cache = tuple(kind(np.asarray(part), folder) for part in init_utils.forward_propagation(self.X, self.P)[1])
        self.dropped = tuple(kind(np.asarray(part), folder) for part in reg_utils.forward_propagation_with_dropout(self.X, self.P, 0.8)[1])


def _first(run):
    """Return the first step of a descent."""
    return next(iter(run))


ENTRIES = {
    "init_utils.sigmoid": lambda g: init_utils.sigmoid(g.X),
    "init_utils.relu": lambda g: init_utils.relu(g.X),
    "init_utils.forward_propagation": lambda g: init_utils.forward_propagation(g.X, g.P),
    "init_utils.backward_propagation": lambda g: init_utils.backward_propagation(g.X, g.Y, g.cache),
    "init_utils.compute_loss": lambda g: init_utils.compute_loss(g.A, g.Y),
    "init_utils.predict": lambda g: init_utils.predict(g.X, g.Y, g.P),
    "init_utils.predict_dec": lambda g: init_utils.predict_dec(g.P, g.X),
    "init_utils.plot_decision_boundary": lambda g: init_utils.plot_decision_boundary(lambda rows: rows[:, 0] > 0, g.plane, g.Y),
    "init_utils.descent": lambda g: _first(init_utils.descent(g.X, g.Y)),
    "init_utils.model": lambda g: init_utils.model(g.X, g.Y, num_iterations=2),
    "init_utils.update_parameters": lambda g: init_utils.update_parameters(g.P, g.grads, 0.1),
    "reg_utils.backward_propagation": lambda g: reg_utils.backward_propagation(g.X, g.Y, g.cache),
    "reg_utils.backward_propagation_with_dropout": lambda g: reg_utils.backward_propagation_with_dropout(g.X, g.Y, g.dropped, 0.8),
    "reg_utils.backward_propagation_with_regularization": lambda g: reg_utils.backward_propagation_with_regularization(
        g.X, g.Y, g.cache, 0.7
    ),
    "reg_utils.backward_propagation_with_regularization_dropout": lambda g: reg_utils.backward_propagation_with_regularization_dropout(
        g.X, g.Y, g.dropped, 0.7, 0.8
    ),
    "reg_utils.compute_cost_with_regularization": lambda g: reg_utils.compute_cost_with_regularization(g.A, g.Y, g.P, 0.7),
    "reg_utils.forward_propagation_with_dropout": lambda g: reg_utils.forward_propagation_with_dropout(g.X, g.P, 0.8),
    "reg_utils.descent": lambda g: _first(reg_utils.descent(g.X, g.Y, lambd=0.7, keep_prob=0.8)),
    "reg_utils.model": lambda g: reg_utils.model(g.X, g.Y, num_iterations=2, keep_prob=0.8),
    "gc_utils.forward_propagation_n": lambda g: gc_utils.forward_propagation_n(g.X, g.Y, g.P),
    "gc_utils.backward_propagation_n": lambda g: gc_utils.backward_propagation_n(g.X, g.Y, g.cache),
    "gc_utils.gradient_check_n": lambda g: gc_utils.gradient_check_n(g.P, g.grads, g.X, g.Y),
    "gc_utils.dictionary_to_vector": lambda g: gc_utils.dictionary_to_vector(g.P),
    "gc_utils.gradients_to_vector": lambda g: gc_utils.gradients_to_vector(g.grads),
    "gc_utils.vector_to_dictionary": lambda g: gc_utils.vector_to_dictionary(g.theta, g.P),
    "opt_utils.compute_cost": lambda g: opt_utils.compute_cost(g.A, g.Y),
    "opt_utils.random_mini_batches": lambda g: opt_utils.random_mini_batches(g.X, g.Y, 5),
    "opt_utils.initialize_velocity": lambda g: opt_utils.initialize_velocity(g.P),
    "opt_utils.initialize_adam": lambda g: opt_utils.initialize_adam(g.P),
    "opt_utils.initialize_rmsprop": lambda g: opt_utils.initialize_rmsprop(g.P),
    "opt_utils.update_parameters_with_gd": lambda g: opt_utils.update_parameters_with_gd(g.P, g.grads, 0.1),
    "opt_utils.update_parameters_with_momentum": lambda g: opt_utils.update_parameters_with_momentum(g.P, g.grads, g.v, 0.9, 0.1),
    "opt_utils.update_parameters_with_rmsprop": lambda g: opt_utils.update_parameters_with_rmsprop(g.P, g.grads, g.s),
    "opt_utils.update_parameters_with_adam": lambda g: opt_utils.update_parameters_with_adam(g.P, g.grads, g.v, g.s, 2),
    "opt_utils.descent": lambda g: _first(opt_utils.descent(g.X, g.Y, [4, 5, 1], "adam", mini_batch_size=5)),
    "opt_utils.model": lambda g: opt_utils.model(g.X, g.Y, [4, 5, 1], "momentum", mini_batch_size=5, num_epochs=2),
    "opt_utils_v1a.compute_cost": lambda g: opt_utils_v1a.compute_cost(g.A, g.Y),
    "opt_utils_v1a.update_parameters_with_adam": lambda g: opt_utils_v1a.update_parameters_with_adam(g.P, g.grads, g.v, g.s, 2),
    "opt_utils_v1a.descent": lambda g: _first(opt_utils_v1a.descent(g.X, g.Y, [4, 5, 1], "adam", mini_batch_size=5)),
    "opt_utils_v1a.model": lambda g: opt_utils_v1a.model(g.X, g.Y, [4, 5, 1], "adam", mini_batch_size=5, num_epochs=2),
    "ch8_utils.descent": lambda g: _first(ch8_utils.descent(g.X, g.Y, lambd=0.7, keep_prob=0.8)),
    "ch8_utils.model": lambda g: ch8_utils.model(g.X, g.Y, num_iterations=2, lambd=0.7),
}

# The originals bind the entries of these dictionaries to new values, and notebooks rely on it: `v` and `s` are not always taken from
# what is returned. The arrays that were there stay as they are.
REBOUND = {
    "init_utils.update_parameters": ("P",),
    "opt_utils.update_parameters_with_gd": ("P",),
    "opt_utils.update_parameters_with_momentum": ("P", "v"),
    "opt_utils.update_parameters_with_rmsprop": ("P", "s"),
    "opt_utils.update_parameters_with_adam": ("P", "v", "s"),
    "opt_utils_v1a.update_parameters_with_adam": ("P", "v", "s"),
}

# Functions that are given no arrays.
NUMBERS = {
    "initialize_parameters",
    "initialize_parameters_he",
    "initialize_parameters_random",
    "initialize_parameters_zeros",
    "load_2D_dataset",
    "load_cat_dataset",
    "load_dataset",
    "load_params_and_grads",
    "load_planar_dataset",
    "gc_utils.backward_propagation",
    "gc_utils.forward_propagation",
    "gc_utils.gradient_check",
    "schedule_lr_decay",
    "update_lr",
}


@pytest.fixture(autouse=True)
def _no_window(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    yield
    plt.close("all")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("entry", ENTRIES)
def test_arrays_stay_as_they_are(fingerprint, entry, kind, tmp_path):
    results = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        given = Given(KINDS[kind], folder)
        held = {name: dict(value) for name, value in vars(given).items() if isinstance(value, dict)}
        # The arrays that dictionaries held at first, and all others.
        arrays = [*held.values(), *(value for name, value in vars(given).items() if name not in held)]
        before = fingerprint(arrays)
        results.append(fingerprint(ENTRIES[entry](given)))
        assert fingerprint(arrays) == before
        for name, entries in held.items():
            now = vars(given)[name]
            assert list(now) == list(entries)
            assert {now[key] is not value for key, value in entries.items()} == {name in REBOUND.get(entry, ())}
    assert results[0] == results[1]


def test_every_function_has_a_row():
    rows, there = {}, set()
    for name in MODULES:
        module = importlib.import_module(f"wellfit.course.functions.{name}")
        for function in module.__all__:
            if inspect.ismodule(getattr(module, function)) or {function, f"{name}.{function}"} & NUMBERS:
                continue
            there.add(getattr(module, function))
            if f"{name}.{function}" in ENTRIES:
                rows[f"{name}.{function}"] = getattr(module, function)
    # Modules share most of their functions.
    assert there == set(rows.values())
    assert set(rows) == set(ENTRIES)
