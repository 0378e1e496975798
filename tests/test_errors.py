"""What messages say besides the mistake: how to install what is missing, and what a wrong name may have meant."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from wellfit.errors import install_command

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@pytest.mark.parametrize("extra", ["plot", "course", "dask"])
def test_packages_are_named_with_the_versions_that_an_extra_asks_for(extra):
    names = [re.match(r"[\w-]+", line)[0] for line in EXTRAS[extra]]
    assert install_command(*names) == "pip install " + " ".join(f"'{line}'" for line in EXTRAS[extra])


def test_packages_are_named_bare_where_versions_are_not_known(monkeypatch):
    assert install_command("nonsense") == "pip install nonsense"

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", missing)
    assert install_command("matplotlib", "h5py") == "pip install matplotlib h5py"


def test_no_text_names_the_package_index():
    texts = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("src/**/*.py"), *ROOT.glob("benchmarks/**/*.py")]
    found = [path.name for path in texts if re.search(r"pip install ['\"]?wellfit", path.read_text(encoding="utf-8"))]
    assert found == []
