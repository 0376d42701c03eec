"""What the tests of make interop share: models, data, a daemon, and real clients that are pointed at it.

The clients are Debian's python3-boto3 and awscli, and the JavaScript SDK (js/*.mjs under node), all as they come.
"""
import contextlib, csv, json, os, shutil, subprocess, sys, tempfile, traceback

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(here), "http", "lib"))
import served  # noqa: E402
from served import Daemon, check, done, run, top  # noqa: E402, F401

# Keys that signatures are made with; who verifies them knows these, who does not ignores them.
KEY, SECRET = "AKIAINTEROPADMIN", "interop+admin/secret0123456789"
os.environ.update({
    "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_PAGER": "", "NO_PROXY": "*", "no_proxy": "*"})
os.environ.pop("AWS_PROFILE", None)
os.environ.pop("AWS_SESSION_TOKEN", None)
import boto3  # noqa: E402
import botocore.exceptions  # noqa: E402

SCHEMAS = os.path.join(top, "datasets")


def stage():
    """A folder of its own with models/ (banking@1 and @2: binary, restaurant@1: three labels, age@1: regression),
    banking.csv, restaurant.data and their schemas. $INTEROP_STAGE keeps the first for the next ones."""
    kept = os.environ.get("INTEROP_STAGE")
    folder = tempfile.mkdtemp(prefix="interop-")
    if kept and os.path.exists(os.path.join(kept, "ready")):
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        return folder
    for kind, rows, name in (("banking", "3000", "banking.csv"), ("restaurant", "1500", "restaurant.data")):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(run("sample", kind, "--rows", rows))
        shutil.copy(os.path.join(SCHEMAS, name + ".schema"), folder)
    with open(os.path.join(folder, "age.schema"), "wb") as f:
        f.write(run("schema", "banking.csv", "--target", "age", cwd=folder))
    for args in (["banking.csv", "--name", "banking"], ["banking.csv", "--name", "banking", "--seed", "7"],
                 ["restaurant.data", "--name", "restaurant"], ["banking.csv", "--name", "age", "--schema", "age.schema"]):
        run("train", *args, "--effort", "low", cwd=folder)
    if kept:
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        open(os.path.join(kept, "ready"), "w").close()
    return folder


def records(folder, name="banking.csv", target="y"):
    """The rows of a file as records of strings, without the target, and the labels."""
    with open(os.path.join(folder, name), newline="") as f:
        rows = list(csv.DictReader(f))
    return [{k: v for k, v in r.items() if k != target} for r in rows], [r[target] for r in rows]


def typed(record):
    """The same record with numbers for what are numbers."""
    def value(text):
        try:
            return json.loads(text) if text and text[0] in "-0123456789" else text
        except ValueError:
            return text
    return {k: value(v) for k, v in record.items()}


def csv_line(record):
    return ",".join(record.values()) + "\n"


@contextlib.contextmanager
def daemon(folder, config=None, name="the daemon ends well"):
    d = Daemon(folder, {"default_endpoint": "banking", **(config or {})})
    try:
        yield d
    except BaseException:
        sys.stderr.write(d.errors()[-4000:])
        d.process.kill()
        d.process.wait()
        raise
    d.stop(name)


def sections(*parts):
    """Runs each (function, arguments…); what one throws is a failed check, and the next begins."""
    for part in parts:
        try:
            part[0](*part[1:])
        except Exception:  # noqa: B902: whatever it is
            check(f"{part[0].__name__} runs to its end", False)
            traceback.print_exc(file=sys.stdout)


# ---- clients ------------------------------------------------------------------------------------

def url(d):
    return f"http://127.0.0.1:{d.port}"


def client(d, service, key=KEY, secret=SECRET, **more):
    return boto3.client(service, endpoint_url=url(d), region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret, **more)


def refused(name, kind, call, /, *parts, **members):
    """The call must raise the client's typed exception `kind`, whose message holds the parts. Returns its reply."""
    try:
        answer = call(**members)
    except botocore.exceptions.ClientError as e:
        text = e.response["Error"].get("Message", "")
        is_kind = type(e).__name__ == kind or e.response["Error"]["Code"] == kind
        check(name, is_kind and all(p in text for p in parts), type(e).__name__, e.response)
        return e
    except Exception as e:  # noqa: B902: whatever the client throws
        check(name, False, type(e).__name__, str(e))
        return None
    check(name, False, "no exception", answer)
    return None


AWS = shutil.which("aws", path="/usr/bin") or "aws"


def aws(d, *args, key=KEY, secret=SECRET):
    """(status, stdout, stderr) of awscli."""
    command = [AWS, *args, "--endpoint-url", url(d), "--output", "json", "--cli-binary-format", "raw-in-base64-out"]
    r = subprocess.run(command, capture_output=True, text=True, timeout=120,
                       env={**os.environ, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret})
    return r.returncode, r.stdout, r.stderr


def aws_json(d, name, *args):
    """The parsed output of an awscli call that must succeed; None after a failed check."""
    status, out, err = aws(d, *args)
    if not check(name, status == 0, status, out, err):
        return None
    return json.loads(out) if out.strip() else {}


def aws_refused(d, name, kind, *args, **more):
    """awscli must fail with that type of error."""
    status, out, err = aws(d, *args, **more)
    check(name, status != 0 and f"({kind})" in err, status, out, err)


MODULES = os.environ.get("INTEROP_MODULES", os.path.join(top, "build", "interop"))


def javascript(script, d, **what):
    """Runs js/<script> under node, which has `what` as JSON in $WHAT, and counts its checks."""
    if not os.path.exists(os.path.join(MODULES, "node_modules", "@aws-sdk")):
        check(f"{script}: the JavaScript SDKs are there (tests/interop/modules installs them)", False, MODULES)
        return
    r = subprocess.run(["node", os.path.join(here, "js", script)], capture_output=True, text=True, timeout=600,
                       env={**os.environ, "INTEROP_MODULES": MODULES, "INTEROP_URL": url(d), "WHAT": json.dumps(what)})
    lines = r.stdout.splitlines()
    try:
        total = json.loads(lines[-1])
    except (IndexError, ValueError):
        check(f"{script} runs to its end", False, r.returncode, r.stdout, r.stderr[-3000:])
        return
    for line in lines[:-1]:
        print(line)
    served.passed += total["passed"]
    served.failed += total["failed"]
    check(f"{script} ends well", r.returncode == 0, r.stderr[-2000:])
