"""Integrals over times without events, where everything is smooth, by Gauss-Legendre rules of ten points."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import Polynomial
from numpy.polynomial.legendre import leggauss

from .net import Array

_POINTS, _WEIGHTS = leggauss(10)


def _upper_integrals() -> Array:
    """Entry (p, q): the integral from point p to 1 of the polynomial that is 1 at point q and 0 at the other points."""
    table = np.zeros((len(_POINTS), len(_POINTS)))
    for q, point in enumerate(_POINTS):
        others = np.delete(_POINTS, q)
        primitive = (Polynomial.fromroots(others) / np.prod(point - others)).integ()
        table[:, q] = primitive(1.0) - primitive(_POINTS)
    return table


_UPPER = _upper_integrals()


def points(start: float, end: float) -> tuple[Array, Array]:
    """Points and weights of the rule between two times."""
    half = 0.5 * (end - start)
    return start + half * (_POINTS + 1.0), half * _WEIGHTS


def upper(start: float, end: float) -> Array:
    """Matrix (p, q) that makes of values at the points q integrals from point p to the end."""
    return 0.5 * (end - start) * _UPPER
