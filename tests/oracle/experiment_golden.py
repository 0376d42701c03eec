#!/usr/bin/python3
"""Expected values for the statistics of experiments, by scipy and statsmodels.

usage: experiment_golden.py [DIRECTORY]      (default tests/golden/experiment)

Writes <topic>.txt: one case a line, "function input… = output…"; # is a comment. Wants Debian's
python3-scipy and python3-statsmodels. FUNCTIONS is how each output is found: by a library's own
test where there is one, else by the textbook's formula or by scipy's quadrature and root finding.
"""

import math
import platform
import sys

import numpy as np
import scipy
import statsmodels
from scipy import integrate, optimize, special, stats
from statsmodels.stats import multitest, proportion, weightstats

sys.dont_write_bytecode = True
import cases  # noqa: E402

DIRECTORY = "tests/golden/experiment"
SCRIPT = "tests/oracle/experiment_golden.py"
VERSIONS = "python %s, scipy %s, statsmodels %s, numpy %s" % (
    platform.python_version(),
    scipy.__version__,
    statsmodels.__version__,
    np.__version__,
)


# Distributions -----------------------------------------------------------------------------------


def student_quantile(prob, df):
    """stats.t.isf is good to nine digits only; its sf to more, so the root is sought."""
    guess = stats.t.isf(prob / 2, df)
    return optimize.brentq(
        lambda t: math.log(2 * stats.t.sf(t, df)) - math.log(prob),
        guess * (1 - 1e-4),
        guess * (1 + 1e-4),
        xtol=1e-300,
        rtol=1e-15,
    )


# Rates -------------------------------------------------------------------------------------------


def wilson(alpha, k, n):
    return list(proportion.proportion_confint(k, n, alpha=alpha, method="wilson"))


def newcombe(alpha, k_a, n_a, k_b, n_b):
    return list(
        proportion.confint_proportions_2indep(
            k_b, n_b, k_a, n_a, method="newcomb", compare="diff", alpha=alpha
        )
    )


def z_test(k_a, n_a, k_b, n_b):
    return proportion.proportions_ztest([k_a, k_b], [n_a, n_b])[1]


def fisher_test(k_a, n_a, k_b, n_b):
    return stats.fisher_exact([[int(k_a), int(n_a - k_a)], [int(k_b), int(n_b - k_b)]])[1]


def fisher_whole(k_a, n_a, k_b, n_b):
    """The definition in whole numbers, where ties are ties."""
    k_a, n_a, k_b, n_b = int(k_a), int(n_a), int(k_b), int(n_b)
    k = k_a + k_b
    tables = [
        math.comb(n_a, i) * math.comb(n_b, k - i) for i in range(max(0, k - n_b), min(n_a, k) + 1)
    ]
    seen = math.comb(n_a, k_a) * math.comb(n_b, k_b)
    return sum(t for t in tables if t <= seen) / sum(tables)


def ratio(a, a_low, a_high, b, b_low, b_high):
    """The r at which the hybrid interval for b - r a (Newcombe's construction) has a bound at 0."""

    def low(r):
        return b - r * a - math.hypot(b - b_low, r * (a_high - a))

    def high(r):
        return b - r * a + math.hypot(b_high - b, r * (a - a_low))

    start = 0.0 if b_low >= 0 else -1e6
    bottom = optimize.brentq(low, start, b / a, xtol=1e-14, rtol=1e-14)
    top = optimize.brentq(high, b / a, 1e6, xtol=1e-14, rtol=1e-14) if a_low > 0 else math.nan
    return [bottom, top]


# Means -------------------------------------------------------------------------------------------


def around(centre, se, df, alpha, by_library):
    """centre -+ t se, t more exact than in the library's own interval, which it must resemble."""
    half = student_quantile(alpha, df) * se
    assert np.allclose([centre - half, centre + half], by_library, rtol=0, atol=1e-7 * half)
    return [centre - half, centre + half]


def mean_interval(alpha, *numbers):
    found = weightstats.DescrStatsW(np.array(numbers))
    by_library = found.tconfint_mean(alpha=alpha)
    return around(found.mean, found.std_mean, found.nobs - 1, alpha, by_library)


def moments(*numbers):
    return [np.mean(numbers), np.var(numbers, ddof=1)]


