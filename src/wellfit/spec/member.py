"""One network of a population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellfit.spec.training import Spec

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Member"]


@dataclass(frozen=True, eq=False)
class Member:
    """One network of a population: what `fit_many` trains.

    Parameters
    ----------
    spec : Spec
        Network and training.
    seed : int
        Draws its initial parameters, shuffles and dropout masks.
    rows : array-like of int, optional
        Rows of the shared table to train on; None: all.
    dev_rows : array-like of int, optional
        Rows to look at, of the shared table or of the dev table where there is one. None: none, or all of the dev table.
    parameters : array of shape (size,), optional
        Initial parameters, in place of drawn ones.

    Examples
    --------
    >>> from wellfit.spec import Network, Spec, Training
    >>> Member(Spec(Network(2), Training(loss="squared_error")), seed=1).seed
    1
    """

    spec: Spec
    seed: int = 0
    rows: ArrayLike | None = None
    dev_rows: ArrayLike | None = None
    parameters: ArrayLike | None = None
