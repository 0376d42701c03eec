#!/usr/bin/python3
"""Expected values for the evaluation tests, by scikit-learn, scipy and numpy.

usage: eval_golden.py [--inputs] [DIRECTORY]      (default tests/golden/eval)

Reads <case>.csv and writes <case>.sklearn.txt: one "name value…" line per result; # is a comment.
--inputs writes the synthetic inputs first. Wants Debian's python3-sklearn and python3-scipy.
Scores stay away from 0 and 1, where clipping rules differ between programs.
"""

import csv
import os
import platform
import random
import sys

import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn import metrics

DIRECTORY = "tests/golden/eval"

# Every option of an evaluation; thresholds that occur among the scores try the strict comparison.
BINARY = {
    "binary_smooth": {"threshold": 0.5, "prior": 0.31, "cost_fp": 1.0, "cost_fn": 5.0},
    "binary_ties": {"threshold": 0.35, "prior": 0.6, "cost_fp": 3.0, "cost_fn": 1.0},
    "binary_rare": {"threshold": 0.1, "prior": 0.04, "cost_fp": 2.5, "cost_fn": 40.0},
}
MULTICLASS = {
    "multiclass_4": {"priors": [0.2, 0.25, 0.4, 0.15]},
    "multiclass_12": {"priors": [0.0625] * 4 + [0.125] * 4 + [0.0625] * 4},
}


# Inputs ------------------------------------------------------------------------------------------


def logistic(x):
    return 1 / (1 + np.exp(-x))


def binary_rows(seed, n, intercept, digits):
    """Labels drawn from a logistic model whose scores are shifted and rounded."""
    rng = random.Random(seed)
    rows = []
    for _ in range(n):
        margin = intercept + 1.7 * rng.gauss(0, 1)
        label = int(rng.random() < logistic(margin))
        score = logistic(0.3 + 1.2 * margin)
        step = 10**-digits
        rows.append((label, round(min(max(score, step), 1 - step), digits)))
    return rows


def multiclass_rows(seed, n, weights, denominator):
    """Probabilities are multiples of a power of two: exact, sums of exactly 1, argmax ties."""
    rng = random.Random(seed)
    k = len(weights)
    rows = []
    for _ in range(n):
        label = rng.choices(range(k), weights)[0]
        pull = [rng.random() ** 3 for _ in range(k)]
        pull[label] += 0.5 if rng.random() < 0.7 else 0
        counts = [1] * k
        for c in rng.choices(range(k), pull, k=denominator - k):
            counts[c] += 1
        rows.append([label] + [c / denominator for c in counts])
    return rows


