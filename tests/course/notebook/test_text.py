"""What is passed over in a notebook, what of its output counts, and what it asks for."""

import ast

import pytest

from wellfit.course.notebook.text import needed_cases, needed_files, printed, skip_lines


@pytest.mark.parametrize(
    "line",
    [
        *("!git clone https://example.org/a.git", "! cp -r a/* .", "  !ls", "%matplotlib inline", "%matplotlib", "%cd a", "%pip install x"),
        *("%load_ext nb_black", "from google.colab import drive", "import google.colab", "drive.mount('/content/drive')"),
        *(
            "uploaded = files.upload()",
            "os.chdir('/content/drive/My Drive')",
            'os.chdir(r"C:\\course")',
            "get_ipython().system('ls')",
            "%tensorflow_version 2.x",
        ),
    ],
)
def test_lines_that_are_passed_over(line):
    code, aside = skip_lines(f"if True:\n    {line}\n1")
    assert code.split("\n")[1].strip() == "pass"
    assert aside == [line.strip()]
    ast.parse(code)


@pytest.mark.parametrize(
    "code",
    [
        *("a != b", "x = 5 % 3", "%autoreload 2", "%load_ext autoreload", "%load_ext wellfit.course", "%time f()", "100\n%matplotlib_like"),
        *("import os\nos.chdir('datasets')", "'''\n100 %\n'''", "%%time\nf()", "drive = 1", "plt.rcParams['a'] = '!b'"),
    ],
)
def test_code_that_stays(code):
    assert skip_lines(code) == (code, [])


def test_the_result_of_a_shell_line_is_an_empty_list():
    assert skip_lines("names = !ls *.h5\nlen(names)") == ("names = []\nlen(names)", ["names = !ls *.h5"])


def test_a_line_goes_on_after_a_backslash():
    assert skip_lines("!pip install a \\\n   b \\\n   c\nprint(1)") == ("pass\n\n\nprint(1)", ["!pip install a b c"])


@pytest.mark.parametrize("magic", ["%%bash", "%%!", "%%script false", "%%html"])
def test_cells_of_another_language(magic):
    assert skip_lines(f"{magic}\nls -l") == ("pass", [magic])


# === Output ===


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def test_output_is_printed_text_and_results():
    outputs = [
        stream(["cost = 1\n", "cost = 2\n"]),
        stream("RuntimeWarning: 3\n", "stderr"),
        {"output_type": "execute_result", "data": {"text/plain": ["array([4])"]}},
        {"output_type": "display_data", "data": {"text/plain": "<Figure size 5 with 1 Axes>", "image/png": "6"}},
        {"output_type": "error", "ename": "E", "evalue": "7", "traceback": ["8"]},
    ]
    assert printed(outputs) == "cost = 1\ncost = 2\narray([4])\n"


@pytest.mark.parametrize(
    "text",
    [
        *("\x1b[92m\x1b[0m", "<matplotlib.figure.Figure at 0x7f8c1c0d1b00>", "<Figure size 504x288 with 1 Axes>", "at 0x7f8c"),
        *("Wall time: 3.1 s", "CPU times: user 2 s, sys: 1 s", "10 loops, best of 3: 5 ms per loop", "training took 7.5 seconds"),
    ],
)
def test_what_is_another_at_every_run_does_not_count(text):
    assert not any(letter.isdigit() for letter in printed([stream(text + "\n")]))


def test_a_name_with_time_in_it_counts():
    assert "0.25" in printed([stream("lr with time_interval 100: 0.25\n")])


# === Wishes ===


@pytest.mark.parametrize(
    ("code", "football", "cats"),
    [
        ("train_X, train_Y, test_X, test_Y = load_2D_dataset()", True, False),
        ("scipy.io.loadmat('datasets/data.mat')", True, False),
        ("h5py.File('datasets/train_catvnoncat.h5')", False, True),
        ("from reg_utils import load_dataset", False, True),
        ("from init_utils import load_dataset\nload_dataset()", False, False),
    ],
)
def test_the_files_that_code_reads(code, football, cats):
    assert needed_files(code) == {"football": football, "cats": cats}


@pytest.mark.parametrize(
    ("code", "text", "cases"),
    [
        ("p, g, v, s = update_parameters_with_adam_test_case()", "", "2017"),
        ("p, g, v, s, t, a, b, c, d = update_parameters_with_adam_test_case()", "", "2022"),
        ("p, g, v, s, t, a, b, c, d = testCase.update_parameters_with_adam_test_case()", "", "2022"),
        ("case = update_parameters_with_adam_test_case()", "", "2017"),
        ("%magic\np, g, v, s, t = update_parameters_with_adam_test_case()", "", "2017"),
        ("1", "W1 = [[ 1.63312395 -0.61217855 -0.5339999 ]", "2022"),
        ("1", "W1 = [[ 1.63535156 -0.62320365 -0.53718766]", "2017"),
    ],
)
def test_the_form_of_the_cases(code, text, cases):
    assert needed_cases(["import numpy", code], text) == cases