def welch(alpha, n_a, *numbers):
    """p, df, low, high of b - a."""
    a = np.array(numbers[: int(n_a)])
    b = np.array(numbers[int(n_a) :])
    pair = weightstats.CompareMeans(weightstats.DescrStatsW(b), weightstats.DescrStatsW(a))
    _, p, df = weightstats.ttest_ind(b, a, usevar="unequal")
    by_library = pair.tconfint_diff(alpha=alpha, usevar="unequal")
    return [p, df, *around(b.mean() - a.mean(), pair.std_meandiff_separatevar, df, alpha, by_library)]


# Several tests, sample ratio, drift --------------------------------------------------------------


def holm(*p):
    return list(multitest.multipletests(p, method="holm")[1])


def sample_ratio(*pairs):
    """weight, count, weight, count, …: chi2, df, p."""
    used = [(w, c) for w, c in zip(pairs[::2], pairs[1::2]) if w > 0]
    weights, counts = np.array(used).T
    result = stats.chisquare(counts, counts.sum() * weights / weights.sum())
    return [result.statistic, float(len(used) - 1), result.pvalue]


def psi(*pairs):
    """reference, count, reference, count, …; shares below 1e-4 count as 1e-4."""
    then = np.array(pairs[::2]) / sum(pairs[::2])
    now = np.array(pairs[1::2]) / sum(pairs[1::2])
    then, now = np.maximum(then, 1e-4), np.maximum(now, 1e-4)
    return special.rel_entr(now, then).sum() + special.rel_entr(then, now).sum()


# Sequential test, as written in the documentation of the method ----------------------------------