def write_csv(path, header, rows):
    with open(path, "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_inputs(directory):
    for name, rows in {
        "binary_smooth": binary_rows(1, 400, -1.0, 6),
        "binary_ties": binary_rows(2, 300, 0.3, 2),
        "binary_rare": binary_rows(3, 500, -4.5, 3),
    }.items():
        write_csv(os.path.join(directory, name + ".csv"), ["label", "score"], rows)
    # In the second, class 3 never occurs.
    rare = [8, 5, 3, 0, 2, 2, 2, 1, 1, 1, 1, 1]
    for name, rows in {
        "multiclass_4": multiclass_rows(4, 300, [3, 2, 4, 1], 64),
        "multiclass_12": multiclass_rows(5, 350, rare, 128),
    }.items():
        header = ["label"] + ["p%d" % c for c in range(len(rows[0]) - 1)]
        write_csv(os.path.join(directory, name + ".csv"), header, rows)


# Expected values ---------------------------------------------------------------------------------


def read_csv(directory, case):
    table = np.loadtxt(os.path.join(directory, case + ".csv"), delimiter=",", skiprows=1)
    return table[:, 0].astype(int), table[:, 1:]


def threshold_figures(y, score, threshold):
    answer = (score > threshold).astype(int)
    (tn, fp), (fn, tp) = metrics.confusion_matrix(y, answer, labels=[0, 1])
    return {
        "confusion": [tn, fp, fn, tp],
        "accuracy": metrics.accuracy_score(y, answer),
        "precision": metrics.precision_score(y, answer, zero_division=0),
        "recall": metrics.recall_score(y, answer, zero_division=0),
        "f1": metrics.f1_score(y, answer, zero_division=0),
        "fpr": fp / (fp + tn),
        "predicted_positive_rate": answer.mean(),
    }


def curves(y, score):
    """Points of roc_curve with drop_intermediate; precision and recall at the same thresholds."""
    fpr, tpr, reached = metrics.roc_curve(y, score, drop_intermediate=True)
    precision, recall, at = metrics.precision_recall_curve(y, score)
    by_threshold = {t: (p, r) for t, p, r in zip(at, precision, recall)}
    pr = [(1.0, 0.0)] + [by_threshold[t] for t in reached[1:]]
    return {
        "roc_fpr": list(fpr),
        "roc_tpr": list(tpr),
        "pr_precision": [p for p, _ in pr],
        "pr_recall": [r for _, r in pr],
    }


def calibration(y, score):
    edges = np.arange(101) / 100
    bins = np.digitize(score, np.arange(11) / 10) - 1
    rows, means, rates, error = [], [], [], 0.0
    for b in range(10):
        inside = bins == b
        n = int(inside.sum())
        rows.append(n)
        means.append(score[inside].mean() if n else 0.0)
        rates.append(y[inside].mean() if n else 0.0)
        error += n / len(y) * abs(means[-1] - rates[-1])
    return {
        "histogram_negative": list(np.histogram(score[y == 0], edges)[0]),
        "histogram_positive": list(np.histogram(score[y == 1], edges)[0]),
        "reliability_rows": rows,
        "reliability_mean_score": means,
        "reliability_observed_rate": rates,
        "ece": error,
    }


def costs(y, score, threshold, fp, fn):
    def total(t):
        answer = score > t
        return fp * int((answer & (y == 0)).sum()) + fn * int((~answer & (y == 1)).sum())

    candidates = sorted({0.0, 1.0, *score}, reverse=True)
    least = min(candidates, key=total)  # the first, hence highest, of equals
    theory = fp / (fp + fn)
    return {
        "cost_total": float(total(threshold)),
        "cost_per_row": total(threshold) / len(y),
        "cost_always_negative": float(total(1)),
        "cost_always_positive": float(total(-1)),
        "cost_theoretical_threshold": theory,
        "cost_theoretical_total": float(total(theory)),
        "cost_least_threshold": least,
        "cost_least_total": float(total(least)),
    }


def binary_expected(directory, case):
    options = BINARY[case]
    y, score = read_csv(directory, case)
    score = score[:, 0]
    constant = np.full(len(y), options["prior"])
    n_pos = int(y.sum())
    u = scipy.stats.mannwhitneyu(score[y == 1], score[y == 0]).statistic
    expected = dict(options)
    expected["rows"] = len(y)
    expected["positives"] = n_pos
    expected["auc"] = metrics.roc_auc_score(y, score)
    expected["auc_by_ranks"] = u / (n_pos * (len(y) - n_pos))
    expected["log_loss"] = metrics.log_loss(y, score)
    expected["brier"] = metrics.brier_score_loss(y, score)
    expected["average_precision"] = metrics.average_precision_score(y, score)
    expected.update(threshold_figures(y, score, options["threshold"]))
    expected["baseline_auc"] = metrics.roc_auc_score(y, constant)
    expected["baseline_log_loss"] = metrics.log_loss(y, constant)
    expected["baseline_brier"] = metrics.brier_score_loss(y, constant)
    expected["baseline_average_precision"] = metrics.average_precision_score(y, constant)
    for name, value in threshold_figures(y, constant, 0.5).items():
        expected["baseline_" + name] = value
    expected.update(curves(y, score))
    expected.update(calibration(y, score))
    expected.update(costs(y, score, options["threshold"], options["cost_fp"], options["cost_fn"]))
    return expected


def multiclass_expected(directory, case):
    priors = np.array(MULTICLASS[case]["priors"])
    y, prob = read_csv(directory, case)
    classes = list(range(prob.shape[1]))
    answer = prob.argmax(axis=1)
    majority = np.full(len(y), priors.argmax())
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        y, answer, labels=classes, zero_division=0
    )
    return {
        "priors": list(priors),
        "rows": len(y),
        "accuracy": metrics.accuracy_score(y, answer),
        "log_loss": metrics.log_loss(y, prob, labels=classes),
        "macro_f1": metrics.f1_score(y, answer, average="macro", zero_division=0),
        "confusion": list(metrics.confusion_matrix(y, answer, labels=classes).ravel()),
        "precision": list(precision),
        "recall": list(recall),
        "f1": list(f1),
        "support": list(support),
        "baseline_accuracy": metrics.accuracy_score(y, majority),
        "baseline_macro_f1": metrics.f1_score(y, majority, average="macro", zero_division=0),
        "baseline_log_loss": metrics.log_loss(y, np.tile(priors, (len(y), 1)), labels=classes),
    }


# Files -------------------------------------------------------------------------------------------


def text_of(value):
    """Whole numbers without a point, all others with one: readers compare the former exactly."""
    return str(int(value)) if isinstance(value, (int, np.integer)) else repr(float(value))


def write_expected(directory, case, expected):
    with open(os.path.join(directory, case + ".sklearn.txt"), "w") as out:
        out.write("# expected values for %s.csv\n" % case)
        out.write("# command: /usr/bin/python3 tests/oracle/eval_golden.py\n")
        out.write(
            "# python %s, scikit-learn %s, scipy %s, numpy %s\n"
            % (platform.python_version(), sklearn.__version__, scipy.__version__, np.__version__)
        )
        out.write("# tolerance: 1e-9; numbers without a point are counts and exact\n")
        for name, value in expected.items():
            values = value if isinstance(value, list) else [value]
            out.write(name + " " + " ".join(text_of(v) for v in values) + "\n")


def expected_of(directory, case):
    return (binary_expected if case in BINARY else multiclass_expected)(directory, case)


def main(arguments):
    inputs = "--inputs" in arguments
    rest = [a for a in arguments if a != "--inputs"]
    directory = rest[0] if rest else DIRECTORY
    if inputs:
        write_inputs(directory)
    for case in [*BINARY, *MULTICLASS]:
        write_expected(directory, case, expected_of(directory, case))


if __name__ == "__main__":
    main(sys.argv[1:])
