"""Golden files of one case a line, "function input… = output…"; # is a comment.

A module of cases has FUNCTIONS, name -> function of floats; CASES, topic -> [(name, inputs), …];
VERSIONS, a line; and SCRIPT, its path. A topic is a file <topic>.txt.
"""

import math
import os

import numpy as np

RELATIVE, ABSOLUTE = 1e-9, 1e-12


def text_of(x):
    x = float(x)
    return str(int(x)) if x.is_integer() and abs(x) < 1e15 else repr(x)


def outputs_of(module, name, inputs):
    """List of floats."""
    return [float(x) for x in np.atleast_1d(module.FUNCTIONS[name](*(float(x) for x in inputs)))]


def write_topic(module, directory, topic):
    with open(os.path.join(directory, topic + ".txt"), "w") as out:
        out.write("# function input… = output…; see %s\n" % module.SCRIPT)
        out.write("# command: /usr/bin/python3 %s\n" % module.SCRIPT)
        out.write("# %s\n" % module.VERSIONS)
        out.write("# tolerance: 1e-9 of the value, or 1e-12\n")
        for name, inputs in module.CASES[topic]:
            left = " ".join(text_of(x) for x in inputs)
            right = " ".join(text_of(x) for x in outputs_of(module, name, inputs))
            out.write("%s %s = %s\n" % (name, left, right))


def read_cases(path):
    """(function, input texts) -> output texts."""
    cases = {}
    with open(path) as lines:
        for line in lines:
            if not line.startswith("#"):
                left, right = line.split("=")
                name, *inputs = left.split()
                cases[name, tuple(inputs)] = right.split()
    return cases


def is_same(golden, now):
    if math.isnan(golden) or math.isnan(now):
        return math.isnan(golden) and math.isnan(now)
    return golden == now or abs(golden - now) <= max(ABSOLUTE, RELATIVE * abs(golden))


def check_topic(module, directory, topic):
    """Prints what differs; returns (passed, failed)."""
    golden = read_cases(os.path.join(directory, topic + ".txt"))
    wanted = {
        (name, tuple(text_of(x) for x in inputs)) for name, inputs in module.CASES[topic]
    }
    passed = failed = 0
    for name, inputs in sorted(wanted ^ set(golden)):
        print("%s: only one of golden file and script has: %s %s" % (topic, name, " ".join(inputs)))
        failed += 1
    for (name, inputs), outputs in golden.items():
        now = outputs_of(module, name, inputs)
        for i, (a, b) in enumerate(zip(map(float, outputs), now)):
            if len(outputs) == len(now) and is_same(a, b):
                passed += 1
            else:
                print("%s: %s %s: [%d] is %r, now %r" % (topic, name, " ".join(inputs), i, a, b))
                failed += 1
    return passed, failed


def check(module, directory):
    """Checks every topic, prints the sums; returns the exit status."""
    passed = failed = 0
    for topic in module.CASES:
        p, f = check_topic(module, directory, topic)
        passed, failed = passed + p, failed + f
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0
