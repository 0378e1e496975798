"""How a gradient moves the parameters.

Legend: theta: all parameters, one vector; g: gradient of the cost; alpha: learning rate now; t: number of this step, from 1;
v: velocity, or average of gradients (first moment); s: average of squared gradients (second moment); mu, b1, b2: their
memories; eps: keeps a denominator from zero.

Each rule is a pure function from (theta, moments) to (theta, moments). The averages start at zero, so early ones are too small by
1 - b^t; the bias-corrected forms divide by it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wellfit.spec import Optimizer

Array = NDArray[np.floating]


def gradient_descent(theta: Array, g: Array, alpha: float) -> Array:
    """Return theta - alpha g: batch, stochastic or mini-batch, by the batch size alone."""
    return theta - alpha * g


def momentum(theta: Array, v: Array, g: Array, alpha: float, *, mu: float, nesterov: bool) -> tuple[Array, Array]:
    """Return theta + v with v <- mu v - alpha g (Polyak 1964), scikit-learn's form.

    Nesterov's look-ahead (Sutskever et al. 2013) takes the step that v would make next: theta + mu v - alpha g.
    """
    v = mu * v - alpha * g
    return (theta + mu * v - alpha * g if nesterov else theta + v), v


def averaged_momentum(theta: Array, v: Array, g: Array, alpha: float, t: int, *, mu: float, bias_correction: bool) -> tuple[Array, Array]:
    """Return theta - alpha v with v <- mu v + (1 - mu) g, an exponentially weighted average of gradients."""
    v = mu * v + (1 - mu) * g
    correction = 1 - mu**t if bias_correction else 1.0
    return theta - alpha * (v / correction), v


def rmsprop(optimizer: Optimizer, theta: Array, s: Array, g: Array, alpha: float, t: int) -> tuple[Array, Array]:
    """Return theta - alpha g / (sqrt(s) + eps) with s <- b2 s + (1 - b2) g^2 (Hinton 2012)."""
    b2 = optimizer.beta2
    s = b2 * s + (1 - b2) * g * g
    corrected = s / (1 - b2**t if optimizer.bias_correction else 1.0)
    return theta - alpha * g / _root(corrected, optimizer.epsilon, optimizer.epsilon_form == "inside"), s


def adam(optimizer: Optimizer, theta: Array, v: Array, s: Array, g: Array, alpha: float, t: int) -> tuple[Array, Array, Array]:
    """Return theta - alpha v^ / (sqrt(s^) + eps), with v^ = v / (1 - b1^t) and s^ = s / (1 - b2^t) (Kingma & Ba 2015).

    Three forms are in print. ``outside``: as above, the paper's algorithm 1. ``inside``: v^ / sqrt(s^ + eps). ``uncorrected``: alpha
    sqrt(1 - b2^t) / (1 - b1^t) * v / (sqrt(s) + eps), the paper's remark on efficiency and scikit-learn's form.
    """
    b1, b2, eps, form = optimizer.beta1, optimizer.beta2, optimizer.epsilon, optimizer.epsilon_form
    v = b1 * v + (1 - b1) * g
    s = b2 * s + (1 - b2) * g * g
    if form == "uncorrected":
        step = alpha * math.sqrt(1 - b2**t) / (1 - b1**t) * v / _root(s, eps, inside=False)
    else:
        step = alpha * (v / (1 - b1**t)) / _root(s / (1 - b2**t), eps, inside=form == "inside")
    return theta - step, v, s


def decay(theta: Array, weights: NDArray[np.bool_], alpha: float, weight_decay: float) -> Array:
    """Return theta - alpha weight_decay theta for the weights, theta for the biases: AdamW's share beside Adam's step.

    Reference: Loshchilov & Hutter (2019).
    """
    return np.where(weights, theta - alpha * weight_decay * theta, theta)


def _root(s: Array, eps: float, inside: bool) -> Array:
    """Return sqrt(s + eps) or sqrt(s) + eps."""
    return np.sqrt(s + eps) if inside else np.sqrt(s) + eps


def update(
    optimizer: Optimizer, theta: Array, v: Array, s: Array, g: Array, alpha: float, t: int, weights: NDArray[np.bool_]
) -> tuple[Array, Array, Array]:
    """Make step t (from 1) of any optimiser but L-BFGS at learning rate alpha; return theta, v and s.

    All arrays are (parameters,). AdamW decays where `weights` is True. Moments that a rule does not have are returned unchanged.
    """
    rule = optimizer.name
    if rule == "gradient_descent":
        return gradient_descent(theta, g, alpha), v, s
    if rule == "momentum":
        theta, v = momentum(theta, v, g, alpha, mu=optimizer.momentum, nesterov=optimizer.nesterov)
        return theta, v, s
    if rule == "averaged_momentum":
        theta, v = averaged_momentum(theta, v, g, alpha, t, mu=optimizer.momentum, bias_correction=optimizer.bias_correction)
        return theta, v, s
    if rule == "rmsprop":
        theta, s = rmsprop(optimizer, theta, s, g, alpha, t)
        return theta, v, s
    if rule == "adamw":
        theta = decay(theta, weights, alpha, optimizer.weight_decay)
    return adam(optimizer, theta, v, s, g, alpha, t)
