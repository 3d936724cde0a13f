"""What the fake web systems share: a server on a free port of this machine, and the faults of real ones.

A fake is a class with answer(request) -> Answer. Faults wait in a queue; each is for the n-th request from now (1 is
the next), and for so many requests:

  fake.fault("status", 500)                the next request is answered with 500, once
  fake.fault("status", 401, at=4, times=99)
  fake.fault("cut", at=2)                  the connection ends in the middle of the body
  fake.fault("short")                      half the body, as if it were whole (a proxy's work)
  fake.fault("slow", 2.5)                  so many seconds late
  curl 'http://127.0.0.1:PORT/__fault?kind=status&value=500&at=1&times=1'

Faults of one system's own (throttling, expiring pages) are in its class. Standard library only.
"""
import base64
import http.server
import json
import threading
import time
import urllib.parse


class Request:
    def __init__(self, method, target, headers, body):
        split = urllib.parse.urlsplit(target)
        self.method, self.target, self.path, self.body = method, target, urllib.parse.unquote(split.path), body
        self.headers = {k.lower(): v for k, v in headers.items()}
        self.query = urllib.parse.parse_qs(split.query, keep_blank_values=True)

    def one(self, name, otherwise=""):
        return self.query.get(name, [otherwise])[0]

    def basic(self):
        scheme, _, rest = self.headers.get("authorization", "").partition(" ")
        try:
            return base64.b64decode(rest).decode() if scheme.lower() == "basic" else ""
        except ValueError:
            return ""

    def bearer(self):
        scheme, _, rest = self.headers.get("authorization", "").partition(" ")
        return rest if scheme.lower() == "bearer" else ""


class Answer:
    def __init__(self, status=200, body=None, headers=None):
        self.status, self.headers = status, dict(headers or {})
        if isinstance(body, (dict, list)):
            self.headers.setdefault("Content-Type", "application/json; charset=utf-8")
            body = json.dumps(body)
        self.body = (body or "").encode() if not isinstance(body, bytes) else body


class Fake:
    def __init__(self):
        self.requests = []  # every one that came, faults included
        self.faults = []
        self.lock = threading.RLock()
        self.server = self.thread = None

    # What a subclass says.
    def answer(self, request):
        raise NotImplementedError

    def fault(self, kind, value=None, at=1, times=1):
        with self.lock:
            self.faults.append({"kind": kind, "value": value, "at": at, "times": times})

    def start(self, port=0):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.serve(self, Request(self.command, self.path, self.headers, body))

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = serve

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def due(self):
        """The faults of this request; those that have had their turn are forgotten."""
        now = []
        for fault in self.faults:
            fault["at"] -= 1
            if fault["at"] <= 0:
                fault["times"] -= 1
                now.append(fault)
        self.faults = [f for f in self.faults if f["at"] > 0 or f["times"] > 0]
        return {f["kind"]: f["value"] for f in now}

    def serve(self, handler, request):
        with self.lock:
            if request.path == "/__fault":
                value = request.one("value")
                self.fault(request.one("kind"), float(value) if value.replace(".", "", 1).isdigit() else value, int(request.one("at", "1")),
                           int(request.one("times", "1")))
                faults, answer = {}, Answer(200, {"waiting": len(self.faults)})
            else:
                self.requests.append(request)
                faults = self.due()
                answer = Answer(int(faults["status"]), {"message": "made up"}) if "status" in faults else self.answer_with(request, faults)
        if "slow" in faults:
            time.sleep(float(faults["slow"]))
        body = answer.body[:len(answer.body) // 2] if "short" in faults else answer.body
        try:
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            if "cut" in faults:
                handler.wfile.write(body[:len(body) // 2])
                handler.wfile.flush()
                handler.close_connection = True
                handler.connection.shutdown(2)
            else:
                handler.wfile.write(b"" if request.method == "HEAD" else body)
        except OSError:
            pass  # the other side has gone

    def answer_with(self, request, faults):
        """A subclass that has faults of its own looks at them here."""
        return self.answer(request)


def run_alone(fake):
    """python3 tests/fakes/<name>.py: prints the address and serves until it is interrupted."""
    fake.start()
    print(fake.url, flush=True)
    try:
        fake.thread.join()
    except KeyboardInterrupt:
        fake.stop()
