"""Reading files and frames, and what unreadable ones get."""

import bz2
import datetime as dt
import decimal
import gzip
import lzma

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from wellfit.errors import DataError, DataWarning
from wellfit.table.columns import as_dates
from wellfit.table.kinds import kind_of
from wellfit.table.names import nearest, quoted
from wellfit.table.read import find_target, read_table

FRAME = pd.DataFrame({"age": [31, 54, 27], "colour": ["red", "blue", "red"], "sick": [0.5, 1.5, np.nan]})
TEXT = "age,colour,sick\n31,red,0.5\n54,blue,1.5\n27,red,\n"


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def assert_same(found):
    pd.testing.assert_frame_equal(found, FRAME, check_dtype=False)


# === What is read ===


@pytest.mark.parametrize(("ending", "pack"), [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_csv_plain_and_packed(tmp_path, ending, pack):
    assert_same(read_table(write(tmp_path, f"table.csv{ending}", pack(TEXT.encode()))))


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_are_seen_in_the_header(tmp_path, separator):
    assert_same(read_table(write(tmp_path, "table.csv", TEXT.replace(",", separator))))


def test_file_names_may_be_text(tmp_path):
    assert_same(read_table(str(write(tmp_path, "table.CSV", TEXT))))


def test_parquet(tmp_path):
    path = tmp_path / "table.parquet"
    FRAME.to_parquet(path)
    assert_same(read_table(path))


@pytest.mark.parametrize("convert", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "pyarrow"])
def test_frames_of_other_libraries(convert):
    assert_same(read_table(convert(FRAME)))


def test_quotes_blank_lines_spaces_and_a_byte_order_mark(tmp_path):
    text = '\ufeff\n\n"a, or\nb" , c\n"x, y", 1\n z,2\n'
    found = read_table(write(tmp_path, "table.csv", text))
    assert found.columns.tolist() == ["a, or\nb", "c"]
    assert found["c"].tolist() == [1, 2]
    assert found.iloc[0, 0] == "x, y"


def test_question_marks_are_gaps(tmp_path):
    found = read_table(write(tmp_path, "table.csv", "a,b\n1,x\n?,?\n3,z\n"))
    assert found["a"].isna().tolist() == found["b"].isna().tolist() == [False, True, False]


def test_a_saved_index_is_left_out_and_said(tmp_path):
    path = tmp_path / "table.csv"
    FRAME.to_csv(path)
    with pytest.warns(DataWarning, match="first column has no name and numbers the rows"):
        assert_same(read_table(path))


def test_other_nameless_columns_get_a_name(tmp_path):
    assert read_table(write(tmp_path, "table.csv", ",b,\n7,1,2\n9,1,2\n")).columns.tolist() == ["column 1", "b", "column 3"]


def test_numbered_names_are_names(tmp_path):
    path = tmp_path / "table.csv"
    pd.DataFrame(np.eye(3)).to_csv(path, index=False)
    assert read_table(path).columns.tolist() == ["0", "1", "2"]


def test_frames_are_not_changed_and_rows_are_counted_from_0():
    given = FRAME.set_axis(["x", "y", "z"]).set_axis([" age", "colour ", 7], axis=1)
    before = given.copy()
    found = read_table(given)
    assert found.columns.tolist() == ["age", "colour", "7"]
    assert found.index.tolist() == [0, 1, 2]
    pd.testing.assert_frame_equal(given, before)


def test_arrays():
    found = read_table(np.array([[1.5, 2], [3, np.nan]]))
    assert found.columns.tolist() == ["column 1", "column 2"]
    assert found.dtypes.tolist() == [np.float64, np.float64]
    mixed = read_table(np.array([["a", 1], [None, 2]], dtype=object))
    assert mixed["column 1"].isna().tolist() == [False, True]
    records = read_table(np.array([(1, "x"), (2, "y")], dtype=[("n", "i4"), ("c", "U1")]))
    assert records.columns.tolist() == ["n", "c"]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["a", "b", "a"], ["a", "b", "a (2)"]),
        (["a", "a ", "a"], ["a", "a (2)", "a (3)"]),
        (["a", "a", "a (2)"], ["a", "a (3)", "a (2)"]),
        ([1, "1", "b"], ["1", "1 (2)", "b"]),
    ],
)
def test_columns_of_the_same_name_are_told_apart(tmp_path, names, found):
    frame = pd.DataFrame(np.eye(3), columns=names)
    path = tmp_path / "twice.csv"
    frame.to_csv(path, index=False)
    for source in (frame, path):
        with pytest.warns(DataWarning, match="more than one column named .*: the duplicates are renamed, as in '. \\(2\\)'"):
            table = read_table(source)
        assert table.columns.tolist() == found
        np.testing.assert_array_equal(table.to_numpy(), np.eye(3))


def test_a_target_of_two_columns_is_refused():
    with pytest.warns(DataWarning, match="more than one"):
        frame = read_table(pd.DataFrame(np.eye(3), columns=["a", "b", "a"]))
    assert find_target(frame, "b") is not None
    with pytest.raises(DataError, match="more than one column named 'a', so the target is ambiguous"):
        find_target(frame, "a")


def test_names_of_several_levels_are_joined():
    frame = pd.DataFrame(np.eye(2), columns=pd.MultiIndex.from_product([["a"], ["b", 3]]))
    assert read_table(frame).columns.tolist() == ["a.b", "a.3"]


