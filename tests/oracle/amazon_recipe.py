"""The recipe language of Amazon ML in Python: a recipe, a schema and rows to a matrix of features.

Written from the language's description (groups, assignments, outputs, seven transformations) and from the comment of
src/recipe/encoder.h, which says what becomes of each kind of output; of the library's code nothing is used. For texts of
ASCII only. A node is a tuple: ("column", name), ("lowercase", node), ("ngram", node, n), ("cartesian", node, node, …).
"""
import itertools
import json
import math
import re
import string
from collections import Counter

import numpy as np

POSITIVE = {"1", "y", "yes", "t", "true"}
NEGATIVE = {"0", "n", "no", "f", "false"}
TOKEN = re.compile(r"\s*(?:(//.*)|'((?:[^']|'')*)'|([(),])|([^\s'(),]+))")


class Parser:
    """One expression; names are looked up in `known`, name -> list of nodes."""

    def __init__(self, text, known):
        self.tokens = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = TOKEN.match(text, at)
            comment, quoted, sign, bare = match.groups()
            if comment is None:
                self.tokens.append(("name", quoted.replace("''", "'")) if quoted is not None else
                                   ("sign", sign) if sign else ("bare", bare))
            at = match.end()
        self.known = known

    def parse(self):
        nodes = self.expression()
        assert not self.tokens, self.tokens
        return nodes

    def expression(self):
        kind, word = self.tokens.pop(0)
        if kind == "bare" and self.tokens[:1] == [("sign", "(")]:
            self.tokens.pop(0)
            arguments = []
            while True:
                if self.tokens[0][0] == "bare" and self.tokens[0][1].isdigit():
                    arguments.append(int(self.tokens.pop(0)[1]))
                else:
                    arguments.append(self.expression())
                if self.tokens.pop(0)[1] == ")":
                    return call(word, arguments)
        return list(self.known[word])


def call(name, arguments):
    if name == "group":
        return distinct(itertools.chain(*arguments))
    if name == "group_remove":
        gone = set(itertools.chain(*arguments[1:]))
        return [node for node in arguments[0] if node not in gone]
    if name == "cartesian":
        out, seen = [], set()
        for factors in itertools.product(*arguments):
            flat = []
            for node in factors:
                flat += node[1:] if node[0] == "cartesian" else [node]
            if len(set(flat)) == len(flat) and frozenset(flat) not in seen:
                seen.add(frozenset(flat))
                out.append(("cartesian", *flat))
        return out
    return distinct(simple(name, node, arguments[1:]) for node in arguments[0])


def simple(name, node, numbers):
    if name in ("quantile_bin", "normalize") and node[0] == "normalize":
        node = node[1]
    return (name, node, *numbers)


def distinct(nodes):
    return list(dict.fromkeys(nodes))


def outputs_of(recipe, types):
    """types: name -> type of every input column."""
    known = {name: [("column", name)] for name in types}
    for kind in ("TEXT", "NUMERIC", "CATEGORICAL", "BINARY"):
        known["ALL_" + kind] = [("column", name) for name, t in types.items() if t == kind]
    known["ALL_INPUTS"] = [("column", name) for name in types]
    for member in ("groups", "assignments"):
        for name, text in recipe.get(member, {}).items():
            known[name] = Parser(text, known).parse()
    return distinct(itertools.chain(*(Parser(text, known).parse() for text in recipe["outputs"])))


def tokens_of(node, text):
    """The words or tokens of a TEXT node for one cell, in order."""
    if node[0] == "column":
        return text.split()
    words = tokens_of(node[1], text)
    if node[0] == "lowercase":
        return [word.lower() for word in words]
    if node[0] == "no_punct":
        return [word for word in (word.strip(string.punctuation) for word in words) if word]
    n = node[2]
    if node[0] == "ngram":
        return [" ".join(words[i:i + k]) for k in range(1, n + 1) for i in range(len(words) - k + 1)]
    assert node[0] == "osb"
    return [words[i] + "_" * (j - i) + words[j]
            for i in range(len(words)) for j in range(i + 1, min(i + n, len(words)))]


def edges_of(values, bins):
    """Upper edges of equal-frequency bins. A bin is closed once it holds its share of the rows that are left; a value
    that fills a bin by itself has one of its own."""
    counts = sorted(Counter(values).items())
    edges, left, opened = [], len(values), 0
    for i, (value, count) in enumerate(counts):
        if opened and bins > 1 and count * bins >= left:
            edges.append(counts[i - 1][0])
            bins, left, opened = bins - 1, left - opened, 0
        opened += count
        if bins > 1 and i + 1 < len(counts) and opened * bins >= left:
            edges.append(value)
            bins, left, opened = bins - 1, left - opened, 0
    return edges


