"""Numbers with decimal commas and grouped digits: how files and frames of them are read, and what is doubted."""

import warnings

import numpy as np
import pandas as pd
import pytest

from wellfit.errors import DataError, DataWarning, SpecError
from wellfit.table.kinds import reading_of
from wellfit.table.numerals import Decimals, marked, numbers_in, read_numbers
from wellfit.table.preparation.learn import prepare_table
from wellfit.table.read import read_table

NAN = float("nan")


def read(folder, lines, decimal=None, name="table.csv"):
    """Return what numbers of a file a preparation sees, by column, and what was warned of."""
    (folder / name).write_text("\n".join(lines) + "\n")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = read_table(folder / name, decimal)
        decimals = Decimals(frame)
        found = {}
        for column in frame:
            reading = reading_of(frame[column], decimals)
            if reading.doubtful:
                warnings.warn(reading.note, DataWarning, stacklevel=1)
            values = prepare_table(frame[[column]].assign(other=range(len(frame))))[0].columns[0]
            found[column] = (values.low[0], values.high[0]) if reading.kind == "number" else reading.kind
    return found, list(dict.fromkeys(str(warning.message) for warning in caught))


# === Files ===


def test_between_semicolons_a_comma_is_a_decimal_one(tmp_path):
    found, said = read(tmp_path, ["a;b", "1;553,617", "2;-20,5", "3;0,125"])
    assert found["b"] == (-20.5, 553.617)
    assert said == []


def test_what_could_be_read_otherwise_is_read_so_and_warned_of(tmp_path):
    lines = ["a;b", "1;553,617", "2;554,125", "3;7"]
    found, said = read(tmp_path, lines)
    assert found["b"] == (7.0, 554.125)
    words = "column 'b': numbers written like '553,617' are read as 553.617, though 553617 could be meant: "
    assert said == [f"{words}set decimal (--decimal) or write plain numbers."]
    assert read(tmp_path, lines, ",") == (found, [])
    assert read(tmp_path, lines, ".") == ({"a": (1, 3), "b": (7, 554125)}, [])


POINTS = ["1.234", "2.345", "567"]


@pytest.mark.parametrize(
    ("other", "decimal", "highest", "doubted"),
    [
        (["1", "2", "3"], None, 567, "1.234' are read as 1.234, though 1234 could be meant"),
        (["1", "2", "3"], ".", 567, None),
        (["1", "2", "3"], ",", 2345, None),
        (["1,5", "2", "3"], None, 2345, "1.234' are read as 1234, though 1.234 could be meant"),
        (["1,5", "2", "3"], ".", 567, None),
        (["1,5", "2", "3"], ",", 2345, None),
        (["1.5", "2", "3"], None, 567, "1.234' are read as 1.234, though 1234 could be meant"),
    ],
)
def test_points_between_semicolons_group_digits_where_commas_are_decimal(tmp_path, other, decimal, highest, doubted):
    lines = ["a;b", *(f"{first};{second}" for first, second in zip(other, POINTS, strict=True))]
    found, said = read(tmp_path, lines, decimal)
    assert found["b"][1] == highest
    assert len(said) == (doubted is not None)
    assert all(doubted in sentence and "column 'b'" in sentence for sentence in said)


@pytest.mark.parametrize("column", [["1.5", "2.25"], ["0.123", "0.456"], ["1.000", "2.000"], ["1234.567", "2345.678"], ["1.2345", "2.345"]])
def test_plain_points_between_semicolons_are_not_doubted(tmp_path, column):
    found, said = read(tmp_path, ["a;b", *(f"{place};{cell}" for place, cell in enumerate(column))])
    assert found["b"] == (float(column[0]), float(column[1]))
    assert said == []


@pytest.mark.parametrize("separator", [";", "\t"])
def test_infinite_numbers_are_read_without_a_warning(tmp_path, separator):
    (tmp_path / "table.csv").write_text(separator.join("ab") + "\n" + "".join(f"1{separator}{cell}\n" for cell in ("inf", "1.234", "-inf")))
    assert read_table(tmp_path / "table.csv", ",")["b"].tolist() == [np.inf, 1.234, -np.inf]


def test_a_european_export(tmp_path):
    lines = ["a;b;c;d", "-1.234,50 €;12 %;1.234.567;", "3,20 €;9,5 %;2.345;7,125", ";8 %;12;-8,25"]
    found, said = read(tmp_path, lines)
    assert found == {"a": (-1234.5, 3.2), "b": (8, 12), "c": (12, 1234567), "d": (-8.25, 7.125)}
    assert said == []


