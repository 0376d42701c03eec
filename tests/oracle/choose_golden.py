#!/usr/bin/python3
"""Expected values for judging, choosing and comparing models, by independent programs.

usage: choose_golden.py [DIRECTORY]      (default tests/golden/choose)

Writes <topic>.txt; see cases.py. Wants Debian's python3-sklearn, python3-scipy. FUNCTIONS is how
each output is found: by a library's own function where there is one, else by the definition.
"""

import decimal
import platform
import random
import sys

import numpy as np
import scipy
import sklearn
from sklearn import metrics

sys.dont_write_bytecode = True
import cases  # noqa: E402

DIRECTORY = "tests/golden/choose"
SCRIPT = "tests/oracle/choose_golden.py"
VERSIONS = "python %s, scikit-learn %s, scipy %s, numpy %s" % (
    platform.python_version(),
    sklearn.__version__,
    scipy.__version__,
    np.__version__,
)


def halves(values):
    """x…, y… of equal length."""
    middle = len(values) // 2
    return np.array(values[:middle]), np.array(values[middle:])


# Regression --------------------------------------------------------------------------------------


def figures(prediction, truth):
    return [
        metrics.mean_squared_error(truth, prediction, squared=False),
        metrics.mean_absolute_error(truth, prediction),
        metrics.r2_score(truth, prediction) if len(truth) > 1 else float("nan"),
    ]


def bin_width(farthest):
    """The least round decimal of which ten reach `farthest`."""
    tenth = decimal.Decimal(farthest) / 10
    steps = [decimal.Decimal(s) for s in ("1", "1.2", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10")]
    unit = decimal.Decimal(1).scaleb(tenth.adjusted())
    return min(unit * s for s in steps if unit * s >= tenth)


def regression(constant, *values):
    """Figures, residuals, the baseline's figures, counts and the edge above them."""
    prediction, truth = halves(values)
    residual = truth - prediction
    width = bin_width(np.abs(residual).max())
    edges = [float(width * i) for i in range(-10, 11)]
    return [
        *figures(prediction, truth),
        residual.mean(),
        metrics.median_absolute_error(truth, prediction),
        *np.percentile(residual, [5, 25, 50, 75, 95]),
        *figures(np.full(len(truth), constant), truth),
        *np.histogram(residual, edges)[0],
        edges[-1],
    ]


# Operating points --------------------------------------------------------------------------------


def between(low, high):
    """The middle, rounded to the fewest digits that stay between."""
    middle = decimal.Decimal(repr(low + (high - low) / 2))
    for digits in range(1, 18):
        context = decimal.Context(prec=digits, rounding=decimal.ROUND_HALF_UP)
        if low < float(context.plus(middle)) < high:
            return float(context.plus(middle))
    return low


def thresholds(score):
    """From the highest: 1, between neighbours, and 0 where it is below every score."""
    distinct = sorted(set(score), reverse=True)
    inner = [between(b, a) for a, b in zip(distinct, distinct[1:])]
    return [1.0, *inner, *([0.0] if distinct[-1] > 0 else [])]


def criterion(rule, y, answer):
    """Value to be maximal, None where the rule is not kept."""
    by, number, cost_fp, cost_fn = rule
    (tn, fp), (fn, tp) = metrics.confusion_matrix(y, answer, labels=[0, 1])
    if by == 0:
        return metrics.f1_score(y, answer, zero_division=0)
    if by == 1:
        return metrics.fbeta_score(y, answer, beta=number, zero_division=0)
    if by == 2:
        return metrics.accuracy_score(y, answer)
    if by == 3:
        return metrics.balanced_accuracy_score(y, answer, adjusted=True)
    precision = metrics.precision_score(y, answer, zero_division=0)
    recall = metrics.recall_score(y, answer, zero_division=0)
    if by == 4:
        return recall if precision >= number else None
    if by == 5:
        return precision if recall >= number else None
    if by == 6:
        return answer.mean() if 0 < answer.mean() <= number else None
    return -(fp * cost_fp + fn * cost_fn)


def operating_point(by, number, cost_fp, cost_fn, *values):
    """Every threshold tried: threshold, value, tn, fp, fn, tp."""
    score, y = halves(values)
    tried = []
    for threshold in thresholds(score):
        answer = (score > threshold).astype(int)
        value = criterion((by, number, cost_fp, cost_fn), y, answer)
        if value is not None:
            tried.append((threshold, value, answer))
    best = max(value for _, value, _ in tried)
    equals = [t for t in tried if abs(t[1] - best) <= 1e-12]
    threshold, value, answer = equals[-1] if by == 5 else equals[0]
    return [threshold, abs(value), *metrics.confusion_matrix(y, answer, labels=[0, 1]).ravel()]


# Cases -------------------------------------------------------------------------------------------

FUNCTIONS = {
    "regression": regression,
    "operating_point": operating_point,
}


def numbers(seed, n, scale, noise):
    """Predictions and truths."""
    rng = random.Random(seed)
    truth = [round(rng.gauss(0.3 * scale, scale), 4) for _ in range(n)]
    return [round(0.8 * t + rng.gauss(0, noise), 4) for t in truth] + truth


def scores(seed, n, digits):
    """Scores and labels; few digits make ties."""
    rng = random.Random(seed)
    label = [int(rng.random() < 0.35) for _ in range(n)]
    score = [round(min(max(rng.gauss(0.4 + 0.2 * y, 0.2), 0), 1), digits) for y in label]
    return score + label


RULES = [
    (0, 0, 0, 0), (1, 2, 0, 0), (1, 0.5, 0, 0), (2, 0, 0, 0), (3, 0, 0, 0), (4, 0.6, 0, 0),
    (4, 0.3, 0, 0), (5, 0.9, 0, 0), (5, 0.25, 0, 0), (6, 0.1, 0, 0), (6, 0.29, 0, 0),
    (6, 1, 0, 0), (7, 0, 1, 5), (7, 0, 3, 1), (7, 0, 1, 0), (7, 0, 0, 2),
]  # fmt: skip

CASES = {
    "regression": [
        ("regression", (1.5, *numbers(1, 40, 2, 0.5))),
        ("regression", (30.25, *numbers(2, 101, 1000, 400))),
        ("regression", (0, *numbers(3, 25, 1e-3, 1e-2))),
        ("regression", (5, 5, 5, 5, 4, 4, 4)),
        ("regression", (4, 4, 4, 4.5, 4, 4, 4)),
        ("regression", (1, 2, 3)),
        ("regression", (1e6, 1000001.5, 1000002, 999998.25, 1000003, 1000000, 1000001)),
    ],
    "operating_point": [
        ("operating_point", (*rule, *rows))
        for rows in (scores(4, 100, 6), scores(5, 100, 1), scores(6, 60, 2))
        for rule in RULES
    ],
}  # fmt: skip


def main(arguments):
    directory = arguments[0] if arguments else DIRECTORY
    for topic in CASES:
        cases.write_topic(sys.modules[__name__], directory, topic)


if __name__ == "__main__":
    main(sys.argv[1:])