class Encoder:
    """cells: name -> list of texts, all rows; trains: the numbers of the training rows."""

    def __init__(self, outputs, types, cells, trains):
        self.outputs, self.types, self.trains = outputs, types, trains
        self.n = len(next(iter(cells.values())))
        self.numbers = {name: np.array([number(x, types[name]) for x in column])
                        for name, column in cells.items() if types[name] in ("NUMERIC", "BINARY")}
        self.cells = cells
        self.made = {}

    def matrix(self):
        """Dense, one row a row of the data; columns in some order, those that are 0 throughout left out."""
        columns = []
        for node in self.outputs:
            columns += self.features(node)
        return np.array([c for c in columns if np.any(c)]).T

    def column_under(self, node):
        while node[0] != "column":
            node = node[1]
        return node[1]

    def kind(self, node):
        if node[0] == "cartesian":
            return "tokens" if any(self.kind(k) == "tokens" for k in node[1:]) else "level"
        if node[0] == "quantile_bin":
            return "level"
        return {"NUMERIC": "number", "TEXT": "tokens"}.get(self.types[self.column_under(node)], "level")

    def features(self, node):
        if self.kind(node) == "number":
            return self.number_features(node)
        sets = self.sets(node)
        train = [sets[i] for i in self.trains]
        if all(s == train[0] for s in train) and (self.kind(node) == "level" or not train[0]):
            return []
        found = sorted({x for s in sets for x in s}, key=repr)
        columns = [np.array([float(x in s) for s in sets]) for x in found]
        if self.kind(node) == "tokens" and node[0] != "cartesian" and \
           all(np.all(c[self.trains] == 1) or not np.any(c[self.trains]) for c in columns):
            return []
        binary = node[0] == "column" and self.types[node[1]] == "BINARY"
        return [c for x, c in zip(found, columns) if not (binary and x == 0)]

    def number_features(self, node):
        name = self.column_under(node)
        if node[0] == "normalize" and node[1] in self.outputs:
            return []
        x = self.numbers[name]
        train = x[self.trains]
        there = train[~np.isnan(train)]
        out = []
        if len(set(there)) > 1:
            mean = math.fsum(there) / len(there)
            deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in there) / len(there))
            out.append(np.where(np.isnan(x), 0.0, (x - mean) / deviation))
        binned = any(o[0] == "quantile_bin" and self.column_under(o) == name for o in self.outputs)
        if 0 < len(there) < len(train) and not binned:
            out.append(np.isnan(x).astype(float))
        return out

    def sets(self, node):
        """What each row holds at a node, as a set: of one level (or none: a combination that was not kept) or of
        tokens."""
        if node not in self.made:
            self.made[node] = self.make_sets(node)
        return self.made[node]

    def make_sets(self, node):
        if node[0] == "cartesian":
            factors = [self.sets(k) for k in node[1:]]
            return self.kept([set(itertools.product(*(f[i] for f in factors))) for i in range(self.n)], None)
        name = self.column_under(node)
        if node[0] == "quantile_bin":
            x = self.numbers[name]
            train = x[self.trains]
            edges = edges_of(train[~np.isnan(train)].tolist(), node[2])
            return [{"missing"} if math.isnan(v) else {int(np.searchsorted(edges, v, side="left"))} for v in x]
        if self.types[name] == "BINARY":
            return [{"missing"} if math.isnan(v) else {int(v)} for v in self.numbers[name]]
        if self.types[name] == "CATEGORICAL":
            return self.kept([{v} for v in self.cells[name]], "others")
        return self.kept([set(tokens_of(node, v)) for v in self.cells[name]], None)

    def kept(self, sets, other):
        """Without what fewer than two training rows hold; `other` stands for it unless None."""
        counts = Counter(x for i in self.trains for x in sets[i])
        instead = set() if other is None else {(other,)}
        return [{x for x in s if counts[x] >= 2} or (instead if s else set()) for s in sets]


def number(text, kind):
    word = text.strip().lower()
    if kind == "BINARY":
        return 1.0 if word in POSITIVE else 0.0 if word in NEGATIVE else math.nan
    return float(word) if word else math.nan


def types_of(schema):
    """name -> type of the columns that are inputs."""
    out = {a["attributeName"]: a["attributeType"] for a in schema["attributes"]}
    for name in [schema["targetAttributeName"], schema.get("rowId"), schema.get("rowWeight"),
                 *schema.get("excludedAttributeNames", [])]:
        out.pop(name, None)
    return out


def read_schema(path):
    with open(path) as f:
        return json.load(f)
