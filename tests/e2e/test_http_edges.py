"""What a client, a proxy or an old library may send that is HTTP all the same."""
import base64
import json
import re
import socket
import unittest

from bridge import Case

STATEMENT = json.dumps({"actor": {"mbox": "mailto:a@x.example"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"}, "object": {"id": "http://x.example/a"}})


class Edges(Case):
    def setUp(self):
        super().setUp()
        daemon = self.world.serve()
        self.port = int(daemon.base.rsplit(":", 1)[1])

    def heard(self, *pieces):
        """The status of each answer until the other side hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            for piece in pieces:
                connection.sendall(piece.encode())
            text = b""
            while more := connection.recv(65536):
                text += more
        return [int(status) for status in re.findall(r"HTTP/1\.1 (\d+) ", text.decode("latin-1"))]

    def get(self, target, before=""):
        return self.heard(f"{before}GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    def test_a_whole_address_is_taken_for_its_path(self):
        self.assertEqual([200], self.get("/healthz"))
        for target in ("http://x/healthz", "HTTP://x.example:8480/healthz?a=/b", "https://x/healthz"):
            self.assertEqual([200], self.get(target), target)
        self.assertEqual(self.get("/"), self.get("http://x"))
        for target in ("http:///healthz", "http://user@x/healthz", "ftp://x/healthz", "healthz"):
            self.assertEqual([400], self.get(target), target)

    def test_empty_lines_before_a_request_are_nothing(self):
        self.assertEqual([200], self.get("/healthz", "\r\n"))
        self.assertEqual([200], self.get("/healthz", "\r\n" * 20))
        keep = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        self.assertEqual([200, 200], self.heard(keep, "\r\n", keep.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")))
        self.assertEqual([400], self.get("/healthz", "\r\n?\r\n"))

    def test_an_old_client_is_not_told_to_go_on(self):
        made = self.world.ask("credential", "add", "lms", "--scope", "all")
        word = base64.b64encode(f"{made['key']}:{made['secret']}".encode()).decode()

        def post(version):
            return self.heard(f"POST /xapi/statements HTTP/{version}\r\nHost: x\r\nAuthorization: Basic {word}\r\nX-Experience-API-Version: 1.0.3\r\nConnection: close\r\n"
                              f"Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {len(STATEMENT)}\r\n\r\n", STATEMENT)
        self.assertEqual([100, 200], post("1.1"))
        self.assertEqual([200], post("1.0"))


if __name__ == "__main__":
    unittest.main()