def test_arrow_types_without_a_twin_in_numpy_become_pandas_own():
    columns = {
        "day": pa.array([dt.date(2024, 5, 31), None]),
        "at": pa.array([dt.time(12, 30), None]),
        "moment": pa.array([pd.Timestamp("2024-05-31"), None], pa.timestamp("us", "Europe/Paris")),
        "cost": pa.array([decimal.Decimal("1.5"), None]),
        "length": pa.array([dt.timedelta(hours=1), None]),
        "kind": pa.array(["a", None]).dictionary_encode(),
        "nothing": pa.nulls(2),
        "count": pa.array([1, None]),
        "word": pa.array(["a", None]),
        "sure": pa.array([True, None]),
    }
    frame = pd.DataFrame({name: pd.array(values, dtype=pd.ArrowDtype(values.type)) for name, values in columns.items()})
    kinds = ["date", "time", "date", "number", "duration", "category", "number", "number", "category", "boolean"]
    for source in (frame, pa.table(columns), pl.from_arrow(pa.table(columns))):
        table = read_table(source)
        assert [kind_of(table[name]) for name in table] == kinds
        assert table.isna().iloc[1].all()
    assert str(as_dates(read_table(frame)["moment"])[0]) == "2024-05-31T00:00:00"


def test_a_plain_frame_is_returned_as_it_is():
    assert read_table(FRAME) is FRAME


# === What is refused: one line, with the remedy ===

BAD_FILES = {
    "empty.csv": ("", "empty.csv is empty; expected a line of column names"),
    "blank.csv": (" \n\n", "blank.csv is empty"),
    "header.csv": ("a,b\n", "header.csv has column names but no rows"),
    "ragged.csv": ("a,b\n1,2\n1,2,3\n4,5,6\n", "ragged.csv is not a regular table: Expected 2 fields in line 3, saw 3"),
    "short_header.csv": ("a,b\n1,2,3\n4,5,6\n", "rows with more cells than the 2 names"),
    "no_header.csv": ("5.1,3.5\n4.9,3.0\n", "holds numbers .* where column names are expected"),
    "latin.csv": ("name,n\nMüller,1\n".encode("latin-1"), r"latin.csv is not UTF-8 text \(byte 8\)"),
    "open_quote.csv": ('"a,b\n1,2\n', "has an unclosed quote"),
    "cut.csv.gz": (gzip.compress(TEXT.encode() * 99)[:60], "cut.csv.gz cannot be read"),
    "not.csv.gz": (TEXT, "not.csv.gz cannot be read"),
    "not.csv.xz": (TEXT, "not.csv.xz cannot be read"),
    "not.parquet": (TEXT, "not.parquet is not a readable Parquet file"),
    "empty.parquet": ("", "empty.parquet is empty"),
    "table.xlsx": (TEXT, "ending '.xlsx'; expected one of .csv"),
    "table": (TEXT, "ending 'of no kind'; expected one of .csv"),
    "table.parquet.gz": (TEXT, "expected one of .csv"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(tmp_path, name):
    content, message = BAD_FILES[name]
    with pytest.raises(DataError, match=message) as caught:
        read_table(write(tmp_path, name, content))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told_with_the_nearest_name(tmp_path):
    write(tmp_path, "patients.csv", TEXT)
    with pytest.raises(DataError, match=r"no such file: .*patient.csv; did you mean patients.csv\?"):
        read_table(tmp_path / "patient.csv")
    with pytest.raises(DataError, match=r"no such file: .*; its folder does not exist"):
        read_table(tmp_path / "nothing" / "like-it.csv")


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(DataError, match="is not a file; name a CSV or Parquet file"):
        read_table(tmp_path)


BAD_FRAMES = {
    "no rows": (FRAME.iloc[:0], "has column names but no rows"),
    "no columns": (pd.DataFrame(index=range(3)), "has no columns"),
    "a list": ([[1, 2]], "must be a file name, a data frame .* or an array .* found list"),
    "a flat array": (np.arange(3), r"found an array of shape \(3,\); give one of shape \(rows, columns\)"),
    "a cube": (np.zeros((2, 2, 2)), r"found an array of shape \(2, 2, 2\)"),
    "an array without rows": (np.zeros((0, 2)), "no rows"),
    "an array without columns": (np.zeros((2, 0)), "no columns"),
    "a column": (pd.Series([1, 2]), "found Series"),
    "nothing": (None, "found NoneType"),
}


@pytest.mark.parametrize("case", BAD_FRAMES)
def test_bad_frames(case):
    frame, message = BAD_FRAMES[case]
    with pytest.raises(DataError, match=message):
        read_table(frame)


# === The target ===


def test_the_target_is_found():
    assert find_target(FRAME, "sick") is not None
    assert find_target(FRAME, "sick").name == "sick"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sik", r"no target column 'sik'; did you mean 'sick'\?"),
        ("SICK", r"did you mean 'sick'\?"),
        ("zzz", "no target column 'zzz'; the table has 'age', 'colour', 'sick'"),
        (None, "no target is named; name a column"),
    ],
)
def test_an_unknown_target_is_told_with_the_nearest_names(name, message):
    with pytest.raises(DataError, match=message):
        find_target(FRAME, name)


def test_a_target_needs_a_column_beside_it():
    with pytest.raises(DataError, match="no column besides the target 'age'"):
        find_target(FRAME[["age"]], "age")


def test_other_roles_are_called_by_their_name():
    with pytest.raises(DataError, match="no group column 'sik'"):
        find_target(FRAME, "sik", "group")


def test_lists_of_names_are_cut():
    assert quoted("abcdefg") == "'a', 'b', 'c', 'd', 'e' and 2 more"
    assert quoted("ab") == "'a', 'b'"
    assert nearest("colr", ["Colour", "age"]) == ["Colour"]
