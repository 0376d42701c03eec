#!/usr/bin/python3
"""Expected values for judging, choosing and comparing models, by independent programs.

usage: choose_golden.py [DIRECTORY]      (default tests/golden/choose)

Writes <topic>.txt; see cases.py. Wants Debian's python3-sklearn, python3-scipy,
python3-statsmodels and r-cran-proc. FUNCTIONS is how each output is found: by a library's own
function where there is one, else by the definition.
"""

import decimal
import platform
import random
import subprocess
import sys

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import stats
from sklearn import isotonic as sklearn_isotonic
from sklearn import metrics
from statsmodels.stats import contingency_tables, weightstats

sys.dont_write_bytecode = True
import cases  # noqa: E402

DIRECTORY = "tests/golden/choose"
SCRIPT = "tests/oracle/choose_golden.py"


def r(program, *lines):
    """What an R program prints, as numbers."""
    done = subprocess.run(
        ["Rscript", "-e", program], input="\n".join(lines), text=True, check=True, capture_output=True
    )
    return [float(x) for x in done.stdout.split()]


PROC = subprocess.run(
    ["Rscript", "-e", "cat(as.character(getRversion()), as.character(packageVersion('pROC')))"],
    text=True,
    check=True,
    capture_output=True,
).stdout.split()
VERSIONS = "python %s, scikit-learn %s, scipy %s, statsmodels %s, numpy %s, R %s, pROC %s" % (
    platform.python_version(),
    sklearn.__version__,
    scipy.__version__,
    statsmodels.__version__,
    np.__version__,
    *PROC,
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


# Comparisons -------------------------------------------------------------------------------------

PAIRED = """
suppressPackageStartupMessages(library(pROC))
rows <- read.table(file("stdin"))
curve <- function(score) roc(rows$V3, score, levels = c(0, 1), direction = "<", quiet = TRUE)
# pROC takes first minus second
test <- roc.test(curve(rows$V2), curve(rows$V1), paired = TRUE, method = "delong")
cat(sprintf("%.17g", c(rev(test$estimate), test$conf.int, test$statistic, test$p.value)))
"""


def thirds(values):
    n = len(values) // 3
    return np.array(values[:n]), np.array(values[n : 2 * n]), np.array(values[2 * n :])


def paired_auc(*values):
    """a…, b…, labels…: AUC of a and of b, difference, low, high, z, p."""
    a, b, y = thirds(values)
    lines = ["%r %r %d" % row for row in zip(a.tolist(), b.tolist(), y.astype(int).tolist())]
    auc_a, auc_b, low, high, z, p = r(PAIRED, *lines)
    assert abs(auc_a - metrics.roc_auc_score(y, a)) < 1e-12
    return [auc_a, auc_b, auc_b - auc_a, low, high, z, p]


def paired_loss(a, b):
    """Means, difference, z, p."""
    z, p = weightstats.ztest(b - a)
    return [a.mean(), b.mean(), (b - a).mean(), z, p]


def answers(right_a, right_b):
    """Accuracies, rows that one alone has right, McNemar's p."""
    only_a, only_b = (right_a & ~right_b).sum(), (right_b & ~right_a).sum()
    table = [[(right_a & right_b).sum(), only_a], [only_b, (~right_a & ~right_b).sum()]]
    p = contingency_tables.mcnemar(table, exact=True).pvalue
    return [right_a.mean(), right_b.mean(), only_a, only_b, p]


def mcnemar(only_a, only_b):
    return contingency_tables.mcnemar([[1, only_a], [only_b, 1]], exact=True).pvalue


def compare_binary(threshold_a, threshold_b, *values):
    """log-loss, Brier, answers."""
    a, b, y = thirds(values)
    losses = [-np.log(np.where(y == 1, s, 1 - s)) for s in (a, b)]
    assert abs(losses[0].mean() - metrics.log_loss(y, a)) < 1e-12
    squares = [(s - y) ** 2 for s in (a, b)]
    right = [(s > t) == (y == 1) for s, t in ((a, threshold_a), (b, threshold_b))]
    return [*paired_loss(*losses), *paired_loss(*squares), *answers(*right)]


def compare_multiclass(k, *values):
    """a's n x k, b's n x k, labels: log-loss, answers."""
    k = int(k)
    n = len(values) // (2 * k + 1)
    probs = [np.array(values[i * n * k : (i + 1) * n * k]).reshape(n, k) for i in (0, 1)]
    y = np.array(values[2 * n * k :]).astype(int)
    losses = [-np.log(p[np.arange(n), y]) for p in probs]
    right = [p.argmax(axis=1) == y for p in probs]
    return [*paired_loss(*losses), *answers(*right)]


def compare_regression(*values):
    """Mean squared error, both RMSE."""
    a, b, truth = thirds(values)
    squares = [(truth - p) ** 2 for p in (a, b)]
    rmse = [metrics.mean_squared_error(truth, p, squared=False) for p in (a, b)]
    return [*paired_loss(*squares), *rmse]


def bootstrap(*values):
    """a's losses, b's losses: low and high of scipy's percentile interval, 20000 resamples.

    Another generator: the test allows a twentieth of the width.
    """
    a, b = halves(values)
    found = stats.bootstrap(
        (b - a,), np.mean, n_resamples=20000, method="percentile", random_state=1
    ).confidence_interval
    return [found.low, found.high]


# Alerts and calibration --------------------------------------------------------------------------


def class_shift(*values):
    """Training shares, counts: 1 when the alert is due, else 0. Rare classes count as one."""
    shares, counts = halves(values)
    shares = shares / shares.sum()
    distance = np.abs(counts / counts.sum() - shares).sum() / 2
    rare = shares * counts.sum() < 5
    share, count = shares[rare].sum(), counts[rare].sum()
    kept = [*zip(shares[~rare], counts[~rare])]
    p_rare = 1
    if share * counts.sum() >= 5:
        kept.append((share, count))
    else:
        p_rare = stats.binom.sf(count - 1, counts.sum(), share)
    s, c = np.array(kept).T
    p = stats.chisquare(c, s / s.sum() * c.sum()).pvalue if len(kept) > 1 else 1
    return float(min(p, p_rare) < 0.001 and distance > 0.02)


def number_shift(n_training, *values):
    """Training targets, evaluated targets: 1 when the alert is due, else 0."""
    then, now = np.array(values[: int(n_training)]), np.array(values[int(n_training) :])
    error = weightstats.CompareMeans(
        weightstats.DescrStatsW(now), weightstats.DescrStatsW(then)
    ).std_meandiff_separatevar
    distance = abs(now.mean() - then.mean())
    return float(distance > 4 * error and distance > 0.1 * then.std(ddof=1))


def isotonic(n, *values):
    """Scores, outcomes, questions: knots x…, y…, then the answers."""
    n = int(n)
    x, y, asked = np.array(values[:n]), np.array(values[n : 2 * n]), np.array(values[2 * n :])
    model = sklearn_isotonic.IsotonicRegression(out_of_bounds="clip").fit(x, y)
    return [*model.X_thresholds_, *model.y_thresholds_, *model.predict(asked)]


# Cases -------------------------------------------------------------------------------------------

FUNCTIONS = {
    "regression": regression,
    "operating_point": operating_point,
    "paired_auc": paired_auc,
    "mcnemar": mcnemar,
    "compare_binary": compare_binary,
    "compare_multiclass": compare_multiclass,
    "compare_regression": compare_regression,
    "bootstrap": bootstrap,
    "class_shift": class_shift,
    "number_shift": number_shift,
    "isotonic": isotonic,
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


def two_scores(seed, n, digits, gain):
    """Scores of two models that resemble each other, the second better by `gain`, and labels."""
    rng = random.Random(seed)
    label = [int(rng.random() < 0.4) for _ in range(n)]
    a, b = [], []
    for y in label:
        shared = rng.gauss(0.4 + 0.2 * y, 0.15)
        for scores_of, extra in ((a, 0), (b, gain)):
            score = shared + extra * (y - 0.4) + rng.gauss(0, 0.1)
            scores_of.append(round(min(max(score, 0.01), 0.99), digits))
    return a + b + label


def two_tables(seed, n, k):
    """Probabilities of two models in 64ths: exact sums, ties; and labels."""
    rng = random.Random(seed)
    label = [rng.randrange(k) for _ in range(n)]
    tables = []
    for gain in (0.5, 0.9):
        for y in label:
            pull = [rng.random() ** 3 for _ in range(k)]
            pull[y] += gain if rng.random() < 0.7 else 0
            counts = [1] * k
            for c in rng.choices(range(k), pull, k=64 - k):
                counts[c] += 1
            tables += [c / 64 for c in counts]
    return tables + label


def two_predictions(seed, n):
    rng = random.Random(seed)
    truth = [round(rng.gauss(10, 4), 3) for _ in range(n)]
    return [round(t + rng.gauss(0, s), 3) for s in (1.5, 1.1) for t in truth] + truth


def two_losses(seed, n):
    rng = random.Random(seed)
    a = [round(rng.expovariate(1), 4) for _ in range(n)]
    return a + [round(0.9 * x + rng.gauss(0, 0.3) ** 2, 4) for x in a]


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
    "paired": [
        ("paired_auc", two_scores(7, 120, 6, 0.1)),
        ("paired_auc", two_scores(8, 150, 1, 0)),
        ("paired_auc", two_scores(9, 40, 2, -0.3)),
        ("paired_auc", two_scores(10, 200, 3, 0.02)),
        *(("mcnemar", t) for t in (
            (0, 0), (1, 0), (0, 6), (3, 3), (10, 25), (25, 10), (100, 101), (300, 420), (5000, 5230),
            (0, 1000))),
    ],
    "compare": [
        ("compare_binary", (0.5, 0.45, *two_scores(11, 120, 4, 0.2))),
        ("compare_binary", (0.5, 0.5, *two_scores(12, 80, 1, 0))),
        ("compare_multiclass", (3, *two_tables(13, 50, 3))),
        ("compare_multiclass", (5, *two_tables(14, 60, 5))),
        ("compare_regression", two_predictions(15, 100)),
        ("compare_regression", two_predictions(16, 12)),
    ],
    "alerts": [
        *(("class_shift", c) for c in (
            (0.9, 0.1, 900, 100), (0.9, 0.1, 850, 150), (0.9, 0.1, 870, 130), (0.9, 0.1, 876, 124),
            (0.9, 0.1, 8900000, 1100000), (0.9, 0.1, 8700000, 1300000), (0.5, 0.5, 30, 10),
            (300, 200, 100, 40, 45, 15), (300, 200, 100, 20, 50, 40),
            (0.96, 0.01, 0.02, 0.01, 95, 4, 1, 0), (0.96, 0.01, 0.02, 0.01, 85, 5, 5, 5),
            (0.4, 0.3, 0.1, 0.1, 0.1, 30, 3, 2, 3, 2), (0.99, 0.005, 0.005, 70, 15, 15),
            (0.99, 0.005, 0.005, 96, 2, 2), (0.99, 0.005, 0.005, 93, 7, 0), (0.6, 0.38, 0.02, 0, 50, 40, 10, 0))),
        *(("number_shift", (40, *c)) for c in (
            [*numbers(19, 20, 2, 0.5), *numbers(20, 20, 2, 0.5)],
            [*numbers(19, 20, 2, 0.5), *(x + 5 for x in numbers(20, 20, 2, 0.5))],
            [*numbers(19, 20, 2, 0.5), *(x + 1.9 for x in numbers(20, 20, 2, 0.5))],
            [*numbers(19, 20, 2, 0.5), *(x - 1 for x in numbers(20, 200, 2, 0.5))])),
    ],
    "isotonic": [
        ("isotonic", (n, *scores(seed, n, digits), -1, 0, 0.05, 0.17, 0.3333, 0.42, 0.5, 0.77, 0.9, 1, 2))
        for seed, n, digits in ((21, 80, 6), (22, 120, 1), (23, 100, 2), (24, 5, 3), (25, 2, 1))
    ],
    "bootstrap": [("bootstrap", two_losses(17, 60)), ("bootstrap", two_losses(18, 200))],
}  # fmt: skip


def main(arguments):
    directory = arguments[0] if arguments else DIRECTORY
    for topic in CASES:
        cases.write_topic(sys.modules[__name__], directory, topic)


if __name__ == "__main__":
    main(sys.argv[1:])
