"""Credentials bound to sources, rotated, revoked; bearer tokens of a configured issuer."""
import base64
import json
import shutil
import subprocess
import time
import unittest

from bridge import Case, needs, run, write_json

XAPI = {"X-Experience-API-Version": "1.0.3"}
STATEMENT = {"actor": {"mbox": "mailto:ada@demo.example"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
             "object": {"id": "https://lms.example/course/AI-1"}}


def base64url(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


class Issuer:
    """Keys and tokens by the openssl command."""

    def __init__(self, folder):
        self.key = folder / "key.pem"
        self.openssl("genrsa", "-out", self.key, "2048")
        modulus = self.openssl("rsa", "-in", self.key, "-noout", "-modulus").decode().strip().split("=")[1]
        self.keys = write_json(folder / "keys.json", {"keys": [{"kty": "RSA", "n": base64url(bytes.fromhex(modulus)), "e": "AQAB"}]})

    def openssl(self, *args, data=None):
        return subprocess.run(["openssl", *map(str, args)], input=data, capture_output=True, check=True).stdout

    def token(self, **claims):
        claims = {"iss": "https://login.example", "aud": "capbridge", "sub": "anna.nurse", "exp": int(time.time()) + 300, **claims}
        text = base64url({"alg": "RS256", "typ": "JWT"}) + "." + base64url(claims)
        return text + "." + base64url(self.openssl("dgst", "-sha256", "-sign", self.key, data=text.encode()))


class Access(Case):
    def post(self, statement=STATEMENT, auth=None, **headers):
        return self.world.daemon.request("POST", "/xapi/statements", statement, headers={**XAPI, **headers}, auth=auth)

    def count(self, auth=None, **headers):
        status, _, text = self.world.daemon.get("/xapi/statements", headers={**XAPI, **headers}, auth=auth)
        return len(json.loads(text)["statements"]) if status == 200 else status

    def test_a_rotated_secret_counts_at_once(self):
        self.world.serve()
        made = self.world.ask("credential", "add", "writer", "--scope", "statements/write")
        key = made["key"]
        self.assertEqual(self.post(auth=(key, made["secret"]))[0], 200)
        fresh = self.world.ask("credential", "rotate", key)
        self.assertEqual(self.post(auth=(key, made["secret"]))[0], 401)
        self.assertEqual(self.post(auth=(key, fresh["secret"]))[0], 200)
        listed = self.world.ask("credential", "list")["credentials"]
        self.assertEqual([c["key"] for c in listed], [key])
        self.assertIsNotNone(listed[0]["rotated"])
        self.assertNotIn(fresh["secret"], json.dumps(listed))
        self.world.ask("credential", "revoke", key)
        self.assertEqual(self.post(auth=(key, fresh["secret"]))[0], 401)
        self.assertIn("revoked", self.refused("credential", "rotate", key, "--data", self.world.data))
        self.assertIn("no credential", self.refused("credential", "rotate", "nobody", "--data", self.world.data).lower())

    def test_a_credential_of_a_source_sees_its_own(self):
        self.world.small()
        self.world.serve()
        add = lambda name, scope, *more: self.world.ask("credential", "add", name, "--scope", scope, *more)
        bound = add("content", "statements/write,statements/read", "--source", "lms")
        free = add("all", "all")
        pair = lambda made: (made["key"], made["secret"])
        self.assertEqual(self.post(auth=pair(bound))[0], 200)
        self.assertEqual(self.post(auth=pair(free))[0], 200)
        self.assertEqual(self.count(auth=pair(bound)), 1)
        self.assertEqual(self.count(auth=pair(free)), 2)
        out, _ = run("statements", "export", "--source", "lms", "--data", self.world.data)
        self.assertEqual(len(out.splitlines()), 1)
        everything = add("everything of the source", "all", "--source", "lms")
        self.assertEqual(self.world.daemon.get("/api/v1/people", auth=pair(everything))[0], 403)
        self.assertEqual(self.count(auth=pair(everything)), 1)
        refused = lambda *more: self.refused("credential", "add", "x", *more, "--data", self.world.data)
        self.assertIn("there is no source 'nowhere'", refused("--scope", "state", "--source", "nowhere"))
        self.assertIn("'read' is for what belongs to no source", refused("--scope", "read", "--source", "lms"))
        self.assertIn("unknown scope 'everything'; known are: all,", refused("--scope", "everything"))

    @needs(shutil.which("openssl"), "the openssl command is not there")
    def test_bearer_tokens_of_a_configured_issuer(self):
        issuer = Issuer(self.world.root)
        entry = {"issuer": "https://login.example", "audience": "capbridge", "keys": issuer.keys.name,
                 "scopes": {"lrs": ["statements/write", "statements/read"], "nothing": []}}
        config = write_json(self.world.root / "c.json", {"token_issuers": [entry]})
        run("check", "--config", config)
        self.world.serve("--config", config)
        bearer = lambda token: {"Authorization": "Bearer " + token}
        status, _, text = self.post(**bearer(issuer.token(scope="openid lrs")))
        self.assertEqual(status, 200, text)
        self.assertEqual(self.count(**bearer(issuer.token(scope="lrs"))), 1)
        for token in (issuer.token(scope="lrs", exp=int(time.time()) - 600), issuer.token(scope="lrs", aud="another"),
                      issuer.token(scope="lrs", iss="https://other.example"), issuer.token(scope="lrs")[:-8] + "AAAAAAAA", "x"):
            self.assertEqual(self.post(**bearer(token))[0], 401)
        self.assertEqual(self.post(**bearer(issuer.token(scope="nothing")))[0], 403)
        self.assertNotIn("anna", self.world.daemon.text())
        self.assertNotIn("anna", json.dumps(self.world.ask("run", "list")))

        entry["keys"] = "missing.json"
        write_json(config, {"token_issuers": [entry]})
        self.assertIn("/token_issuers/0/keys: 'missing.json' there is no such file", self.refused("check", "--config", config))
        entry.update(keys=issuer.keys.name, source="nowhere")
        write_json(config, {"token_issuers": [entry]})
        run("check", "--config", config)
        told = self.refused("serve", "--config", config, "--data", self.world.root / "other", "--listen", "127.0.0.1:0")
        self.assertIn("bound to the source 'nowhere'", told)


if __name__ == "__main__":
    unittest.main()
