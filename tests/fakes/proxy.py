#!/usr/bin/env python3
"""A proxy that connects (CONNECT) for those who know its password, to where a table of names says.

python3 tests/fakes/proxy.py NAME:PORT=PORT ...     user bridge, password invented-proxy-password
"""
import base64
import socket
import socketserver
import sys
import threading

PASSWORD = "invented-proxy-password"


def pour(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        words = self.rfile.readline().decode().split()
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        if len(words) < 2:
            return
        self.server.asked.append((words[0], words[1]))
        wanted = "Basic " + base64.b64encode(f"bridge:{PASSWORD}".encode()).decode()
        if headers.get("proxy-authorization") != wanted:
            self.wfile.write(b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
            return
        port = self.server.table.get(words[1])
        if words[0] != "CONNECT" or port is None:
            self.wfile.write(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", port)) as there:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=pour, args=(there, self.connection), daemon=True)
            back.start()
            pour(self.connection, there)
            back.join()


class Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, table):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.table, self.asked = table, []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def start(self):
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()
        return self

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


if __name__ == "__main__":
    proxy = Proxy({name: int(port) for name, _, port in (word.rpartition("=") for word in sys.argv[1:])})
    print(proxy.url, flush=True)
    proxy.serve_forever()
