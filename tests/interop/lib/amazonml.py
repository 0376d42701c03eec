"""Amazon ML's clients at a daemon with a data root of its own."""
import os, shutil, time

from stage import check, client, csv_line, records, served

ROWS, SPLIT = 3000, 2100  # of banking.csv, and where 70 % end
PART = '{"splitting":{"percentBegin":%d,"percentEnd":%d}}'
KINDS = ("DataSource", "MLModel", "Evaluation", "BatchPrediction")


def data_root(folder):
    """folder/data with s3://bucket/: banking.csv, its inputs alone in two files, restaurant.data, and the schemas."""
    bucket = os.path.join(folder, "data", "bucket")
    os.makedirs(os.path.join(bucket, "inputs"))
    for name in ("banking.csv", "restaurant.data"):
        shutil.copy(os.path.join(folder, name), bucket)
        shutil.copy(os.path.join(folder, name + ".schema"), bucket)
    shutil.copy(os.path.join(folder, "age.schema"), bucket)
    inputs, _ = records(folder)
    for i, name in enumerate(("a.csv", "b.csv")):
        with open(os.path.join(bucket, "inputs", name), "w") as f:
            f.write(",".join(inputs[0]) + "\n" + "".join(csv_line(r) for r in inputs[i * 50:i * 50 + 50]))
    return bucket


def amazonml(d, **more):
    return client(d, "machinelearning", **more)


def waited(ml, waiter, kind, name, what=None):
    """The SDK's own waiter, at our pace: it asks Describe… with a filter until all are COMPLETED or one is FAILED."""
    try:
        ml.get_waiter(waiter).wait(FilterVariable="Name", EQ=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        return check(f"the waiter {waiter}", True)
    except Exception as e:  # noqa: B902: WaiterError, or what the call throws
        ids = {"DataSource": "describe_data_sources", "MLModel": "describe_ml_models", "Evaluation": "describe_evaluations",
               "BatchPrediction": "describe_batch_predictions"}
        return check(f"the waiter {waiter}", False, str(e), getattr(ml, ids[kind])(FilterVariable="Name", EQ=name).get("Results"), what)


def until(get, member="Status", values=("COMPLETED", "FAILED"), seconds=90):
    """Asks until the member has one of the values; the last reply."""
    end = time.monotonic() + seconds
    while True:
        reply = get()
        if reply.get(member) in values or time.monotonic() > end:
            return reply
        time.sleep(0.1)


def passed():
    return served.passed, served.failed
