"""Serves some types of a running AWS provider: python provider_proxy.py SOCKET PROVIDER_SOCKET TYPE...

Every Terraform command asks the provider for its schema. The AWS provider has 1,500 types, and to send and
read them takes longer than all other work of the command. This program answers that request with the schema
of the given types, and passes on all other requests unread. It writes a line once it serves.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

SERVICE = "/tfplugin5.Provider/"
#: The fields of the schema that are maps by type: resources, data sources and ephemeral resources.
#: https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/tfplugin5.proto
MAPS = {2, 3, 8}
#: More than Terraform's requests in parallel: a request may wait for a resource for minutes.
THREADS = 64
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_LENGTH_DELIMITED = 2


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Returns the integer at a position and the position after it."""
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def parse_fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yields the number, the content and the encoding of each field; all must be messages or strings.

    https://protobuf.dev/programming-guides/encoding/
    """
    position = 0
    while position < len(message):
        start = position
        tag, position = read_varint(message, position)
        assert tag & 7 == _LENGTH_DELIMITED, f"field {tag >> 3} is neither a message nor a string"
        length, position = read_varint(message, position)
        content = message[position : position + length]
        position += length
        yield tag >> 3, content, message[start:position]


def trim_schema(schema: bytes, types: set[str]) -> bytes:
    """Returns the schema without the types that are not in the set."""
    fields = []
    for number, content, encoded in parse_fields(schema):
        if number not in MAPS or next(parse_fields(content))[1].decode() in types:
            fields.append(encoded)
    return b"".join(fields)


class Proxy(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Answers the request for the schema, and passes on the others."""

    def __init__(self, provider: str, types: set[str]) -> None:
        self._channel = grpc.insecure_channel(f"unix:{provider}", options=_OPTIONS)
        self._schema = trim_schema(self._channel.unary_unary(f"{SERVICE}GetSchema")(b""), types)

    def service(self, details: Any) -> Any:
        """Returns the handler of a method; None for the methods of go-plugin, which do without an answer."""
        method: str = details.method
        if not method.startswith(SERVICE):
            return None
        if method == f"{SERVICE}GetSchema":
            return grpc.unary_unary_rpc_method_handler(lambda request, context: self._schema)
        call = self._channel.unary_unary(method)

        def forward(request: bytes, context: Any) -> Any:
            try:
                return call(request)
            except grpc.RpcError as error:
                return context.abort(error.code(), error.details())

        return grpc.unary_unary_rpc_method_handler(forward)


def main() -> None:
    """Serves until the process is ended."""
    socket, provider, *types = sys.argv[1:]
    server = grpc.server(ThreadPoolExecutor(THREADS), [Proxy(provider, set(types))], options=_OPTIONS)
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
