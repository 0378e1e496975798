"""The course's own data file, where a copy of it stands beside the checkout."""

from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[3] / "shared" / "course"


@pytest.fixture
def course_folder():
    if not (COURSE / "data.mat").exists():
        pytest.skip("data.mat is not part of the repository; none stands beside this checkout")
    return COURSE
