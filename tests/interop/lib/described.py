"""Holds replies against the descriptions in api/, with Debian's python3-jsonschema."""
import json, os, re
from urllib.parse import urlsplit

import jsonschema, yaml

from stage import check, top


class Description:
    def __init__(self, name):
        with open(os.path.join(top, "api", name)) as f:
            self.document = yaml.safe_load(f)
        self.resolver = jsonschema.RefResolver("", self.document)
        self.seen = set()

    def resolve(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def operation(self, method, path):
        path = urlsplit(path).path
        for template in sorted(self.document["paths"], key=lambda t: t.count("{")):
            # a parameter ends where a segment or a verb (":predict") does
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/:]+", re.escape(template))
            if re.fullmatch(pattern, path) and method.lower() in self.document["paths"][template]:
                return template, self.document["paths"][template][method.lower()]
        return None, None

    def fits(self, name, method, path, reply):
        """The reply's status, type and body are among those that are described for the operation."""
        template, operation = self.operation(method, path)
        if operation is None:
            return check(f"{name}: {method} {path} is described", False)
        response = operation["responses"].get(str(reply.status))
        if response is None:
            return check(f"{name}: status {reply.status} is described", False, reply)
        self.seen.add((method, template))
        content = self.resolve(response).get("content", {})
        kind = reply.headers.get("content-type", "").split(";")[0]
        if not content and not reply.body:
            return True
        if kind not in content:
            return check(f"{name}: the type {kind!r} is described", False, reply, list(content))
        schema = content[kind]["schema"]
        value = reply.json if "json" in kind else reply.body.decode()
        problems = [f"{list(e.absolute_path)}: {e.message}" for e in
                    jsonschema.Draft7Validator(schema, resolver=self.resolver).iter_errors(value)]
        return not problems or check(f"{name}: fits the description of {method} {template}", False, *problems[:3], value)
