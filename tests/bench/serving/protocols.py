"""The same record as a request of every protocol, and what each costs next to native /predict."""
import glob, http.client, json, os, re, shutil, statistics, subprocess


def requests(record, typed, endpoint):
    """(name, path, headers, body) of each: record as strings, and with numbers."""
    kind = {"Content-Type": "application/json"}
    line = ",".join(record.values()) + "\n"
    columns = [{"name": c, "datatype": "BYTES" if isinstance(v, str) else "FP64", "shape": [1], "data": [v]} for c, v in typed.items()]
    values = list(typed.values())
    amazon = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonML_20141212.Predict"}
    return [
        ("native /predict", "/predict", kind, {"record": typed}),
        ("native CSV", "/predict", {"Content-Type": "text/csv"}, ",".join(record) + "\n" + line),
        ("SageMaker container CSV", "/invocations", {"Content-Type": "text/csv"}, line),
        ("SageMaker container JSON", "/invocations", kind, {"instances": [{"features": values}]}),
        ("SageMaker client CSV", f"/endpoints/{endpoint}/invocations", {"Content-Type": "text/csv"}, line),
        ("SageMaker client JSON", f"/endpoints/{endpoint}/invocations", kind, {"instances": [{"features": values}]}),
        ("Amazon ML Predict", "/", amazon, {"MLModelId": endpoint, "Record": record, "PredictEndpoint": "http://127.0.0.1/"}),
        ("OIP columns", f"/v2/models/{endpoint}/infer", kind, {"inputs": columns}),
        ("OIP matrix", f"/v2/models/{endpoint}/infer", kind, {"inputs": [{"name": "x", "datatype": "BYTES", "shape": [1, len(values)], "data": list(record.values())}]}),
        ("V1 :predict", f"/v1/models/{endpoint}:predict", kind, {"instances": [typed]}),
        ("V1 :classify", f"/v1/models/{endpoint}:classify", kind, {"examples": [typed]}),
        ("MLflow dataframe_split", "/invocations", kind, {"dataframe_split": {"columns": list(typed), "data": [values]}}),
        ("MLflow dataframe_records", "/invocations", kind, {"dataframe_records": [typed]}),
    ]


def prepared(record, typed, endpoint):
    """The same with the body as a file."""
    out = []
    for i, (name, path, headers, body) in enumerate(requests(record, typed, endpoint)):
        file = f"body-{i}"
        with open(file, "w") as f:
            f.write(body if isinstance(body, str) else json.dumps(body))
        out.append((name, path, headers, file))
    return out


def instructions(command, all_of_them, n=400):
    """Instructions a request, by callgrind; {} without valgrind. Answers are checked on the way."""
    if shutil.which("valgrind") is None:
        return {}
    process = subprocess.Popen(["valgrind", "--tool=callgrind", "--callgrind-out-file=callgrind.%p", *command],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    port = int(re.search(rb":(\d+)$", process.stdout.readline().strip()).group(1))
    counts = {}
    for name, path, headers, file in all_of_them:
        with open(file, "rb") as f:
            body = f.read()
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for i in range(n + 50):
            if i == 50:
                subprocess.run(["callgrind_control", "--zero", str(process.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            c.request("POST", path, body, headers)
            r = c.getresponse()
            text = r.read()
            if r.status != 200:
                raise SystemExit(f"{name}: {r.status} {text[:200]}")
        c.close()
        subprocess.run(["callgrind_control", "--dump", str(process.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        newest = max(glob.glob(f"callgrind.{process.pid}.*"), key=lambda p: int(p.rsplit(".", 1)[1]))
        with open(newest) as f:
            counts[name] = int(re.search(r"^(?:summary|totals): (\d+)", f.read(), re.M).group(1)) / n
    process.terminate()
    process.wait()
    return counts


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        user, system = f.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def table(server, drive, all_of_them, rounds, connections, seconds, counts):
    """drive(server, connections, file, seconds, path, headers) gives requests a second first."""
    rates, costs = {name: [] for name, *_ in all_of_them}, {name: [] for name, *_ in all_of_them}
    for _ in range(rounds):
        for name, path, headers, file in all_of_them:
            before = cpu_seconds(server.process.pid)
            rates[name].append(drive(server, connections, file, seconds, path, headers)[0])
            costs[name].append((cpu_seconds(server.process.pid) - before) / (rates[name][-1] * seconds) * 1e6)
    base = rates[all_of_them[0][0]]
    print(f"\none record in every protocol, {connections} connections\n"
          f"  {'':26s}{'bytes':>7s}{'requests/s':>11s}{'of native':>10s}{'min':>7s}{'max':>7s}{'CPU us':>8s}{'instructions':>14s}")
    for name, _, _, file in all_of_them:
        ratios = [a / b for a, b in zip(rates[name], base)]
        print(f"  {name:26s}{os.path.getsize(file):7d}{statistics.median(rates[name]):11.0f}{statistics.median(ratios):9.2f}x{min(ratios):7.2f}{max(ratios):7.2f}"
              f"{statistics.median(costs[name]):8.1f}"
              + (f"{counts[name]:14.0f}" if counts else ""))
    print("  target: each >= 0.85 of native /predict; ratios within a round; CPU is the daemon's a request, kernel included" + ("" if counts else "; valgrind would count instructions"))