def test_an_american_export(tmp_path):
    found, said = read(tmp_path, ["a,b,c,d", '"$1,234.50","1,234.5","1,234,567",12 %', '$3.20,"2,345",12,9.5 %', "$8,-7,13,8 %"])
    assert found == {"a": (3.2, 1234.5), "b": (-7, 2345), "c": (12, 1234567), "d": (8, 12)}
    assert said == []


@pytest.mark.parametrize(("separator", "name"), [("\t", "table.tsv"), ("|", "table.csv")])
def test_elsewhere_other_columns_tell_what_a_comma_is(tmp_path, separator, name):
    def table(*rows):
        return [separator.join(row) for row in (("a", "b", "c"), *rows)]

    found, said = read(tmp_path, table(("1,5", "2,345", "3.456"), ("2,5", "1,234", "5.678")), name=name)
    assert found == {"a": (1.5, 2.5), "b": (1.234, 2.345), "c": (3456, 5678)}
    assert [sentence.partition(":")[0] for sentence in said] == ["column 'b'", "column 'c'"]
    found, said = read(tmp_path, table(("1.5", "2,345", "3.456"), ("2.5", "1,234", "5.678")), name=name)
    assert found == {"a": (1.5, 2.5), "b": (1234, 2345), "c": (3.456, 5.678)}
    assert [sentence.partition(":")[0] for sentence in said] == ["column 'b'"]


def test_packed_files_with_quotes_and_names_that_come_twice(tmp_path):
    frame = pd.DataFrame([["1,5", "1.234", "x;y"], ["2,5", "2.345", "z"]], columns=["a", "b", "c"])
    frame.to_csv(tmp_path / "table.csv.gz", sep=";", index=False)
    table = read_table(tmp_path / "table.csv.gz")
    assert table["b"].tolist() == ["1.234", "2.345"]
    assert table["c"].tolist() == ["x;y", "z"]
    (tmp_path / "twice.csv").write_text("a;b;b\n1,5;1.234;7\n2,5;2.345;8\n")
    with pytest.warns(DataWarning, match="more than one column named 'b'"):
        twice = read_table(tmp_path / "twice.csv")
    assert twice["b"].tolist() == ["1.234", "2.345"]
    assert twice["b (2)"].tolist() == [7, 8]


@pytest.mark.parametrize("sign", ["", ";", "comma", None])
def test_another_decimal_sign_is_refused(tmp_path, sign):
    (tmp_path / "table.csv").write_text("a\n1\n")
    if sign is None:
        assert len(read_table(tmp_path / "table.csv", None)) == 1
    else:
        with pytest.raises(SpecError, match=r"decimal must be '\.' or ',', found"):
            read_table(tmp_path / "table.csv", sign)


def test_mixed_decimal_signs_are_refused(tmp_path):
    lines = ["a;b", *(f"{place};{place}{'.,'[place % 2]}5" for place in range(30))]
    with pytest.raises(DataError, match="column 'b' holds numbers with decimal points beside numbers with decimal commas; use one"):
        read(tmp_path, lines)
    assert reading_of(pd.Series(["1.2.3", "1,2", "1.5", "x"])).kind == "category"


# === Frames ===


def text_of(frame, comma):
    return frame.map(lambda value: None if pd.isna(value) else f"{value:.3f}".replace(".", "," if comma else "."))


@pytest.mark.parametrize("comma", [False, True], ids=["trained on points", "trained on commas"])
def test_rows_may_be_written_otherwise_than_the_training_rows(comma):
    draw = np.random.default_rng(0)
    numbers = pd.DataFrame({"a": draw.normal(0, 100, 50).round(3), "b": draw.uniform(101, 999, 50).round(3), "c": draw.random(50).round(3)})
    numbers.loc[3, "a"], numbers.loc[4, "a"] = np.nan, 0.5
    trained = marked(text_of(numbers, comma), "," if comma else ".", given=True)
    preparation = prepare_table(trained)[0]
    expected = prepare_table(numbers)[0].transform(numbers, np.float64).X
    np.testing.assert_array_equal(preparation.transform(trained, np.float64).X, expected)
    for other in (numbers, text_of(numbers, not comma), marked(text_of(numbers, True), ",", given=True)):
        X, notes = preparation.transform(other, np.float64)
        np.testing.assert_array_equal(X, expected)
        assert [note for note in notes if "'a'" in note or "'c'" in note] == []
    with pytest.warns(DataWarning, match="column 'b': numbers written like") as caught:
        preparation.transform(text_of(numbers, True), warn=1)
    assert len(caught) == 1


