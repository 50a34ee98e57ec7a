"""Invocations of functions at the emulator, whose Region it reads in the signature."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from domovoi_tf.local.emulator_environment import Emulator
from domovoi_tf.local.forwarding import direct_calls


def test_signature_names_the_region() -> None:
    scopes = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            scopes.append(self.headers["Authorization"].split("Credential=")[1].split("/")[2])
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        emulator = Emulator(f"http://127.0.0.1:{server.server_port}", 1, server.server_port, Path("log"))
        assert direct_calls.invoke(emulator, "bar-dev", {}, "eu-west-1") == (None, False)
        assert direct_calls.invoke(emulator, "bar-dev", {}) == (None, False)
        server.shutdown()
    assert scopes == ["eu-west-1", "us-east-1"]
