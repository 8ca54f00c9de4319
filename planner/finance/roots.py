"""Every rate at which dated amounts have a present value of zero.

With y = ln(1 + r) the present value is F(y) = sum_i c_i exp(-y t_i). F has at most as many real roots as
the amounts have changes of sign (Descartes' rule; it holds for real t_i). Between t_k and t_{k+1}, where
the sign changes, take s: the derivative of exp(ys) F(y) has the amounts c_i (s - t_i), one change of sign
fewer. Applied until no change is left, this gives a chain of functions; the roots of each cut the line into
pieces on which the one before is monotone, so that each piece holds at most one root, found by a bracketed
Newton search. A multiple root lies on one of the cuts. No start value is guessed and no root is missed.

*Source:* G. Polya, G. Szego, Problems and Theorems in Analysis II, part V, chapter 1 (rule of signs for
exponential sums, by Rolle's theorem).
"""

from __future__ import annotations

import numpy as np

from planner.finance.checks import FloatArray

NEGLIGIBLE = 1e-14  # an amount below this part of the largest is a rounding residue, not a change of sign
_TANGENT = 1e-14  # |F| / sum |terms| that rounding explains: the curve touches zero
_NEAR_TANGENT = 1e-6  # such places are kept as cuts: a cut too many costs nothing, one too few costs a root
_MOST_STEPS = 200
_CHUNK_ROWS = 4096  # bounds the memory of a vectorised search


