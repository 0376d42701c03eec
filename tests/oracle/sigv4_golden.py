#!/usr/bin/python3
"""Requests signed by botocore (Debian: python3-botocore 1.29.27), as tests/golden/sigv4/requests.txt has them.
   sigv4_golden.py > tests/golden/sigv4/requests.txt"""
import datetime, sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2026, 11, 25, 18, 15, 0)
JSON = ("Content-Type", "application/json")
SUM = "X-Amz-Content-Sha256"
#     name, method, path?query as sent, fields, body, region, service, session token
CASES = [
    ("a plain GET", "GET", "/v1/models", [], "", "eu-west-1", "sagemaker", None),
    ("the root", "POST", "/", [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "AmazonML_20141212.Predict")],
     '{"MLModelId":"m"}', "us-east-1", "machinelearning", None),
    ("an invocation", "POST", "/endpoints/banking/invocations", [JSON], '{"age":44}', "eu-central-1", "sagemaker", None),
    ("an escape in the path", "POST", "/endpoints/b%20a%2Fn/invocations", [JSON], "{}", "eu-west-1", "sagemaker", None),
    ("a colon and more in the path", "POST", "/v1/models/x:predict,(1)*'!$&=@+;~", [], "{}", "eu-west-1", "sagemaker", None),
    ("letters beyond ASCII in the path", "GET", "/caf%C3%A9", [], "", "eu-west-1", "sagemaker", None),
    ("empty segments and dots", "GET", "/a//b/./c/../d//", [], "", "eu-west-1", "sagemaker", None),
    ("more dots than segments", "GET", "/../../x/..", [], "", "eu-west-1", "sagemaker", None),
    ("nothing but slashes", "GET", "///", [], "", "eu-west-1", "sagemaker", None),
    ("a query that is out of order", "GET", "/x?b=2&a=1&a=0&a-b=3&A=4&a%20=5", [], "", "eu-west-1", "sagemaker", None),
    ("a query without values", "GET", "/x?b&a=&c", [], "", "eu-west-1", "sagemaker", None),
    ("a query with escapes", "GET", "/x?k=%C3%BC%20%2F%3D%26%2B&%21=~-._", [], "", "eu-west-1", "sagemaker", None),
    ("a query that is signed as sent", "GET", "/x?when=18:15&tags=a,b+c&path=/d", [], "", "eu-west-1", "sagemaker", None),
    ("blanks in a field", "GET", "/x", [("X-Note", "  a   b \t c  "), ("X-Amz-Meta", '"a   b"')], "", "eu-west-1", "sagemaker", None),
    ("a field that is there twice", "GET", "/x", [("X-Note", "b"), ("x-note", " a "), ("X-Empty", "")], "", "eu-west-1", "sagemaker", None),
    ("the digest in a field", "PUT", "/x", [(SUM, "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c")],
     "The quick brown fox jumps over the lazy dog.", "eu-west-1", "sagemaker", None),
    ("a session's token", "GET", "/x", [], "", "eu-west-1", "sagemaker", "token/with+signs=="),
    ("a port in Host", "DELETE", "/x", [("Host", "127.0.0.1:8080")], "", "local", "anything", None),
]


class Clock(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return NOW


def sign(case):
    name, method, target, fields, body, region, service, token = case
    request = AWSRequest(method=method, url="http://ml.example.org" + target, data=body.encode())
    for field, value in fields:
        request.headers.add_header(field, value)
    if "Host" not in request.headers:
        request.headers["Host"] = "ml.example.org"
    botocore.auth.SigV4Auth(Credentials(KEY, SECRET, token), service, region).add_auth(request)
    path, _, query = target.partition("?")
    lines = [f"case {name}", f"method {method}", f"path {path}", f"query {query}", f"body {body}"]
    return lines + [f"field {k}: {v}" for k, v in request.headers.items()] + [""]


def text():
    botocore.auth.datetime.datetime = Clock
    return "\n".join(line for case in CASES for line in sign(case))


if __name__ == "__main__":
    sys.stdout.write(text())
