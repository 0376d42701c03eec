#!/usr/bin/python3
"""Expected predictions of ridge regression, by scikit-learn.

usage: ridge_golden.py [--inputs] [DIRECTORY]      (default tests/golden/ridge)

Reads <case>.csv (columns x0…, weight, y; a comment line gives C) and writes <case>.sklearn.txt: one
prediction a line; # is a comment. --inputs writes the synthetic inputs first. Wants Debian's
python3-sklearn. The model is Ridge(alpha = 1 / (2 C)) with a penalised column of ones on the target
less its weighted mean, whose unit does not matter.
"""

import os
import platform
import random
import sys

import numpy as np
import sklearn
from sklearn.linear_model import Ridge

DIRECTORY = "tests/golden/ridge"

# name: (C, rows, features, centre and spread of the target, whether rows have weights)
CASES = {
    "plain": (1.0, 120, 5, 10.0, 3.0, False),
    "weighted": (0.5, 120, 5, -4.0, 2.0, True),
    "strong": (0.001, 60, 3, 100.0, 50.0, False),
    "weak": (1000.0, 60, 3, 0.0, 1.0, True),
    "far": (1.0, 60, 3, 1e6, 1.0, False),
    "huge": (1.0, 60, 3, 3e12, 1e12, False),
    "tiny": (1.0, 60, 3, 0.0, 1e-12, True),
    "wide": (1.0, 20, 40, 5.0, 2.0, False),
}


def write_inputs(directory):
    rng = random.Random(20)
    for name, (c, rows, features, centre, spread, weighted) in CASES.items():
        truth = [rng.gauss(0, 1) for _ in range(features)]
        with open(os.path.join(directory, name + ".csv"), "w") as out:
            print("# C %r" % c, file=out)
            print(",".join("x%d" % k for k in range(features)) + ",weight,y", file=out)
            for _ in range(rows):
                x = [round(rng.gauss(0, 1), 3) if rng.random() < 0.7 else 0 for _ in range(features)]
                y = centre + spread * (sum(a * b for a, b in zip(x, truth)) + rng.gauss(0, 0.5))
                weight = rng.choice([0, 0.25, 1, 3]) if weighted else 1
                print(",".join(repr(v) for v in x + [weight, float("%.9g" % y)]), file=out)


def predictions(path):
    with open(path) as lines:
        c = float(lines.readline().split()[2])
    data = np.loadtxt(path, delimiter=",", skiprows=2)
    x = np.column_stack([data[:, :-2], np.ones(len(data))])
    weight, y = data[:, -2], data[:, -1]
    mean = np.average(y, weights=weight)
    unit = np.abs(y - mean).max()
    model = Ridge(alpha=1 / (2 * c), fit_intercept=False, solver="cholesky")
    model.fit(x, (y - mean) / unit, sample_weight=weight)
    return mean + unit * model.predict(x)


def main(argv):
    directory = next((a for a in argv if not a.startswith("-")), DIRECTORY)
    if "--inputs" in argv:
        write_inputs(directory)
    for name in CASES:
        with open(os.path.join(directory, name + ".sklearn.txt"), "w") as out:
            print("# scikit-learn %s, numpy %s, Python %s: tests/oracle/ridge_golden.py"
                  % (sklearn.__version__, np.__version__, platform.python_version()), file=out)
            for value in predictions(os.path.join(directory, name + ".csv")):
                print(repr(float(value)), file=out)


if __name__ == "__main__":
    main(sys.argv[1:])
