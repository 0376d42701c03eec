"""Starts the real daemon on a free port of the loopback, talks to it over real sockets, and ends it by its pid."""
import http.client, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time

top = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
mlctl = os.environ.get("MLCTL", os.path.join(top, "build", "mlctl"))
mlserved = os.environ.get("MLSERVED", os.path.join(top, "build", "mlserved"))
passed = failed = 0


def check(name, ok, *shown):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("FAILED", name, *[repr(s)[:600] for s in shown])
    return ok


def done():
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


def run(*args, cwd=None, status=0, **more):
    r = subprocess.run([mlctl, *args], cwd=cwd, capture_output=True, **more)
    if r.returncode != status:
        raise SystemExit(f"mlctl {args}: status {r.returncode}\n{r.stderr.decode(errors='replace')}")
    return r.stdout


def work_folder():
    """A folder with models: banking@1 and @2 (binary), restaurant@1 (three labels)."""
    base = tempfile.mkdtemp(prefix="served-")
    datasets = os.path.join(top, "datasets")
    for kind, rows, suffix in (("banking", "3000", "csv"), ("restaurant", "1500", "data")):
        with open(os.path.join(base, f"{kind}.{suffix}"), "wb") as f:
            f.write(run("sample", kind, "--rows", rows))
        shutil.copy(os.path.join(datasets, f"{kind}.{suffix}.schema"), base)
    for args in (["banking.csv", "--name", "banking"], ["banking.csv", "--name", "banking", "--seed", "7"],
                 ["restaurant.data", "--name", "restaurant"]):
        run("train", *args, cwd=base)
    return base


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        try:
            return self.json["error"]["code"]
        except (ValueError, KeyError, TypeError):
            return None

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Daemon:
    def __init__(self, folder, config=None, args=(), env=None, pass_fds=(), preexec_fn=None):
        self.folder = folder
        self.log_path = os.path.join(folder, "served.log")
        command = [mlserved, *args]
        if config is not None:
            path = os.path.join(folder, f"config-{time.monotonic_ns()}.json")
            with open(path, "w") as f:
                json.dump({"listen": "127.0.0.1:0", **config}, f)
            command += ["--config", path]
        else:
            command += ["--listen", "127.0.0.1:0"]
        self.log = open(self.log_path, "ab")
        self.start = self.log.tell()
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=self.log, pass_fds=pass_fds,
                                        env={**os.environ, **(env or {})}, preexec_fn=preexec_fn)
        line = self.process.stdout.readline().decode()
        found = re.match(r"listening on (https?)://(.*):(\d+)$", line)
        if not found:
            self.process.wait()
            raise SystemExit(f"no listening line: {line!r}\n{self.errors()}")
        self.port = int(found.group(3))

    def errors(self):
        self.log.flush()
        with open(self.log_path, "rb") as f:
            f.seek(self.start)
            return f.read().decode(errors="replace")

    def call(self, method, path, body=None, headers=None, timeout=20):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        c.request(method, path, body=body, headers=headers)
        r = c.getresponse()
        reply = Reply(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read())
        c.close()
        return reply

    def get(self, path, **headers):
        return self.call("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body, **headers):
        return self.call("POST", path, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def raw(self, data, seconds=3.0, quiet=0.4, half_close=False):
        """Bytes in; (final statuses, bytes out, whether the server closed, seconds it took)."""
        began = time.monotonic()
        s = socket.create_connection(("127.0.0.1", self.port))
        s.settimeout(seconds)
        out, closed = b"", False
        try:
            s.sendall(data)
            if half_close:
                s.shutdown(socket.SHUT_WR)
            while True:
                piece = s.recv(65536)
                if not piece:
                    closed = True
                    break
                out += piece
                s.settimeout(quiet)
        except socket.timeout:
            pass
        except OSError:
            closed = True
        s.close()
        statuses = [int(x) for x in re.findall(rb"HTTP/1\.[01] (\d\d\d)", out)]
        return [x for x in statuses if x >= 200], out, closed, time.monotonic() - began

    def stop(self, name="stops cleanly", ask=True):
        if ask:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "hangs"
        self.process.stdout.close()
        log = self.errors()
        self.log.close()
        report = re.search(r"ERROR: \w+Sanitizer|runtime error:|WARNING: ThreadSanitizer", log)
        check(name, status == 0 and not report, status, log[-2000:])

    def rss_mib(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)) / 1024
