"""The power law that errors follow as rows are added: error(n) = floor + scale (n / largest)^-exponent, and how sure it is.

A least-squares fit of three numbers to eight points goes astray beyond them: the floor and the exponent trade against each other.
Here all floors and exponents of a grid take part, each as far as it is likely and in keeping with what such curves are known to do;
and the law itself is taken to hold only roughly, the less the further it is from the largest size that was measured.

References
----------
Cortes, C. et al. (1994). Learning curves: asymptotic values and rate of convergence. NeurIPS 6, 327-334.
Hestness, J. et al. (2017). Deep learning scaling is predictable, empirically. arXiv:1712.00409.
Viering, T. & Loog, M. (2023). The shape of learning curves: a review. IEEE TPAMI 45, 7799-7819.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["PowerLawDraws", "fit_power_law"]

Numbers = NDArray[np.float64]

# Exponents as they are met: log-normal about 0.5 (the rate of a parametric model), 95 % of them from 0.13 to 2.
USUAL_EXPONENT, EXPONENT_SPREAD = 0.5, 0.7
# By how much of itself an error is off the law at e times, or 1/e of, the largest size; and how much more of it for each unit of slope,
# for what falls steeply may bend. Chosen on curves of 24 open tables at two splits, where the median interval came out narrower than
# with one number for all curves, at the same coverage.
DOUBT, STEEP_DOUBT = 0.05, 0.15

_EXPONENTS = np.geomspace(0.08, 2.5, 32)
_FLOORS = np.linspace(0.0, 0.99, 34)  # as shares of the error at the largest size


@dataclass(frozen=True, eq=False)
class PowerLawDraws:
    """Many power laws, each as likely as the next, that together say how sure the error is."""

    largest: float  # the largest size measured
    # floor, scale, exponent: (draws,): in error(n) = floor + scale (n / largest)^-exponent; `scale` is what more rows can take off the
    # error at `largest`
    floor: Numbers
    scale: Numbers
    exponent: Numbers
    off: Numbers  # (draws,): how far reality strays from each, in standard deviations

    def errors_at(self, sizes: ArrayLike, doubted: bool = True) -> Numbers:
        """Return the errors that the laws give, (draws, sizes); if `doubted`, reality may stray from them beyond the largest size."""
        ratio = np.asarray(sizes, dtype=np.float64) / self.largest
        errors: Numbers = self.floor[:, None] + self.scale[:, None] * ratio ** -self.exponent[:, None]
        slope = self.exponent * self.scale / np.maximum(self.floor + self.scale, 1e-12)
        doubt = self.off * (DOUBT + STEEP_DOUBT * slope)
        return errors * np.exp(doubt[:, None] * np.log(np.maximum(ratio, 1.0))) if doubted else errors


def fit_power_law(sizes: ArrayLike, curves: ArrayLike, deviations: ArrayLike, rng: np.random.Generator) -> PowerLawDraws:
    """Draw one power law for each of many curves, (draws, sizes), that the measured one could as well have been.

    The curves differ as other dev rows would have made them differ, the deviations are those of seeds and of rows that were drawn. There
    are at least 3 different sizes.

    Examples
    --------
    >>> sizes = np.array([100, 200, 400, 800, 1600])
    >>> curve = 0.1 + 2.0 * sizes**-0.5
    >>> law = fit_power_law(sizes, np.tile(curve, (500, 1)), np.full(5, 0.001), np.random.default_rng(0))
    >>> low, high = np.quantile(law.errors_at([6400])[:, 0], [0.025, 0.975])
    >>> bool(low < 0.125 < high < 0.2)
    True
    """
    sizes, curves = np.asarray(sizes, dtype=np.float64), np.asarray(curves, dtype=np.float64)
    largest = float(sizes.max())
    powers = (sizes / largest) ** -_EXPONENTS[:, None]
    level = curves.mean(axis=0)
    strayed = DOUBT * np.log(largest / sizes) * level
    # A curve without any error still has a deviation that can be divided by.
    weights = 1.0 / (np.asarray(deviations) ** 2 + strayed**2 + (1e-6 + 1e-3 * level.max()) ** 2)
    last = int(sizes.argmax())
    prior = -0.5 * (np.log(_EXPONENTS / USUAL_EXPONENT) / EXPONENT_SPREAD) ** 2
    information = powers**2 @ weights

    floor, scale, exponent = (np.empty(len(curves)) for _ in range(3))
    for draw, curve in enumerate(curves):
        floors = curve[last] * _FLOORS
        rest = curve - floors[:, None]
        # The scale that fits best to each floor and exponent; errors that rise with the rows are fitted by none.
        best = np.maximum(0.0, ((rest * weights) @ powers.T) / information)
        misfit = ((rest[:, None, :] - best[:, :, None] * powers[None]) ** 2) @ weights
        likelihood = prior[None, :] - 0.5 * (misfit - misfit.min())
        share = np.exp(likelihood - likelihood.max()).ravel()
        place = np.unravel_index(np.searchsorted(share.cumsum(), rng.random() * share.sum()), misfit.shape)
        floor[draw], exponent[draw] = floors[place[0]], _EXPONENTS[place[1]]
        scale[draw] = max(0.0, best[place] + rng.standard_normal() / np.sqrt(information[place[1]]))
    return PowerLawDraws(largest, floor, scale, exponent, rng.standard_normal(len(curves)))
