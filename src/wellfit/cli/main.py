"""Commands and their options."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

import wellfit
from wellfit.cli import error_handler
from wellfit.cli.screen import Screen
from wellfit.errors import unknown_name

__all__ = ["app", "main"]

app = typer.Typer(
    name="wellfit",
    help="From a labelled table to a neural network that neither underfits nor overfits.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Decimal = Annotated[
    str | None,
    typer.Option(metavar="SIGN", help="Decimal sign, . or , of ambiguous numbers such as 1,234; default: as the table suggests."),
]
Json = Annotated[bool, typer.Option("--json", help="Print a JSON object on standard output, and nothing else.")]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 (done), 1 (a check failed), 2 (a mistake of the user) or 130 (Ctrl-C before anything was saved)."""
    # Else the interpreter looks through all objects once more before it lets them go, which takes half a second.
    atexit.register(gc.freeze)
    arguments = list(sys.argv[1:] if argv is None else argv)
    usage_error: Any = typer.BadParameter.__base__
    try:
        code = typer.main.get_command(app).main(args=arguments, prog_name="wellfit", standalone_mode=False)
    except usage_error as error:
        if arguments:
            Screen("--json" in arguments).error(_mistake(error, arguments))
        else:
            # Without a command the error is the help, as the field's convention goes: on standard error, with exit code 2.
            typer.echo(error.format_message(), err=True)
        return error_handler.MISTAKE
    except typer.Abort:
        return error_handler.INTERRUPTED
    return int(code or 0)