def log_growth_roots(amounts: FloatArray, times: FloatArray) -> FloatArray:
    """All y = ln(1 + r) at which sum_i amounts_i exp(-y times_i) is zero, ascending.

    amounts, times: shape (n,); equal times are added up first [money], [period].

    >>> roots = log_growth_roots(np.array([-100.0, 305, -231]), np.arange(3.0))
    >>> [round(float(np.expm1(y)), 9) for y in roots]
    [0.4, 0.65]
    """
    moments, place = np.unique(times, return_inverse=True)
    largest = np.abs(amounts).max()
    if largest == 0:
        return np.empty(0)
    sums = np.bincount(place, weights=amounts / largest)
    keep = np.abs(sums) > NEGLIGIBLE
    if keep.sum() < 2:
        return np.empty(0)
    moments, signs, logs = moments[keep], np.sign(sums[keep]), np.log(np.abs(sums[keep]))

    chain: list[tuple[FloatArray, FloatArray, float]] = []
    while (changes := np.flatnonzero(signs[1:] != signs[:-1])).size:
        last = int(changes[len(changes) // 2])
        shift = float(moments[last] + moments[last + 1]) / 2
        chain.append((signs, logs, shift))
        logs = logs + np.log(np.abs(shift - moments))
        logs = logs - logs.max()
        signs = np.where(moments > shift, -signs, signs)

    roots = cuts = np.empty(0)
    for signs, logs, shift in reversed(chain):
        roots, cuts = _roots_between(signs, logs, moments - shift, cuts)
    return roots


def _roots_between(
    signs: FloatArray, logs: FloatArray, times: FloatArray, cuts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Roots of one function of the chain, and the cuts that they give to the function before it."""
    low, high = _bounds(logs[None, :], times)
    inside = cuts[(cuts > low) & (cuts < high)]
    grid = np.unique(np.concatenate((low, inside, high)))
    values = _scaled(signs, logs, times, grid)[0]
    touching = np.abs(values) <= _TANGENT * (1 + np.abs(grid) * np.ptp(times))
    state = np.where(touching, 0.0, np.sign(values))
    crossing = np.flatnonzero(state[1:] * state[:-1] < 0)
    crossed = _refined(signs, logs, times, grid[crossing], grid[crossing + 1])
    roots = np.sort(np.concatenate((crossed, _one_per_run(grid, values, touching))))
    return roots, np.concatenate((roots, grid[np.abs(values) <= _NEAR_TANGENT]))


def _one_per_run(grid: FloatArray, values: FloatArray, chosen: np.ndarray) -> FloatArray:
    """Of each run of neighbouring chosen grid points, the one with the smallest absolute value."""
    places = np.flatnonzero(chosen)
    if not places.size:
        return np.empty(0)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return np.array([grid[run[np.argmin(np.abs(values[run]))]] for run in runs])


def _scaled(signs: FloatArray, logs: FloatArray, times: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """F and its slope at y, both divided by the sum of the absolute terms (no overflow), shape of y.

    signs, logs, times: shape (n,) or (m, n); y: shape (m,).
    """
    powers = logs - y[:, None] * times
    weights = np.exp(powers - powers.max(axis=1, keepdims=True))
    total = weights.sum(axis=1)
    terms = signs * weights
    return terms.sum(axis=1) / total, -(terms * times).sum(axis=1) / total


def _bounds(logs: FloatArray, times: FloatArray) -> tuple[FloatArray, FloatArray]:
    """y below and above all roots: there the last or the first amount outweighs all others twice.

    logs: shape (m, n), -inf for no amount; times: shape (n,) or (m, n), ascending.
    """
    times = np.broadcast_to(times, logs.shape)
    present = np.isfinite(logs)
    count = logs.shape[1]
    first = present.argmax(axis=1)[:, None]
    last = count - 1 - present[:, ::-1].argmax(axis=1)[:, None]
    margin = np.log(2.0 * count)

    def farthest(end: np.ndarray) -> FloatArray:
        gap = np.abs(times - np.take_along_axis(times, end, axis=1))
        excess = logs - np.take_along_axis(logs, end, axis=1) + margin
        ratios = np.full(logs.shape, -np.inf)
        np.divide(excess, gap, out=ratios, where=present & (gap > 0))
        return np.asarray(ratios.max(axis=1))

    return -farthest(last), farthest(first)


def _refined(signs: FloatArray, logs: FloatArray, times: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """The root inside each bracket [low, high], shape (m,): Newton steps, halved where they do not help."""
    if not low.size:
        return np.empty(0)
    low, high = low.copy(), high.copy()
    sign_low = np.sign(_scaled(signs, logs, times, low)[0])
    y = (low + high) / 2
    step_before = high - low
    for _ in range(_MOST_STEPS):
        value, slope = _scaled(signs, logs, times, y)
        same = np.sign(value) == sign_low
        low = np.where(same, y, low)
        high = np.where(same, high, y)
        with np.errstate(over="ignore"):
            newton = y - np.divide(value, slope, out=np.full_like(y, np.inf), where=slope != 0)
        good = (newton >= low) & (newton <= high) & (np.abs(newton - y) < step_before / 2)
        following = np.where(value == 0, y, np.where(good, newton, (low + high) / 2))
        step_before = np.abs(following - y)
        y = following
        if np.all(step_before <= 2e-16 * np.maximum(1.0, np.abs(y))):
            break
    return y


def single_change_roots(amounts: FloatArray) -> FloatArray:
    """y = ln(1 + r) of rows whose amounts change sign exactly once, hence have exactly one root, shape (m,).

    amounts: shape (m, n), one column per period [money].
    """
    found = [
        _single_change_chunk(amounts[start : start + _CHUNK_ROWS]) for start in range(0, len(amounts), _CHUNK_ROWS)
    ]
    return np.concatenate(found) if found else np.empty(0)


def _single_change_chunk(amounts: FloatArray) -> FloatArray:
    signs = np.sign(amounts)
    opening = signs[np.arange(len(signs)), (signs != 0).argmax(axis=1)][:, None]
    shift = (signs == -opening).argmax(axis=1)[:, None] - 0.5
    logs = np.full(amounts.shape, -np.inf)
    np.log(np.abs(amounts), out=logs, where=signs != 0)
    times = np.arange(amounts.shape[1]) - shift
    low, high = _bounds(logs, times)
    return _refined(signs, logs, times, low, high)


def sign_changes(amounts: FloatArray) -> np.ndarray:
    """Number of changes of sign in each row, zeros passed over, shape (m,).

    >>> sign_changes(np.array([[-1.0, 0, 2, -3], [1, 0, 0, 2]])).tolist()
    [2, 0]
    """
    signs = np.sign(amounts)
    held = np.where(signs != 0, np.arange(amounts.shape[1]), 0)
    filled = np.take_along_axis(signs, np.maximum.accumulate(held, axis=1), axis=1)
    return np.asarray((filled[:, 1:] * filled[:, :-1] < 0).sum(axis=1))
