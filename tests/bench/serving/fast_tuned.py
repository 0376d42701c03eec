"""mlctl's model behind FastAPI, tuned by hand: no pandas, no scikit-learn, no pydantic in a request's path.

The bundle's folder is $BUNDLE. A row is encoded into a sum of weights by a dict lookup or a bisection a column.
"""
import json, math, os
from bisect import bisect_left
from fastapi import FastAPI
from starlette.responses import Response

with open(os.path.join(os.environ["BUNDLE"], "model.json")) as f:
    model = json.load(f)
with open(os.path.join(os.environ["BUNDLE"], "liblinear.model")) as f:
    lines = f.read().split("\n")
sign = 1.0 if lines[2] == "label 1 0" else -1.0
weights = [sign * float(w) for w in lines[lines.index("w") + 1:] if w.strip()]
bias = weights.pop()
threshold = model["threshold"]
labels = model["labels"]


def fold():
    """By column: {level: weight} and the weight of unseen ones, or (z-score, bins) of a number. Of the plain recipe only:
    each node of the encoder is one output, in its order."""
    words, numbers, at = {}, {}, 0
    for node, n in zip(model["encoder"]["nodes"], model["encoder"]["outputs"]):
        own, at = weights[at:at + n], at + n
        name = node["node"]
        if "names" in node and n == len(node["names"]) + 1:
            words[name] = (dict(zip(node["names"], own)), own[-1])
        elif "mean" in node and n == 1:
            numbers.setdefault(name, {})["z"] = (node["mean"], own[0] / node["deviation"])
        elif "edges" in node and n == len(node["edges"]) + 2:
            column = name.removeprefix("quantile_bin(").rpartition(",")[0]
            numbers.setdefault(column, {})["bins"] = (node["edges"], own)
        else:
            raise SystemExit(f"fast_tuned.py does not know the node {name}")
    if at != len(weights):
        raise SystemExit("fast_tuned.py: the nodes and the weights do not fit")
    return ([(c, seen.get, unseen) for c, (seen, unseen) in words.items()],
            [(c, *n.get("z", (0.0, 0.0)), *n.get("bins", ([], [0.0, 0.0]))) for c, n in numbers.items()])


words, numbers = fold()


def score(record):
    margin = bias
    get = record.get
    for column, weight, unseen in words:
        margin += weight(get(column, ""), unseen)
    for column, mean, slope, edges, weight in numbers:
        x = get(column)
        if x is None:
            margin += weight[-1]
        else:
            margin += (x - mean) * slope + weight[bisect_left(edges, x)]
    return 1.0 / (1.0 + math.exp(-margin))


app = FastAPI(openapi_url=None)


async def predict(request):
    p = score(json.loads(await request.body())["record"])
    text = f'{{"label":"{labels[p > threshold]}","score":{p!r},"threshold":{threshold!r}}}\n'
    return Response(text, media_type="application/json")


app.router.add_route("/predict", predict, methods=["POST"])