def _mistake(error: Any, arguments: list[str]) -> str:
    """Return a mistake in the arguments in one sentence, with what may have been meant and where to look."""
    verbs = [command.callback.__name__ for command in app.registered_commands if command.callback]
    verb = next((word for word in arguments if not word.startswith("-")), "")
    text, place = str(error.format_message()), f"'wellfit {verb} --help'" if verb in verbs else "'wellfit --help'"
    if option := getattr(error, "option_name", None):
        near = " or ".join(repr(name) for name in error.possibilities or ())
        text = f"option {option!r} is unknown{f'; did you mean {near}?' if near else '.'}"
    elif verb and verb not in verbs:
        text = unknown_name("command", verb, verbs)
    return f"{text} See {place}." if text.endswith("?") else f"{text.rstrip('.')}; see {place}."


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wellfit {wellfit.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """From a labelled table to a neural network that neither underfits nor overfits."""


def _numbers(option: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"expected numbers separated by commas, such as 0.1,1; found {text!r}", param_hint=option) from None


def _widths(text: str) -> tuple[int, ...]:
    if text.strip().lower() == "none":
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        message = f"expected whole numbers separated by commas, such as 64,32, or none; found {text!r}"
        raise typer.BadParameter(message, param_hint="--hidden") from None


@app.command()
def fit(
    table: Annotated[Path | None, typer.Argument(help="CSV or Parquet file. Without one: the built-in table of loans.")] = None,
    target: Annotated[str | None, typer.Option("--target", "-t", metavar="COLUMN", help="Column to predict.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Results folder; default: a new wellfit-run.")] = None,
    time: Annotated[
        float | None,
        typer.Option(
            "--time-budget",
            "--time",
            metavar="SECONDS",
            help="Search for this long, in rounds that each try what the last one suggests.",
        ),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option("--max-trials", "--trials", metavar="N", help="Search N networks in all; with --time-budget, until the first limit."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Train on the Dask cluster of this scheduler, such as tcp://host:8786.")
    ] = None,
    seed: Annotated[int, typer.Option("--random-state", "--seed", help="Seed of the split and the networks.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run of another table or other settings in --out.")] = False,
    as_json: Json = False,
    task: Annotated[str, typer.Option(help="auto, classification or regression.")] = "auto",
    group: Annotated[
        str | None, typer.Option("--groups", "--group", metavar="COLUMN", help="Keep rows of the same group together in one part.")
    ] = None,
    order_by: Annotated[str | None, typer.Option(metavar="COLUMN", help="Test on the newest rows by this column.")] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(
            "--categorical-features",
            "--category",
            metavar="COLUMN",
            help="Holds categories although it looks like numbers; may be repeated.",
        ),
    ] = None,
    decimal: Decimal = None,
    target_error: Annotated[float | None, typer.Option(metavar="ERROR", help="Error to reach: a share such as 0.02, or an RMSE.")] = None,
    hidden: Annotated[
        list[str] | None,
        typer.Option(metavar="N,N", help="Units of the hidden layers, or none; may be repeated."),
    ] = None,
    l2: Annotated[str | None, typer.Option("--l2", metavar="X,X", help="L2 penalties to try.")] = None,
    dropout: Annotated[str | None, typer.Option(metavar="X,X", help="Dropout rates to try.")] = None,
    activation: Annotated[str | None, typer.Option(help="Activation of the hidden layers: relu, tanh, ...")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Initial learning rate of Adam.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows per batch.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training rows.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Networks per setting.")] = None,
) -> int:
    """Train networks on a table, choose on dev rows, test once, save. With --time-budget or --max-trials, search in rounds."""
    changes = {
        "hidden": None if not hidden else tuple(_widths(text) for text in hidden),
        "l2": None if l2 is None else _numbers("--l2", l2),
        "dropout": None if dropout is None else _numbers("--dropout", dropout),
        "activation": activation,
        "learning_rate": learning_rate,
        "batch_size": batch_size,
        "epochs": epochs,
        "seeds": seeds,
    }

    def command(screen: Screen) -> int:
        categories = tuple(category or ())
        data = {
            "target": target,
            "task": task,
            "group": group,
            "time": order_by,
            "categories": categories,
            "seed": seed,
            "decimal": decimal,
        }
        from wellfit.cli.options import FitOptions

        options = FitOptions(table, data, out, changes, target_error, time, trials, scheduler, overwrite)
        from wellfit.cli.fit import fit_command

        return fit_command(screen, options)

    return error_handler.run(command, as_json)


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="Model file, or the folder that wellfit fit wrote.")],
    table: Annotated[Path, typer.Argument(help="CSV or Parquet file with the same columns.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="CSV to write; default: standard output.")] = None,
    decimal: Decimal = None,
    as_json: Json = False,
) -> int:
    """Predict a table's target, and each class's probability."""

    def command(screen: Screen) -> int:
        from wellfit.cli.predict import predict_command

        return predict_command(screen, model, table, out, decimal)

    return error_handler.run(command, as_json)


@app.command()
def diagnose(
    table: Annotated[Path, typer.Argument(help="CSV or Parquet file.")],
    target: Annotated[str | None, typer.Option("--target", "-t", metavar="COLUMN", help="Column to predict.")] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", "-m", metavar="FILE", help="Model file, or a folder of wellfit fit; default: train a network."),
    ] = None,
    time: Annotated[float | None, typer.Option("--time-budget", "--time", metavar="SECONDS", help="About how long it may take.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="HTML page to write, with pictures.")] = None,
    target_error: Annotated[float | None, typer.Option(metavar="ERROR", help="Error to reach: a share such as 0.02, or an RMSE.")] = None,
    seed: Annotated[int, typer.Option("--random-state", "--seed", help="Seed of the split and the networks.")] = 0,
    task: Annotated[str | None, typer.Option(help="auto, classification or regression.")] = None,
    group: Annotated[
        str | None, typer.Option("--groups", "--group", metavar="COLUMN", help="Keep rows of the same group together in one part.")
    ] = None,
    order_by: Annotated[str | None, typer.Option(metavar="COLUMN", help="Set aside the newest rows by this column.")] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(
            "--categorical-features",
            "--category",
            metavar="COLUMN",
            help="Holds categories although it looks like numbers; may be repeated.",
        ),
    ] = None,
    decimal: Decimal = None,
    as_json: Json = False,
) -> int:
    """Diagnose what is wrong with a network, and what to do next."""

    def command(screen: Screen) -> int:
        from wellfit.cli.diagnose import diagnose_command

        categories = tuple(category or ())
        options = {"target": target, "task": task, "group": group, "time": order_by, "categories": categories, "seed": seed}
        options["decimal"] = decimal
        return diagnose_command(screen, table, options, model, time, out, target_error)

    return error_handler.run(command, as_json)


@app.command()
def check(as_json: Json = False) -> int:
    """Check every gradient against finite differences."""

    def command(screen: Screen) -> int:
        from wellfit.cli.check import check_command

        return check_command(screen)

    return error_handler.run(command, as_json)


@app.command()
def warmup(as_json: Json = False) -> int:
    """Compile ahead of time, once per machine, what is otherwise compiled on first use."""

    def command(screen: Screen) -> int:
        from wellfit.cli.warmup import warmup_command

        return warmup_command(screen)

    return error_handler.run(command, as_json)


@app.command()
def course(
    notebook: Annotated[Path, typer.Argument(help="Notebook of the course (.ipynb); its author's code will run.")],
    data: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Folder with data.mat or the pictures.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Notebook to write, with its new outputs.")] = None,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="Time limit per cell.")] = 600.0,
    as_json: Json = False,
) -> int:
    """Run a notebook of the course, and compare its numbers with those stored in it."""

    def command(screen: Screen) -> int:
        from wellfit.cli.course import course_command

        return course_command(screen, notebook, data, out, timeout)

    return error_handler.run(command, as_json)


@app.command()
def reproduce(
    source: Annotated[str, typer.Argument(help="init, regularization, gradients, optimization, textbook or all.")] = "all",
    data: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Folder with data.mat.")] = None,
    course_functions: Annotated[
        bool, typer.Option("--course-functions", help="Also run the course's own NumPy functions (some minutes).")
    ] = False,
    seeds: Annotated[int, typer.Option(help="Networks per regulariser.")] = 20,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="HTML page to write, with figures.")] = None,
    as_json: Json = False,
) -> int:
    """Run the published experiments, and compare every number."""

    def command(screen: Screen) -> int:
        from wellfit.cli.reproduce import reproduce_command

        return reproduce_command(screen, source, data, course_functions, seeds, out)

    return error_handler.run(command, as_json)
