"""`SweepCV`: a grid search, or a random one, whose networks are trained as one population.

The file is long because parameters and differences are documented at the class, where users expect them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from sklearn import get_config
from sklearn.base import clone, is_classifier
from sklearn.metrics import get_scorer_names
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection import GridSearchCV
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import _insert_error_scores, _warn_or_raise_about_fit_failures
from sklearn.utils import indexable
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_method_params, check_is_fitted

from wellfit.errors import SpecError, TrainingWarning, unknown_name
from wellfit.estimators.running import warn
from wellfit.estimators.sweep_candidates import Candidate, weights_parameter, why_apart, why_candidates_apart
from wellfit.estimators.sweep_folds import Problem, Tables, splits_of
from wellfit.estimators.sweep_grid import Grid, candidates_of
from wellfit.estimators.sweep_halving import FACTOR, epochs_by, rungs, survivors
from wellfit.estimators.sweep_networks import Networks
from wellfit.estimators.sweep_page import sweep_page
from wellfit.estimators.sweep_progress import ProgressPrinter
from wellfit.estimators.sweep_results import Rung, put_last, warn_of
from wellfit.estimators.sweep_scores import Scoring, overflows_of
from wellfit.plurals import counted
from wellfit.render.blocks import Page
from wellfit.render.result import Reportable
from wellfit.table.target import refuse_moments

__all__ = ["SweepCV"]

# What not every search sets.
OWN = ("n_diverged_", "n_iterations_", "n_candidates_", "n_resources_")
Scorings = str | Callable[..., Any] | list[str] | tuple[str, ...] | dict[str, Any] | None


class SweepCV(Reportable, BaseSearchCV):  # type: ignore[misc]
    """Grid search or random search by cross-validation, with all networks trained as one population.

    A drop-in for scikit-learn's `GridSearchCV`, and with `n_iter` for its `RandomizedSearchCV`: the same arguments, the same
    `cv_results_`, and the same scores to the last bit, much faster. This applies to `MLPClassifier` and `MLPRegressor`, alone or last in a
    `Pipeline`; the transformers before them are fitted once for each of their settings and fold. Any other estimator is searched by
    `GridSearchCV` itself, and so are networks with callbacks, with a scorer that decides on early stopping, or with fit parameters
    other than the weights of rows; ``verbose=1`` prints why.

    Diverged networks are scored with their last finite weights, as `GridSearchCV` does it, but their candidates rank behind all others;
    one warning counts and names them. After Ctrl-C the candidates that were trained in all folds are kept, with a warning; if there
    are none, `KeyboardInterrupt` is passed on.

    Parameters
    ----------
    estimator : estimator
        The estimator to search over; it is not changed.
    param_grid : dict, or list of dicts
        Values to try, by the parameters' names; with `n_iter`, distributions (with a method ``rvs``), too.
    n_iter : int, optional
        Number of candidates to draw at random; None: the whole grid.
    scoring : str, callable, list, tuple or dict, optional
        As in `GridSearchCV`; None: the estimator's own score.
    n_jobs : int, optional
        Networks trained at once, in joblib's convention; None: one for each core.
    refit : bool, str or callable, default=True
        Whether to fit the best candidate on all rows; with several metrics, the name of the one that decides.
    cv : int, splitter or iterable, optional
        As in `GridSearchCV`; None: five folds.
    verbose : int, default=0
        Above 0: print networks done, networks a second, time left and the best score so far, every two seconds.
    pre_dispatch : int or str, default="2*n_jobs"
        Used only where `GridSearchCV` does the search.
    random_state : int, RandomState or None, default=None
        Seed of the candidates, with `n_iter`.
    error_score : "raise" or float, default=nan
        Score of a candidate that cannot be fitted.
    return_train_score : bool, default=False
        Whether to score the training rows, too.
    halving : bool or float, default=False
        Successive halving on epochs: all candidates are trained for a few epochs, the best one in `halving` (True: in 3) of them for
        `halving` times as many, and so on, the last ones for all of their `max_iter`. Networks resume where they stopped, so that the
        last have the scores that they would have had without halving. `cv_results_` has a row for each candidate and rung, and the
        columns ``iter`` and ``n_resources`` of `HalvingGridSearchCV`.

    Attributes
    ----------
    cv_results_, best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, refit_time_, multimetric_, classes_, \