def test_where_nothing_else_tells_the_training_rows_do():
    text = pd.DataFrame({"b": ["553,617", "701,5", "123,25", "88"]})
    preparation = prepare_table(text)[0]
    (note,) = preparation.transform(pd.DataFrame({"b": ["553,617"]})).notes
    assert "'553,617' are read as 553.617, though 553617 could be meant" in note
    (note,) = preparation.transform(pd.DataFrame({"b": ["553.617"]})).notes[:1]
    assert "'553.617' are read as 553617, though 553.617 could be meant" in note
    assert preparation.transform(pd.DataFrame({"b": ["553.6"]})).notes == []
    assert preparation.transform(marked(pd.DataFrame({"b": ["553.617"]}), ".", given=True)).notes == []


def test_rows_that_are_not_trained_on_tell_how_numbers_are_written():
    frame = pd.DataFrame({"b": ["553,617", "120,125", "701,250", "88,5", "90"]})
    preparation = prepare_table(frame, np.arange(3))[0]
    np.testing.assert_allclose([preparation.columns[0].low[0], preparation.columns[0].high[0]], [120.125, 701.25])


def test_a_share_needs_its_sign_in_later_rows_too():
    preparation = prepare_table(pd.DataFrame({"a": ["12 %", "7,5 %", "3 %"]}))[0]
    np.testing.assert_array_equal(
        preparation.transform(pd.DataFrame({"a": ["7.5 %"]})).X, preparation.transform(pd.DataFrame({"a": ["7,5 %"]})).X
    )
    with pytest.raises(DataError, match=r"holds '7\.5' in row 1 where numbers are expected"):
        preparation.transform(pd.DataFrame({"a": ["7.5"]}))


@pytest.mark.parametrize(
    ("texts", "like", "values", "form", "other"),
    [
        (["1,500", "2"], None, [1500, 2], ".", ","),
        (["1,500", "2"], "", [1500, 2], ".", ","),
        (["1,500", "2"], ",", [1.5, 2], ",", "."),
        (["1.500", "2"], ",", [1500, 2], ",", ""),
        (["1.500", "2"], None, [1.5, 2], "", None),
        (["1.5", "2"], ",", [1.5, 2], "", None),
        (["1,5", "2"], ".", [1.5, 2], ",", None),
        (["1,500,000", "2,5"], None, [1_500_000, NAN], ".", None),
        (["1", "x"], ",", [1, NAN], "", None),
        ([], ",", [], "", None),
    ],
)
def test_forms(texts, like, values, form, other):
    found = read_numbers(texts, like=like)
    np.testing.assert_array_equal(found.values, values)
    assert (found.form, found.other) == (form, other)


@pytest.mark.parametrize("form", [".", ",", ".$", ",€", ".%", ",%"])
@pytest.mark.parametrize(
    "text", ["192.168.1.1", "1.2.3", "1,2,3", "1,,5", "5€5", "31.5.2024", "inf", "1_000", "0x1F", "-", "(5)", "₹1,23,456"]
)
def test_what_only_resembles_a_number_is_none(text, form):
    assert np.isnan(numbers_in([text], form)).all()


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("1 234,5", ",", 1234.5),
        ("1\u00a0234.5", ".", 1234.5),
        ("1\u202f234", ".", 1234),
        ("1'234.50", ".", 1234.5),
        ("−3,491,057.640", ".", -3491057.64),
        ("1,5e3", ",", 1500),
        ("-$1,234.50", ".$", -1234.5),
        ("1.234,50 €", ",€", 1234.5),
        ("7,5 %", ",%", 7.5),
        ("0,125", ".", NAN),
        ("1,23", ".", NAN),
        ("7.5", ".%", NAN),
    ],
)
def test_what_a_text_spells(text, form, value):
    np.testing.assert_array_equal(numbers_in([text], form), [value])


def test_pandas_reads_a_number_to_the_same_bits_from_a_file_and_from_text(tmp_path):
    draw = np.random.default_rng(1)
    texts = [f"{value:.{digits}g}" for digits in (3, 9, 17) for value in draw.normal(size=300) * 10.0 ** draw.integers(-6, 6, 300)]
    for name, lines in (("points.csv", texts), ("commas.csv", [text.replace(".", ",") for text in texts])):
        (tmp_path / name).write_text("a;b\n" + "".join(f"1;{line}\n" for line in lines))
    points, commas = (prepare_table(read_table(tmp_path / name)[["b"]])[0].columns[0] for name in ("points.csv", "commas.csv"))
    assert (points.mean, points.scale, points.low) == (commas.mean, commas.scale, commas.low)
