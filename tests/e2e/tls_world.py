"""A private certificate authority for tests, made by openssl, and a daemon that is asked over TLS. Needs the openssl program."""
import datetime
import pathlib
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import bridge

OPENSSL = shutil.which("openssl")
needs_openssl = bridge.needs(OPENSSL, "openssl is not installed: apt-get install openssl")

CONFIG = """
[ca]
default_ca = here
[here]
dir = {dir}
database = {dir}/index.txt
serial = {dir}/serial
new_certs_dir = {dir}/made
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
[server]
basicConstraints = CA:false
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, DNS:lms.trust.example, DNS:learning.trust.example, IP:127.0.0.1
[client]
basicConstraints = CA:false
extendedKeyUsage = clientAuth
"""


def openssl(*args):
    done = subprocess.run([OPENSSL, *map(str, args)], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"openssl {' '.join(map(str, args))}\n{done.stderr}")


class Authority:
    def __init__(self, folder, name="Invented authority"):
        self.dir = pathlib.Path(folder)
        (self.dir / "made").mkdir(parents=True)
        (self.dir / "index.txt").write_text("")
        (self.dir / "serial").write_text("1000\n")
        self.config = self.dir / "openssl.cnf"
        self.config.write_text(CONFIG.format(dir=self.dir))
        self.certificate, self.key = self.dir / "ca.pem", self.dir / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                "-keyout", self.key, "-out", self.certificate, "-config", self.config, "-extensions", "authority")

    def issue(self, name, kind="server", begins=-1, ends=30):
        """A certificate and its key, (pem, key); the days are counted from now."""
        pem, key, request = (self.dir / f"{name}.{end}" for end in ("pem", "key", "csr"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request,
                "-config", self.config)
        now = datetime.datetime.now(datetime.timezone.utc)
        day = lambda n: (now + datetime.timedelta(days=n)).strftime("%Y%m%d%H%M%SZ")
        openssl("ca", "-batch", "-notext", "-config", self.config, "-cert", self.certificate, "-keyfile", self.key, "-in", request, "-out", pem,
                "-extensions", kind, "-startdate", day(begins), "-enddate", day(ends))
        key.chmod(0o600)
        return pem, key


def trusting(authority, client=None):
    context = ssl.create_default_context(cafile=str(authority.certificate))
    if client:
        context.load_cert_chain(*map(str, client))
    return context


class TlsDaemon(bridge.Daemon):
    def __init__(self, data, context, *more, **how):
        self.context = context
        super().__init__(data, *more, **how)

    def request(self, method, path, body=None, headers=None, auth=None, context=None):
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context or self.context))
        request = urllib.request.Request(self.base + path, data=body, method=method, headers=dict(headers or {}))
        if auth:
            import base64
            request.add_header("Authorization", "Basic " + base64.b64encode(":".join(auth).encode()).decode())
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    @property
    def port(self):
        return int(self.base.rsplit(":", 1)[1])

    def wait_for(self, text, seconds=20):
        """Until the log has it."""
        deadline = time.monotonic() + seconds
        while text not in self.text():
            if time.monotonic() > deadline:
                raise AssertionError(f"the log never had {text!r}:\n{self.text()}")
            time.sleep(0.05)