n_features_in_, feature_names_in_
        As in `GridSearchCV`.
    n_diverged_ : int array of shape (candidates,)
        How many networks of each row diverged; not set where `GridSearchCV` does the search.
    n_iterations_, n_candidates_, n_resources_
        With `halving`: number of rungs, candidates of each, maximum epochs of each.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from wellfit import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> network = MLPClassifier(hidden_layer_sizes=(), solver="lbfgs", random_state=0, engine="reference")
    >>> search = SweepCV(network, {"alpha": [0.01, 100.0]}, cv=2).fit(X, y)
    >>> search.best_params_, search.cv_results_["rank_test_score"].tolist()
    ({'alpha': 0.01}, [1, 2])
    """

    _parameter_constraints = {
        **BaseSearchCV._parameter_constraints,
        "param_grid": "no_validation",
        "n_iter": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
        "halving": ["boolean", Interval(Real, 1, None, closed="neither")],
    }

    def __init__(
        self,
        estimator: Any,
        param_grid: Grid,
        *,
        n_iter: int | None = None,
        scoring: Scorings = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[[dict[str, Any]], int] = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: float | str = np.nan,
        return_train_score: bool = False,
        halving: bool | float = False,
    ) -> None:
        super().__init__(
            estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_grid = param_grid
        self.n_iter = n_iter
        self.random_state = random_state
        self.halving = halving

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Train and score all candidates in all folds, and fit the best on all rows.

        Parameters
        ----------
        X : {array-like, sparse matrix, frame} of shape (rows, columns)
            The rows.
        y : array-like of shape (rows,) or (rows, outputs)
            The targets.
        **params
            ``groups`` for the splitter, and what the estimator's `fit` takes: ``sample_weight``, or of the last step of a pipeline
            ``<step>__sample_weight``.

        Returns
        -------
        self : object
            The fitted search.

        Raises
        ------
        ValueError, TypeError
            If a parameter of the grid does not exist, or the rows cannot be split.
        KeyboardInterrupt
            On Ctrl-C before any candidate was trained in all folds.
        ClusterError
            If the connection to the scheduler of a cluster was lost before that.
        """
        if isinstance(self.scoring, str) and self.scoring not in get_scorer_names():
            raise SpecError(unknown_name("scoring", self.scoring, get_scorer_names()))
        self._validate_params()
        for stale in OWN:
            self.__dict__.pop(stale, None)
        learner = getattr(self.estimator, "_final_estimator", self.estimator)
        if y is not None and getattr(learner, "_numeric_targets", False):
            # Else each fit would fail for itself.
            refuse_moments(y, "y")
        drawn = candidates_of(self.estimator, self.param_grid, self.n_iter, self.random_state)
        why = self._why_apart(y, params)
        if why:
            return self._as_scikit_learn(X, y, params, drawn, self.cv, why)
        base = clone(self.estimator)
        candidates = [Candidate(base, settings) for settings in drawn]
        why = why_candidates_apart(candidates)
        if why:
            return self._as_scikit_learn(X, y, params, drawn, self.cv, why)

        scorers, metric = self._get_scorers()
        if self.halving and isinstance(scorers, _MultimetricScorer):
            self._check_metric_of_halving(metric)
        X, y = indexable(X, y)
        checked = _check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(checked)
        splits = splits_of(self.cv, X, y, routed.splitter.split, classifies=is_classifier(self.estimator))
        weights = routed.estimator.fit.get(weights_parameter(self.estimator))
        problem = Problem(X, y, splits, weights, routed.scorer.score, self.return_train_score)
        network = candidates[0].network
        try:
            tables = Tables(problem, network, transforms=candidates[0].transformers is not None)
        except (ValueError, TypeError) as error:
            # Some of its folds may be usable: each then fails for itself.
            return self._as_scikit_learn(X, y, params, drawn, splits, f"the whole table cannot be used: {error}")
        scoring = Scoring(scorers, self.error_score)
        networks = Networks(candidates, tables, scoring, self.n_jobs)
        results, metric = self._searched(networks, metric)
        warn_of(networks)
        if self.refit or not self.multimetric_:
            self._choose(results, metric)
        if self.refit:
            self._refit(X, y, routed.estimator.fit)
        self.scorer_ = scorers._scorers if isinstance(scorers, _MultimetricScorer) else scorers
        self.cv_results_ = results
        self.n_splits_ = len(splits)
        return self

    def blocks(self, whole: bool = False) -> Page:
        """Return the best candidate, and the candidates by rank; see `report`."""
        check_is_fitted(self, "cv_results_")
        return sweep_page(self.cv_results_, self.n_splits_, getattr(self, "best_params_", None), self.refit, whole)

    # === Which way ===

    def _why_apart(self, y: Any, params: dict[str, Any]) -> str:
        """Return why the networks cannot be one population, as far as is known without the candidates."""
        if y is None:
            return "there are no targets"
        if getattr(self, "_skl_callbacks", ()):
            return "callbacks need separate fits"
        routing = bool(params) and get_config()["enable_metadata_routing"]
        return why_apart(self.estimator, params, routing=routing)

    def _as_scikit_learn(self, X: Any, y: Any, params: dict[str, Any], drawn: Sequence[dict[str, Any]], cv: Any, why: str) -> Self:
        """Have scikit-learn search, one fit after the other."""
        if self.halving:
            raise SpecError(f"halving needs networks that are one population, but {why}; see HalvingGridSearchCV.")
        if self.verbose:
            print(f"GridSearchCV does the search, because {why}.")
        search = GridSearchCV(
            self.estimator,
            [{name: [value] for name, value in settings.items()} for settings in drawn],
            scoring=self.scoring,
            n_jobs=self.n_jobs,
            refit=self.refit,
            cv=cv,
            verbose=self.verbose,
            pre_dispatch=self.pre_dispatch,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
        )
        if getattr(self, "_skl_callbacks", ()):
            search.set_callbacks(*self._skl_callbacks)
        search.fit(X, y, **params)
        self.__dict__.update({name: value for name, value in vars(search).items() if name.endswith("_") and not name.startswith("_")})
        return self

    # === The population ===

    def _searched(self, networks: Networks, metric: Any) -> tuple[dict[str, Any], Any]:
        """Train and score, rung by rung where halving is requested; return the results, and the metric that they are judged by."""
        candidates, folds = networks.candidates, len(networks.tables.problem.splits)
        factor = FACTOR if isinstance(self.halving, bool | np.bool_) else float(self.halving)
        progress = ProgressPrinter(folds, metric if isinstance(metric, str) else None) if self.verbose else None
        done: list[Rung] = []
        places = list(range(len(candidates)))
        entries = networks.of(places)
        shortest = min((entry.call.spec.training.epochs for entry in entries if entry.call is not None), default=1)
        last = rungs(len(candidates), shortest, factor) - 1 if self.halving else 0
        for number in range(last + 1):
            entries = networks.of(places)
            if progress is not None:
                progress.start(entries)
            finished = networks.train(entries, epochs_by(number, last, factor) if self.halving else None, progress)
            if not finished and done:
                warn(f"Training was interrupted: the scores after {len(done):,} of {counted(last + 1, 'rung')} decide.", TrainingWarning)
                break
            rung = Rung.of(number, entries, folds, networks.interruption_error)
            if not finished:
                warn(
                    f"Training was interrupted: {rung.whole:,} of {counted(len(places), 'candidate')} were trained in all folds; "
                    "the others have no score, and rank last.",
                    TrainingWarning,
                )
            _warn_or_raise_about_fit_failures(rung.records, self.error_score)
            if callable(self.scoring):
                _insert_error_scores(rung.records, self.error_score)
            self.multimetric_ = isinstance(rung.records[0]["test_scores"], dict)
            if self.multimetric_ and callable(self.scoring):
                self._check_refit_for_multimetric(rung.records[0]["test_scores"])
                metric = self.refit
            done.append(rung)
            if not finished:
                break
            if number < last:
                places = [places[place] for place in survivors(rung.ranks(self._metric_of_halving(metric)), factor)]
        return self._formatted(done, candidates, folds), metric

    def _formatted(self, done: Sequence[Rung], candidates: Sequence[Candidate], folds: int) -> dict[str, Any]:
        """Return `cv_results_`."""
        params = [candidates[place].params for rung in done for place in rung.places]
        more = {}
        if self.halving:
            more["iter"] = [rung.number for rung in done for _ in rung.places]
            more["n_resources"] = [epochs for rung in done for epochs in rung.epochs]
            self.n_iterations_, self.n_candidates_ = len(done), [len(rung.places) for rung in done]
            self.n_resources_ = [max(rung.epochs) for rung in done]
        self.n_diverged_ = np.concatenate([rung.diverged for rung in done])
        with overflows_of(bool(self.n_diverged_.any())):
            results: dict[str, Any] = self._format_results(params, folds, [record for rung in done for record in rung.records], more)
        put_last(results, self.n_diverged_)
        return results

    def _metric_of_halving(self, metric: Any) -> str | None:
        """Return the metric by which candidates are promoted to the next rung; None where there is but one."""
        if not self.multimetric_:
            return None
        # Only its first scores show whether a function gives several.
        self._check_metric_of_halving(metric)
        return str(metric)

    def _check_metric_of_halving(self, metric: Any) -> None:
        if not isinstance(metric, str):
            raise SpecError(f"refit must name the metric that decides in halving, found {self.refit!r}.")

    def _choose(self, results: dict[str, Any], metric: Any) -> None:
        """Choose the best candidate, of halving's last rung."""
        if callable(self.refit):
            self.best_index_ = self._select_best_index(self.refit, metric, results)
        else:
            ranks = results[f"rank_test_{metric}"]
            last = np.flatnonzero(results["iter"] == max(results["iter"])) if self.halving else np.arange(len(ranks))
            self.best_index_ = last[ranks[last].argmin()]
            self.best_score_ = results[f"mean_test_{metric}"][self.best_index_]
        self.best_params_ = results["params"][self.best_index_]

    def _refit(self, X: Any, y: Any, fit_params: dict[str, Any]) -> None:
        """Fit the best candidate on all rows."""
        self.best_estimator_ = clone(self.estimator).set_params(**clone(self.best_params_, safe=False))
        begin = time.perf_counter()
        self.best_estimator_.fit(X, y, **fit_params)
        self.refit_time_ = time.perf_counter() - begin
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_