def rho_of(alpha, horizon):
    return math.sqrt((-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / horizon)


def sequence_log_e(alpha, horizon, difference, se, n):
    rho2 = rho_of(alpha, horizon) ** 2
    t = n * difference**2 / se**2
    return rho2 * t / (2 * (n * rho2 + 1)) - math.log(math.sqrt(n * rho2 + 1))


def sequence_p(*case):
    return min(1.0, math.exp(-sequence_log_e(*case)))


def sequence_half_width(alpha, horizon, se, n):
    rho = rho_of(alpha, horizon)
    s2 = se**2 * n
    inner = 2 * (n * rho**2 + 1) / (n * rho) ** 2
    return math.sqrt(s2) * math.sqrt(inner * math.log(math.sqrt(n * rho**2 + 1) / alpha))


def sequence_needed(alpha, horizon, difference, se, n, level):
    def excess(log_n):
        m = math.exp(log_n)
        scaled = se * math.sqrt(n / m)
        return sequence_log_e(alpha, horizon, difference, scaled, m) + math.log(level)

    return math.exp(optimize.brentq(excess, 0, 25, xtol=1e-14))


# Posterior ---------------------------------------------------------------------------------------


def best_and_loss(arms, support):
    """p_best and expected loss of each frozen distribution, by adaptive quadrature."""
    cuts = sorted({float(c) for a in arms for c in a.ppf([1e-17, 1e-6, 0.1, 0.5, 0.9])}
                  | {float(c) for a in arms for c in a.isf([1e-6, 1e-17])})
    cuts = [support[0], *(c for c in cuts if support[0] < c < support[1]), support[1]]

    def total(f):
        return sum(
            integrate.quad(f, low, high, epsabs=1e-15, epsrel=1e-12, limit=200)[0]
            for low, high in zip(cuts, cuts[1:])
        )

    def others_below(i, x):
        return math.prod(a.cdf(x) for j, a in enumerate(arms) if j != i)

    best, loss = [], []
    for i, arm in enumerate(arms):
        best.append(total(lambda x: arm.pdf(x) * others_below(i, x)))
        loss.append(total(lambda x: arm.cdf(x) * (1 - others_below(i, x))))
    return [*best, *loss]


def posterior_beta(*pairs):
    with np.errstate(divide="ignore"):
        return best_and_loss(
            [stats.beta(a, b) for a, b in zip(pairs[::2], pairs[1::2])], (0.0, 1.0)
        )


def posterior_normal(*pairs):
    arms = [stats.norm(m, s) for m, s in zip(pairs[::2], pairs[1::2])]
    low = min(a.mean() - 12 * a.std() for a in arms)
    high = max(a.mean() + 12 * a.std() for a in arms)
    return best_and_loss(arms, (low, high))


# A whole experiment ------------------------------------------------------------------------------


def comparison_of_rates(n_comparisons, alpha, horizon, k_a, n_a, k_b, n_b):
    """difference, interval, lift and interval, p, always-valid p, sequence."""
    difference = k_b / n_b - k_a / n_a
    least = min(n_a, n_b) * min(k_a + k_b, n_a + n_b - k_a - k_b) / (n_a + n_b)
    p = (fisher_test if least < 5 else z_test)(k_a, n_a, k_b, n_b)
    lift = ratio(k_a / n_a, *wilson(alpha, k_a, n_a), k_b / n_b, *wilson(alpha, k_b, n_b))
    a = np.repeat([0.0, 1.0], [int(n_a - k_a), int(k_a)])
    b = np.repeat([0.0, 1.0], [int(n_b - k_b), int(k_b)])
    apart = a.var(ddof=1) / n_a + b.var(ddof=1) / n_b
    pooled = np.concatenate([a, b]).var(ddof=1) * (1 / n_a + 1 / n_b)
    se = math.sqrt(max(apart, pooled))
    always, sequence = 1.0, [math.nan, math.nan]
    if min(n_a, n_b) >= 100 and least >= 5:
        always = sequence_p(alpha, horizon, difference, se, n_a + n_b)
        half = sequence_half_width(alpha, horizon, se, n_a + n_b)
        sequence = [difference - half, difference + half]
    return {
        "difference": [difference, *newcombe(alpha, k_a, n_a, k_b, n_b)],
        "lift": [k_b / n_b / (k_a / n_a) - 1, lift[0] - 1, lift[1] - 1],
        "p": p,
        "always": always,
        "sequence": sequence,
    }


def experiment_rates(alpha, horizon, *pairs):
    """successes, trials, … ; per comparison difference low high lift low high p p_adjusted
    always_valid_p adjusted sequence_low sequence_high; then p_best and loss of every arm."""
    arms = list(zip(pairs[::2], pairs[1::2]))
    found = [
        comparison_of_rates(len(arms) - 1, alpha, horizon, *arms[0], *arm) for arm in arms[1:]
    ]
    adjusted = holm(*(c["p"] for c in found))
    always = holm(*(c["always"] for c in found))
    out = []
    for c, p, v in zip(found, adjusted, always):
        out += [*c["difference"], *c["lift"], c["p"], p, c["always"], v, *c["sequence"]]
    return out + posterior_beta(*(x for k, n in arms for x in (1 + k, 1 + n - k)))


# Cases -------------------------------------------------------------------------------------------

FUNCTIONS = {
    "normal_cdf": stats.norm.cdf,
    "normal_sf": stats.norm.sf,
    "normal_quantile": stats.norm.ppf,
    "beta_cdf": special.betainc,
    "gamma_sf": special.gammaincc,
    "chi_square_sf": stats.chi2.sf,
    "student_two_sided": lambda t, df: 2 * stats.t.sf(abs(t), df),
    "student_quantile": student_quantile,
    "binomial_prob": lambda x, n, p: stats.binom.pmf(x, n, p),
    "wilson": wilson,
    "newcombe": newcombe,
    "z_test": z_test,
    "fisher_test": fisher_test,
    "fisher_whole": fisher_whole,
    "ratio": ratio,
    "moments": moments,
    "mean_interval": mean_interval,
    "welch": welch,
    "holm": holm,
    "sample_ratio": sample_ratio,
    "psi": psi,
    "sequence_rho": rho_of,
    "sequence_p": sequence_p,
    "sequence_half_width": sequence_half_width,
    "sequence_needed": sequence_needed,
    "posterior_beta": posterior_beta,
    "posterior_normal": posterior_normal,
    "experiment_rates": experiment_rates,
}

TABLES = [
    (10, 100, 20, 110), (0, 50, 3, 40), (0, 30, 0, 25), (7, 7, 12, 12), (1, 10, 9, 10),
    (120, 1000, 150, 1000), (505, 5000, 620, 5000), (3, 2000, 17, 2500), (90, 90000, 5, 10000),
    (12345, 100000, 12700, 100000), (1000000, 10000000, 1002000, 10000000),
]  # fmt: skip
SMALL_TABLES = [
    (10, 100, 20, 110), (0, 50, 3, 40), (0, 30, 0, 25), (7, 7, 12, 12), (1, 10, 9, 10),
    (3, 2000, 17, 2500), (8, 20, 12, 20), (3, 9, 6, 9), (2, 1000, 2, 1000), (0, 1, 1, 1),
    (90, 900, 5, 1000), (200, 1000, 300, 1000),
]  # fmt: skip
BIG_TABLES = [(3, 1000000, 15, 1000000), (20, 900000, 9, 100000), (0, 500000, 4, 500000)]
LEFT = (3.1, 2.7, 4.4, 3.9, 2.2, 5.0, 3.3)
RIGHT = (4.0, 4.9, 3.8, 6.1, 5.2)
FAR = (1000000.5, 1000001.25, 999999.75, 1000003.0, 1000000.0)
SKEWED = (0.0, 0.0, 0.0, 12.5, 0.0, 0.0, 3.25, 0.0, 110.0, 0.0, 0.0, 1.5)

CASES = {
    "special": [
        *(("normal_cdf", (x,)) for x in (-37, -8.5, -1.5, -0.1, 0, 0.7, 3, 9)),
        *(("normal_sf", (x,)) for x in (-6, 0.2, 1.959963984540054, 5, 20, 36)),
        *(("normal_quantile", (p,)) for p in (1e-300, 1e-20, 0.001, 0.025, 0.3, 0.5, 0.8, 0.999999)),
        *(("beta_cdf", abx) for abx in (
            (0.5, 0.5, 0.3), (1, 1, 0.25), (2, 5, 0.9), (50, 0.5, 0.97), (0.2, 30, 0.001),
            (300, 700, 0.28), (1200, 1300, 0.52), (5, 5000, 0.0001), (5000, 5, 0.9999),
            (1, 1000, 1e-9))),
        *(("gamma_sf", ax) for ax in (
            (0.5, 0.1), (0.5, 8), (1, 30), (3.5, 2), (10, 10), (10, 45), (250, 230), (2000, 2100))),
        *(("chi_square_sf", xd) for xd in (
            (0.02, 1), (3.84, 1), (10.83, 1), (700, 1), (5.99, 2), (9, 7), (80, 31))),
        *(("student_two_sided", td) for td in (
            (0.1, 1), (12.7, 1), (1e6, 1), (2.5, 3.7), (-4, 11.25), (1.96, 998), (30, 55),
            (2.2, 123456))),
        *(("student_quantile", pd) for pd in (
            (0.05, 1), (0.05, 2), (0.05, 9.5), (0.05, 120), (0.05, 1e5), (0.01, 3), (1e-6, 7),
            (0.5, 30), (0.999, 4))),
        *(("binomial_prob", xnp) for xnp in (
            (0, 10, 0.3), (10, 10, 0.3), (3, 10, 0.3), (40, 1000, 0.05), (500, 1000, 0.5),
            (900, 1000, 0.02))),
    ],
    "proportion": [
        *(("wilson", (0.05, k, n)) for k, n in (
            (0, 10), (10, 10), (1, 10), (505, 5000), (3, 100000), (123456, 1000000))),
        ("wilson", (0.01, 37, 200)),
        *(("newcombe", (0.05, *t)) for t in TABLES),
        ("newcombe", (0.01, 37, 200, 60, 210)),
        *(("z_test", t) for t in TABLES if 0 < t[0] + t[2] < t[1] + t[3]),
        *(("fisher_test", t) for t in [*SMALL_TABLES, *BIG_TABLES]),
        *(("fisher_whole", t) for t in SMALL_TABLES),
        ("fisher_whole", (300, 2000, 260, 3000)),
        *(("ratio", r) for r in (
            (0.1, 0.08, 0.13, 0.12, 0.1, 0.15), (0.02, 0.0035, 0.105, 0.06, 0.02, 0.16),
            (0.5, 0.3, 0.7, 0.1, 0.05, 0.2), (10, 8, 12, 11, 9.5, 12.5), (10, 8, 12, -1, -3, 1))),
    ],
    "mean": [
        *(("moments", x) for x in (LEFT, FAR, SKEWED)),
        *(("mean_interval", (alpha, *x)) for alpha in (0.05, 0.1) for x in (LEFT, FAR, SKEWED)),
        ("mean_interval", (0.05, 1.0, 2.5)),
        ("welch", (0.05, 7, *LEFT, *RIGHT)),
        ("welch", (0.01, 5, *RIGHT, *LEFT)),
        ("welch", (0.05, 12, *SKEWED, *RIGHT)),
        ("welch", (0.05, 5, *FAR, *(x + 1 for x in FAR), 1000002.0)),
        ("welch", (0.05, 3, 1.0, 1.0, 1.0, 1.0, 2.0)),
    ],
    "several": [
        ("holm", (0.04,)),
        ("holm", (0.01, 0.04, 0.03)),
        ("holm", (0.04, 0.01, 0.01, 0.9, 0.2)),
        ("holm", (0.5, 0.6, 0.7)),
        ("holm", (1e-12, 1.0, 1e-9, 0.02)),
        ("sample_ratio", (0.5, 5050, 0.5, 4950)),
        ("sample_ratio", (0.9, 5200, 0.1, 4800)),
        ("sample_ratio", (3, 310, 1, 95, 0, 70, 1, 120)),
        ("sample_ratio", (1, 100003, 1, 99800, 1, 100400, 1, 99797)),
        ("psi", (0.25, 25, 0.25, 25, 0.5, 50)),
        ("psi", (0.1, 30, 0.2, 35, 0.4, 20, 0.3, 15)),
        ("psi", (0.5, 100, 0.5, 0)),
        ("psi", (90, 500, 0, 20, 10, 480)),
    ],
    "sequential": [
        ("sequence_rho", (0.05, 5000)),
        ("sequence_rho", (0.01, 20000)),
        *(("sequence_p", (0.05, 5000, *s)) for s in (
            (0.02, 0.02, 100), (0.05, 0.012, 2000), (-0.03, 0.006, 10000), (0.001, 0.006, 10000),
            (0.023, 0.0063, 10000), (1.5, 0.2, 500), (0.004, 0.0004, 1e7))),
        ("sequence_p", (0.01, 20000, 0.023, 0.0063, 10000)),
        *(("sequence_half_width", (0.05, 5000, *s)) for s in (
            (0.02, 100), (0.0063, 10000), (0.2, 500), (0.0004, 1e7))),
        ("sequence_half_width", (0.1, 1000, 0.2, 500)),
        *(("sequence_needed", s) for s in (
            (0.05, 5000, 0.007, 0.006, 10000, 0.05), (0.05, 5000, 0.007, 0.006, 10000, 0.0125),
            (0.05, 5000, -0.5, 0.05, 400, 0.05), (0.01, 20000, 0.01, 0.02, 3000, 0.01))),
    ],
    "posterior": [
        *(("posterior_beta", p) for p in (
            (1, 1, 1, 1), (5, 7, 6, 8), (101, 901, 121, 881), (1, 1, 50, 3), (3, 1, 1, 9),
            (506, 4496, 621, 4381), (1.5, 3.25, 2.75, 2.5), (2, 1000, 5, 900, 1, 1),
            (1, 1, 2, 1, 1, 2, 30, 20), (501, 4501, 541, 4461, 641, 4361),
            (10001, 90001, 10151, 89851))),
        *(("posterior_normal", p) for p in (
            (0, 1, 0, 1), (0, 1, 2, 0.5), (12.5, 0.141, 12.9, 0.144, 13.5, 0.143),
            (-3, 1, 5, 20, -10, 2), (1e6, 1, 1e6 + 1, 1.5))),
    ],
    "experiment": [
        ("experiment_rates", (0.05, 5000, 505, 5000, 620, 5000)),
        ("experiment_rates", (0.05, 5000, 500, 5000, 540, 5000, 640, 5000)),
        ("experiment_rates", (0.05, 5000, 900, 9000, 130, 1000)),
        ("experiment_rates", (0.05, 5000, 4, 400, 1, 380)),
        ("experiment_rates", (0.05, 5000, 9, 60, 12, 55)),
        ("experiment_rates", (0.1, 2000, 300, 1000, 240, 1000, 310, 900, 4, 20)),
    ],
}  # fmt: skip


# Files -------------------------------------------------------------------------------------------


def main(arguments):
    directory = arguments[0] if arguments else DIRECTORY
    for topic in CASES:
        cases.write_topic(sys.modules[__name__], directory, topic)


if __name__ == "__main__":
    main(sys.argv[1:])
