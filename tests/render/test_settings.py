"""Settings within settings become rows."""

import platform

import wellfit
from wellfit.render.settings import settings_table, versions


def test_each_value_has_a_row_under_the_names_that_lead_to_it():
    table = settings_table("All", {"data": {"seed": 3, "deeper": {"on": True}}, "text": "as it is", "list": [1, None], "long": "x" * 300})
    assert table.is_folded
    assert dict(table.rows) == {
        "data: seed": "3",
        "data: deeper: on": "true",
        "text": "as it is",
        "list": "[1, null]",
        "long": "x" * 199 + "…",
    }


def test_versions_are_those_that_run():
    found = versions()
    assert found["wellfit"] == wellfit.__version__
    assert found["Python"] == platform.python_version()
    assert {"numpy", "scikit-learn", "numba", "machine"} <= set(found)
