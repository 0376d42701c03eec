#!/usr/bin/python3
"""Golden numbers of weighted logistic regression: scikit-learn's LogisticRegression(solver="liblinear") with
sample_weight, whose objective is ours, the intercept being penalised.  Prints tests/golden/newton.txt.
Recorded with scikit-learn 1.2.1, numpy 1.24.2 (Debian 12)."""
import numpy as np
from sklearn.linear_model import LogisticRegression

# name, rows, features, classes, C, class weights or none
CASES = [("plain", 60, 3, 2, 1.0, None), ("strong", 60, 4, 2, 0.01, None), ("weak", 80, 3, 2, 100.0, None),
         ("classes", 80, 3, 3, 1.0, None), ("both", 60, 3, 2, 1.0, {0: 2.0, 1: 0.5}),
         ("one against the rest weighs its own", 90, 2, 3, 2.0, {0: 3.0, 1: 1.0, 2: 0.25})]

for number, (name, n, d, k, c, class_weight) in enumerate(CASES):
    rng = np.random.RandomState(number)
    x = np.round(rng.standard_normal((n, d)), 3)
    x[rng.rand(n, d) < 0.3] = 0
    y = np.clip(np.digitize(x[:, 0] + 0.7 * rng.standard_normal(n), [0.0] if k == 2 else [-0.5, 0.5]), 0, k - 1)
    w = np.round(rng.exponential(1.0, n), 3)
    w[rng.rand(n) < 0.1] = 0
    w[0] = 25
    rows = []
    for v in range(1 if k == 2 else k):
        own = y == (1 if k == 2 else v)
        # liblinear's one-against-the-rest: the class's own weight, 1 for the rest; for two classes each its own
        cw = np.ones(n) if class_weight is None else np.array(
            [class_weight[t] if o or k == 2 else 1.0 for t, o in zip(y, own)])
        m = LogisticRegression(solver="liblinear", C=c, tol=1e-12, max_iter=100000).fit(x, own, sample_weight=w * cw)
        rows.append(np.r_[m.coef_[0], m.intercept_])
    print(f"case {n} {d} {k} {c!r} " + " ".join(repr((class_weight or {}).get(i, 1.0)) for i in range(k)))
    for i in range(n):
        print(y[i], repr(w[i]), " ".join(repr(v) for v in x[i]))
    for r in rows:
        print(" ".join(f"{v:.12g}" for v in r))
