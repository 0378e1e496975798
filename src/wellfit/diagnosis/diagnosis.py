"""`diagnose`: a model's errors, its training, and what to try next."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from wellfit.diagnosis.checks import CHECKS, TRAINING_CHECKS
from wellfit.diagnosis.evaluation import evaluate
from wellfit.diagnosis.finding import NOT_RUN, Finding, NotApplicable, ordered
from wellfit.diagnosis.learning_curve import forecast
from wellfit.diagnosis.model_adapter import said_task
from wellfit.diagnosis.next_step import find_next_step
from wellfit.diagnosis.result import Diagnosis
from wellfit.diagnosis.subject import Subject, make_subject
from wellfit.events import Callback, Event, Progress, Reporter
from wellfit.judge.verdict import judge
from wellfit.plurals import counted
from wellfit.spec.base import check_number, seed_of
from wellfit.store import FittedModel, NetworkModel
from wellfit.training.result import FitResult

__all__ = ["Diagnosis", "diagnose"]

# How long a diagnosis of a middling table takes with everything on, and what of it goes to networks of other seeds, to the reference
# models, to each check that trains, and to each look ahead: at more data, and at a next step.
SECONDS = 25.0
SEEDS_SHARE, REFERENCES_SHARE, CHECKS_SHARE, AHEAD_SHARE = 0.15, 0.4, 0.1, 0.25

T = TypeVar("T")


def diagnose(
    model: Any,
    X_train: Any,
    y_train: Any,
    X_dev: Any,
    y_dev: Any,
    target_error: float | None = None,
    *,
    time_budget: float | None = None,
    retrain: bool = True,
    random_state: Any = 0,
    n_jobs: int | None = None,
    name: str | None = None,
    callback: Callback | None = None,
) -> Diagnosis:
    """Diagnose whether a model underfits or overfits, what is wrong with its data and training, and what to try next.

    Parameters
    ----------
    model : object
        A fitted scikit-learn estimator (wellfit's among them, or a pipeline), a loaded model, the `FitResult` of `wellfit.fit`, or
        anything else with `predict`. For wellfit's networks the training is examined, too.
    X_train, X_dev : frame, or array-like of shape (rows, columns)
        Training rows and dev rows; never pass test rows.
    y_train, y_dev : array-like of shape (rows,)
        Their targets.
    target_error : float, optional
        The desired error: a share of the rows such as 0.02, or an RMSE. None: the error of the best of four simple models, or without
        `retrain` of a linear one.
    time_budget : float, optional
        About how many seconds to take; None: 25, or less if the table needs less.
    retrain : bool
        Whether to train networks and all reference models for it. Without, it takes a second or two.
    random_state : int, RandomState instance or None
        Draws folds, rows and seeds.
    n_jobs : int, optional
        Fits at once, in joblib's convention; None: one for each core.
    name : str, optional
        Name of the model; None: that of its class.
    callback : callable, optional
        Called with a `wellfit.types.Progress` at the beginning of each stage, and about ten times a second while networks are trained.
        If it returns True, training ends and the diagnosis reports what is known so far.

    Returns
    -------
    Diagnosis

    Raises
    ------
    DataError
        If the model is not fitted or cannot predict, the parts have different columns, or a target cannot be used.
    SpecError
        If the target error, the budget or the random state is out of range.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from wellfit import datasets, train_dev_test_split
    >>> X, y = datasets.moons(600, noise=0.35, seed=0)
    >>> X_train, X_dev, _, y_train, y_dev, _ = train_dev_test_split(X, y)
    >>> tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
    >>> diagnose(tree, X_train, y_train, X_dev, y_dev, retrain=False).verdict.word
    'overfits'
    """
    started = time.perf_counter()
    if time_budget is not None:
        check_number("time_budget", time_budget, 0.0, open_low=True)
    total, seed = time_budget or SECONDS, seed_of(random_state)
    stages = _Stages(callback, 4 if retrain else 2)
    subject = make_subject(model, X_train, y_train, X_dev, y_dev, name)
    if target_error is not None:
        subject.metric.parse(target_error)
    stages.begin("bias and variance")
    evaluation = evaluate(
        subject,
        target_error,
        retrain=retrain,
        seconds=(SEEDS_SHARE * total, REFERENCES_SHARE * total),
        seed=seed,
        n_jobs=n_jobs,
        callback=stages.follow,
    )
    verdict = judge(evaluation)
    stages.begin("health checks")
    findings = [_checked(check, subject) for check in CHECKS]
    if retrain:
        findings += [_checked(check, subject, CHECKS_SHARE * total) for check in TRAINING_CHECKS]
    told = ordered(findings)
    more_data = next_step = None
    left_out = dict.fromkeys(("more data", "next step"), "not estimated, because it needs to train networks.") if not retrain else {}
    if retrain:
        how: dict[str, Any] = {"seconds": AHEAD_SHARE * total, "seed": seed, "n_jobs": n_jobs, "callback": stages.follow}
        stages.begin("more data")
        more_data, left_out["more data"] = _tried(forecast, subject, **how)
        stages.begin("next step")
        next_step, left_out["next step"] = _tried(find_next_step, subject, verdict, told, **how)
    reasons = {name: reason for name, reason in left_out.items() if reason}
    return Diagnosis(
        verdict, evaluation.seeds, told, more_data, next_step, reasons, _notes(subject), time.perf_counter() - started, subject
    )


class _Stages:
    """Reports the stages of a diagnosis."""

    def __init__(self, callback: Callback | None, total: int) -> None:
        self.report, self.total = Reporter(callback), total
        self.name, self.done = "", -1

    def begin(self, name: str) -> None:
        """Report that a stage begins."""
        self.name, self.done = name, self.done + 1
        self.report(Progress(name, self.done, self.total))

    def follow(self, event: Event) -> bool:
        """Report, for an event of networks in training, that the stage goes on; return whether to stop."""
        return self.report(Progress(self.name, self.done, self.total))


def _tried(look: Callable[..., T], *arguments: Any, **how: Any) -> tuple[T | None, str]:
    """Return a forecast or a next step, or else why there is none."""
    try:
        return look(*arguments, **how), ""
    except NotApplicable as reason:
        return None, f"not estimated: {str(reason).removesuffix('.')}."
    except Exception as error:  # noqa: BLE001  (what a look ahead trips over must not cost what is known by then)
        return None, f"failed: {_first_line(error)}."


def _checked(check: Callable[..., Finding], *arguments: Any) -> Finding:
    """Return the finding of a check; one that does not apply, or fails, says why and stops nothing."""
    name = check.__name__.removeprefix("check_")
    title = name.replace("_", " ").capitalize().replace("relus", "ReLUs")
    try:
        with warnings.catch_warnings():
            # What a check tries on odd data is its own business; what it found is in its evidence.
            warnings.simplefilter("ignore")
            return check(*arguments)
    except NotApplicable as reason:
        return Finding(name, title, NOT_RUN, str(reason))
    except Exception as error:  # noqa: BLE001  (one check that fails must not cost the rest of the diagnosis)
        return Finding(name, title, NOT_RUN, f"the check failed: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or ['no message'])[0]}"


def _notes(subject: Subject) -> tuple[str, ...]:
    """Return notes on how to read the errors."""
    lost, notes = subject.rows_without_number, []
    if lost:
        notes.append(f"the network's output is not finite for {counted(lost, 'row, which counts', 'rows, which count')} as wrong")
    if not isinstance(subject.model, FitResult | FittedModel | NetworkModel) and not said_task(subject.model):
        taken = "classes" if subject.is_classification else "numbers"
        notes.append(f"predictions are taken as {taken}, as in y_train; a scikit-learn classifier or regressor would settle it")
    return tuple(notes)
