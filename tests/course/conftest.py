"""The course's own data files, where a copy of them stands beside the checkout, and pictures that open no window."""

from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[3] / "shared" / "course"


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    """Pictures are drawn into memory, and the next test finds none of them."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    yield
    plt.close("all")


@pytest.fixture
def course_data(monkeypatch):
    """The folder of the course's own data files; tests that need it are skipped where it is not."""
    if not (COURSE / "data.mat").exists():
        pytest.skip("the course's data files do not stand beside this checkout")
    monkeypatch.setenv("WELLFIT_DATA", str(COURSE))
    return COURSE
