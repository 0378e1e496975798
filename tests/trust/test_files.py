"""Files as models: nothing that a file holds makes loading crash, hang, take more memory than the file, or run code."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from wellfit.errors import DataError, ModelFileError, SpecTypeError
from wellfit.store import container, from_bytes, load, to_bytes

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / f"format_{container.FORMAT}" / "sick.safetensors"


@pytest.fixture
def soak(monkeypatch):
    """The package beside src/."""
    monkeypatch.syspath_prepend(str(ROOT))
    import soak.files
    import soak.kills
    import soak.mutations

    return soak


def forged(document=None, arrays=None, content=None):
    """Return the content of a file that says other things of itself, with a right checksum."""
    from safetensors.numpy import load as load_arrays
    from safetensors.numpy import save

    content = content or GOLDEN.read_bytes()
    found = load_arrays(content) | (arrays or {})
    text = json.dumps(container.unpack(content, "")[0] | (document or {}))
    return save(found, {"wellfit": f"{container.FORMAT} {container._checksum(text, found)} {text}"})


# === Many broken files ===


def test_broken_files_are_refused_in_one_line_or_load(soak):
    tried, loaded = soak.files.run(count=250, seconds=60)
    assert tried == 250
    assert 10 < loaded < 125


def test_every_kind_of_damage_is_tried_and_comes_again(soak):
    contents, _ = soak.files.originals()
    made = [soak.mutations.mutated(contents, number) for number in range(300)]
    assert {mutation.name for mutation in made if not mutation.forged} >= set(soak.mutations.DAMAGES)
    assert all(mutation.content not in contents for mutation in made if not mutation.forged and "header" not in mutation.name)
    assert made[17] == soak.mutations.mutated(contents, 17)
    assert len({mutation.content for mutation in made}) > 290


def test_the_judge_sees_what_must_not_be(soak, tmp_path, monkeypatch):
    content, table = GOLDEN.read_bytes(), soak.files.originals()[1][0]
    judge = soak.files.Judge([content], [table], tmp_path)
    assert judge(soak.mutations.Mutation("nothing", content, False, 0))

    def fails(error):
        def load(path):
            raise error

        monkeypatch.setattr(soak.files, "load", load)
        return pytest.raises(BaseException, match=re.escape(str(error)))

    for error in (
        ModelFileError("of no file"),
        ModelFileError(f"{judge.path}\n"),
        ZeroDivisionError("none of ours"),
        MemoryError("too much"),
    ):
        with fails(error):
            judge(soak.mutations.Mutation("nothing", content, False, 0))
    monkeypatch.setattr(soak.files, "load", lambda path: exec("1"))
    with pytest.raises(AssertionError, match="loading does what is forbidden: compile"):
        judge(soak.mutations.Mutation("nothing", content, False, 0))


# === No code ===


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "golden").glob("format_*/*.safetensors")), ids=lambda path: path.stem)
def test_loading_runs_no_code(path, soak):
    load(path)
    seen, listening = [], True
    # A hook cannot be taken away; it ends with the process, deaf.
    sys.addaudithook(lambda event, arguments: seen.append(event) if listening else None)
    try:
        load(path)
    finally:
        listening = False
    assert "open" in seen
    assert not set(seen) & soak.files.FORBIDDEN


# === More than there is ===


def test_a_long_name_repeated_for_many_levels_takes_no_memory():
    column = {
        "name": "x" * 1_000_000,
        "kind": "category",
        "levels": [str(number) for number in range(100_000)],
        "other": False,
        "gaps": False,
    }
    preparation = {"columns": [column], "left_out": [], "notes": []}
    empty = {f"preparation.{name}": np.zeros(0) for name in ("fill", "mean", "scale")}
    with pytest.raises(ModelFileError, match=r"the network takes \d+ inputs, but the preparation makes 100000\.$"):
        from_bytes(forged({"preparation": preparation}, empty))


@pytest.mark.parametrize("hidden", [[2**60], [2**31, 2**31], [1] * 100_000])
def test_a_spec_of_more_parameters_than_the_file_has(hidden):
    document, _ = container.unpack(GOLDEN.read_bytes(), "")
    document["networks"][0]["spec"]["network"] |= {"hidden": hidden, "activation": "relu"}
    document["networks"][0]["spec"]["training"]["dropout"] = 0.0
    with pytest.raises(ModelFileError, match=r"layer 1 weights: float32 of shape .* is expected, found|must have \d+ arrays"):
        from_bytes(forged(document))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"about": NaN}', "a number that is not finite"),
        ('{"about": [[1e999]]}', "a number that is not finite"),
        ('{"about": "\\ud800"}', "invalid Unicode text"),
        ('{"\\udfff": 1}', "invalid Unicode text"),
        ("[" * 65 + "]" * 65, "not a JSON object"),
        ('{"about": ' + "[" * 65 + "]" * 65 + "}", "nested too deeply"),
        ('{"about": ' + "[" * 100_000 + "]" * 100_000 + "}", "not JSON|nested too deeply"),
        ('{"about": ' + "9" * 10_000 + "}", "not JSON"),
    ],
)
def test_documents_that_json_allows_and_others_do_not(text, words):
    from safetensors.numpy import save

    with pytest.raises(ModelFileError, match=words):
        from_bytes(save({}, {"wellfit": f"{container.FORMAT} {container._checksum(text, {})} {text}"}))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32-be"])
def test_a_header_is_utf_8(encoding):
    header = json.dumps({"__metadata__": {"wellfit": f"{container.FORMAT} x {{}}"}}).encode(encoding)
    with pytest.raises(ModelFileError, match="is not a wellfit model, or is damaged"):
        from_bytes(len(header).to_bytes(8, "little") + header)


def test_long_reasons_are_cut_short():
    with pytest.raises(ModelFileError) as caught:
        from_bytes(forged({"kind": "x" * 1_000_000}))
    assert len(str(caught.value)) < 500


def test_models_that_could_not_be_read_again_are_not_written(monkeypatch):
    model = load(GOLDEN)
    with pytest.raises(SpecTypeError, match="something that JSON cannot hold"):
        container.pack({"about": {1, 2}}, {})
    with pytest.raises(SpecTypeError, match="something that JSON cannot hold"):
        container.pack({"about": float("nan")}, {})
    with pytest.raises(DataError, match=r"invalid Unicode text \('\\ud800'\)"):
        container.pack({"about": "a\ud800"}, {})
    monkeypatch.setattr(container, "_LARGEST_HEADER", 1000)
    with pytest.raises(DataError, match="a file holds 500 at most"):
        to_bytes(model)


# === Numbers out of range ===


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"temperature": 5e-324}, r"the temperature must be a number from 0\.001 to 1000, and 1 for a regression; found 5e-324\.$"),
        ({"temperature": 1001}, r"the temperature must be a number from 0\.001 to 1000, .*; found 1001\.$"),
        ({"temperature": 10**400}, r"the temperature must be a number from 0\.001 to 1000, .*; found 10000"),
        ({"threshold": 10**400}, r"a number in \[0, 1\]; found 10000"),
    ],
)
def test_numbers_of_decisions_have_a_range(change, words):
    with pytest.raises(ModelFileError, match=words):
        from_bytes(forged(change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scale": 5e-324}, r"the target's scale must be a number from 1e-300 to 1e\+300, found 5e-324"),
        ({"scale": 1.7e308}, r"the target's scale must be a number from 1e-300 to 1e\+300, found 1\.7e\+308"),
        ({"scale": 10**400}, r"the target's scale must be a number from 1e-300 to 1e\+300, found 10000"),
        ({"mean": 10**400}, r"the target's mean must be a finite number, found 10000"),
    ],
)
def test_numbers_of_a_target_have_a_range(change, words):
    price = GOLDEN.with_name("price.safetensors").read_bytes()
    target = container.unpack(price, "")[0]["target"] | change
    with pytest.raises(ModelFileError, match=words):
        from_bytes(forged({"target": target}, content=price))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("scale", -1.0, r"scale must be finite and above 0, found -1;"),
        ("scale", np.inf, r"scale must be finite and above 0, found inf;"),
        ("mean", np.nan, r"mean must be finite, found nan;"),
    ],
)
def test_numbers_of_a_preparation_have_a_range(name, value, words):
    from safetensors.numpy import load as load_arrays

    numbers = load_arrays(GOLDEN.read_bytes())[f"preparation.{name}"]
    numbers[-1] = value
    with pytest.raises(ModelFileError, match=words):
        from_bytes(forged(arrays={f"preparation.{name}": numbers}))


def test_a_whole_number_that_no_float_holds_is_out_of_range():
    document, _ = container.unpack(GOLDEN.read_bytes(), "")
    document["networks"][0]["spec"]["training"]["l2"] = 10**400
    with pytest.raises(ModelFileError, match=r"l2 must lie in \[0, inf\), found 10000"):
        from_bytes(forged(document))


@pytest.mark.parametrize("name", ["sick", "price"])
def test_extreme_numbers_give_one_line_or_predictions(name, soak):
    content, table = GOLDEN.with_name(f"{name}.safetensors").read_bytes(), soak.files.originals()[1][-1]
    loaded = 0
    for number in (5e-324, 1e-310, 1e-300, 1e38, 1e200, 1.7e308, -1.7e308, 10**400):
        document, _ = container.unpack(content, "")
        changes = [{key: document[key] | {part: number}} for key in ("target",) for part in ("mean", "scale")]
        changes += [{key: number} for key in ("temperature", "threshold")]
        for change in changes:
            try:
                model = from_bytes(forged(change, content=content))
            except ModelFileError as error:
                assert "\n" not in str(error)
            else:
                soak.files._said(model, table)
                loaded += 1
    assert 4 < loaded < 24


# === Other programs ===


def test_a_file_that_another_program_cuts_off_while_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "model"
    path.write_bytes(GOLDEN.read_bytes())
    opened = container._opened

    def cut_off(header, shown):
        path.write_bytes(b"")
        return opened(header, shown)

    monkeypatch.setattr(container, "_opened", cut_off)
    with pytest.raises(ModelFileError, match="is not a wellfit model, or is damaged"):
        load(path)


def test_a_name_that_no_file_can_have():
    with pytest.raises(ModelFileError, match="not a file name"):
        load("a\0b")


def test_memory_that_does_not_suffice_is_told(monkeypatch):
    def full(content, shown):
        raise MemoryError

    monkeypatch.setattr("wellfit.store.file.unpack", full)
    with pytest.raises(ModelFileError, match="is larger than the memory that is left"):
        load(GOLDEN)
