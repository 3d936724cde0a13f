#!/usr/bin/env python3
"""An FTPS server over one flat folder, for tests of fetching: TLS is required on both connections.

python3 tests/fakes/ftps.py FOLDER CERTIFICATE KEY [--implicit]      prints its port; user bridge, password
invented-password
"""
import os
import pathlib
import socket
import socketserver
import ssl
import sys
import time


class Conversation(socketserver.BaseRequestHandler):
    def handle(self):
        self.data, self.user, self.let_in, self.private = None, "", False, self.server.implicit
        if self.server.implicit:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.say("220 Ready.")
        with self.request.makefile("rb") as lines:
            self.lines = lines
            while self.step():
                pass

    def say(self, text):
        self.request.sendall(text.encode() + b"\r\n")

    def step(self):
        line = self.lines.readline().decode().rstrip("\r\n")
        if not line:
            return False
        command, _, argument = line.partition(" ")
        command = command.upper()
        if command == "AUTH" and argument.upper() in ("TLS", "SSL"):
            self.say("234 Go on.")
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            self.lines = self.request.makefile("rb")
            self.private = True
        elif command == "QUIT":
            self.say("221 Goodbye.")
            return False
        elif not self.private:
            self.say("521 TLS first.")
        elif command == "USER":
            self.user = argument
            self.say("331 Password?")
        elif command == "PASS":
            self.let_in = (self.user, argument) == ("bridge", "invented-password")
            self.say("230 Come in." if self.let_in else "530 No.")
        elif not self.let_in:
            self.say("530 Who?")
        else:
            self.serve(command, argument)
        return True

    def serve(self, command, argument):
        path = self.server.folder / pathlib.PurePosixPath(argument).name
        if command == "PWD":
            self.say('257 "/" is it.')
        elif command in ("TYPE", "PBSZ", "PROT", "CWD"):
            self.say("200 Good.")
        elif command == "EPSV":
            self.data = socket.create_server(("127.0.0.1", 0))
            self.say(f"229 Here (|||{self.data.getsockname()[1]}|)")
        elif command in ("LIST", "NLST"):
            names = sorted(os.listdir(self.server.folder))
            lines = names if command == "NLST" else [self.line(name) for name in names]
            self.send("".join(line + "\r\n" for line in lines).encode())
        elif command in ("RETR", "SIZE", "MDTM", "DELE") and not path.is_file():
            self.say("550 No such file.")
        elif command == "RETR":
            self.send(path.read_bytes())
        elif command == "SIZE":
            self.say(f"213 {path.stat().st_size}")
        elif command == "MDTM":
            self.say(time.strftime("213 %Y%m%d%H%M%S", time.gmtime(path.stat().st_mtime)))
        elif command == "DELE":
            path.unlink()
            self.say("250 Gone.")
        else:
            self.say("502 Not here.")

    def line(self, name):
        s = (self.server.folder / name).stat()
        return time.strftime(f"-rw-r--r--   1 bridge   bridge   {s.st_size:10} %b %d %H:%M {name}", time.gmtime(s.st_mtime))

    def send(self, content):
        self.say("150 It comes.")
        connection, _ = self.data.accept()
        self.data.close()
        try:
            with self.server.tls.wrap_socket(connection, server_side=True) as secured:
                secured.sendall(content)
                secured.unwrap()
        except OSError:
            pass  # given up over there
        self.say("226 That was it.")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, folder, certificate, key, implicit):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.folder, self.implicit = pathlib.Path(folder), implicit
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)

    def handle_error(self, request, client_address):
        pass  # a client that does not trust us goes away


def main():
    with Server(*sys.argv[1:4], implicit="--implicit" in sys.argv) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
