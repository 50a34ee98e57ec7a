"""Requests to a real server on a loopback port: who may read, and who may act."""

from __future__ import annotations

import html
import json
import re
import socket
from http.client import HTTPResponse

import pytest

from .conftest import PAGE, Client

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
REFUSED = {"error": "Another page made this request.", "remedy": "Use the console's own pages."}
LOCKED = {
    "error": "This console needs its token.",
    "remedy": "Open the URL that the terminal shows: it contains the token.",
}


def get_target(response: HTTPResponse, body: str) -> str:
    """Returns the address to which a page leads. It is one of the console, so its cookie is sent."""
    assert response.status == 200, body
    (target,) = re.findall('<meta http-equiv="refresh" content="0; url=([^"]*)">', body)
    assert f'<a href="{target}">Open it now</a>' in body
    return html.unescape(target)


def test_first_url_sets_the_cookie_and_leads_to_the_same_page_without_the_token(client: Client) -> None:
    response, body = client.send("GET", f"/events/7?token={client.console.token}&from=mail", {"Cookie": None})
    assert get_target(response, body) == "/events/7?from=mail"
    assert re.fullmatch(
        rf"domovoi_console_{client.port}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=strict",
        response.headers["set-cookie"],
    )
    assert client.console.token not in response.headers["set-cookie"] + body
    assert response.headers["cache-control"] == "no-store"


def test_token_leads_to_no_other_host(client: Client) -> None:
    response, body = client.send(
        "GET", f"//elsewhere.example/\\x?token={client.console.token}", {"Cookie": None}
    )
    assert get_target(response, body) == "/elsewhere.example/%5Cx"


def test_token_cannot_write_html(client: Client) -> None:
    path = f"/%22%3E%3Cscript%3E?a=%22%3E%3Cscript%3E&token={client.console.token}"
    response, body = client.send("GET", path, {"Cookie": None})
    assert get_target(response, body) == "/%22%3E%3Cscript%3E?a=%22%3E%3Cscript%3E"
    assert "<script" not in body


def test_token_for_one_use_opens_the_console_once(client: Client) -> None:
    token = client.console.app.state.tokens.create_single_use()
    response, _ = client.send("GET", f"/?token={token}", {"Cookie": None})
    cookie = response.headers["set-cookie"].partition(";")[0]
    assert client.send("GET", "/", {"Cookie": cookie})[0].status == 200
    assert client.send("GET", f"/?token={token}", {"Cookie": None})[0].status == 403
    assert client.send("GET", f"/?token={client.console.token}", {"Cookie": None})[0].status == 200


def test_token_is_not_the_cookie(client: Client) -> None:
    """Browsers send cookies to the servers on all ports of this host."""
    cookie = f"domovoi_console_{client.port}={client.console.token}"
    assert client.send("GET", "/", {"Cookie": cookie})[0].status == 403
    _, value = client.cookie.split("=")
    assert client.send("GET", f"/?token={value}", {"Cookie": None})[0].status == 403


@pytest.mark.parametrize(
    "query", ["token=wrong", "token=", "token=t%C3%B6ken", "token={0}&token={0}", "token=%ED"]
)
def test_wrong_token_sets_no_cookie(client: Client, query: str) -> None:
    response, body = client.send("GET", f"/?{query.format(client.console.token)}", {"Cookie": None})
    assert (response.status, response.headers["set-cookie"]) == (403, None)
    assert "The token is not valid." in body
    assert "Open the URL that the terminal shows: it contains the token." in body


def test_later_urls_with_a_token_lose_it_too(client: Client) -> None:
    response, body = client.send("GET", f"/logs?text=token%3D1&token={client.console.token}")
    assert get_target(response, body) == "/logs?text=token%3D1"
    assert client.send("GET", "/logs?text=token=1")[0].status == 200


@pytest.mark.parametrize("path", ["/api/session", "/api/stream", "/api/nothing"])
def test_token_opens_no_data_by_itself(client: Client, path: str) -> None:
    response, body = client.send("GET", f"{path}?token={client.console.token}", {"Cookie": None})
    assert (response.status, json.loads(body)) == (403, LOCKED)


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        "",
        "domovoi_console_{port}=wrong",
        "domovoi_console_{port}=",
        "domovoi_console_{other}={cookie}",
        "domovoi_console={cookie}",
    ],
)
def test_nothing_is_answered_without_the_cookie_of_this_port(client: Client, cookie: str | None) -> None:
    own = client.cookie.partition("=")[2]
    value = cookie and cookie.format(port=client.port, other=client.port + 1, cookie=own)
    for path in ("/", "/static/vendor/page.js", "/favicon.ico"):
        response, body = client.send("GET", path, {"Cookie": value})
        assert response.status == 403, path
        assert "This console needs its token." in body
    response, body = client.send("POST", "/api/session", {"Cookie": value})
    assert (response.status, json.loads(body)) == (403, LOCKED)


def test_cookie_of_another_console_is_no_hindrance(client: Client) -> None:
    response, body = client.send("GET", "/", {"Cookie": f"domovoi_console_1=other; {client.cookie}"})
    assert (response.status, body) == (200, PAGE)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:{other}",
        "127.0.0.1:{port}.evil.example",
        "localhost.evil.example:{port}",
        "[::1]:{port}",
        "0.0.0.0:{port}",
        "127.0.0.1:{port}@evil.example",
    ],
)
def test_other_names_of_the_host_are_refused_even_with_the_cookie(client: Client, host: str) -> None:
    """A foreign name that resolves to 127.0.0.1 would make its pages' requests own ones: DNS rebinding."""
    name = host.format(port=client.port, other=client.port + 1)
    token = f"/?token={client.console.token}"
    for method, path in (("GET", "/api/session"), ("GET", token), ("POST", "/api/session")):
        response, body = client.send(method, path, {"Host": name})
        assert (response.status, response.headers["set-cookie"]) == (421, None), (method, path)
        assert f"Open http://127.0.0.1:{client.port}/ instead." in body


def test_host_is_needed_once(client: Client) -> None:
    own = f"Host: 127.0.0.1:{client.port}\r\n"
    for lines in ("", own + "Host: evil.example\r\n"):
        with socket.create_connection(("127.0.0.1", client.port), timeout=20) as connection:
            request = f"GET / HTTP/1.1\r\n{lines}Cookie: {client.cookie}\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            assert re.match(rb"HTTP/1.1 4\d\d ", connection.recv(1000))


def test_both_names_of_the_loopback_interface_are_own(client: Client) -> None:
    for host in (f"127.0.0.1:{client.port}", f"localhost:{client.port}", f"LOCALHOST:{client.port}"):
        assert client.send("GET", "/", {"Host": host})[0].status == 200


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://127.0.0.1",
        "http://localhost:{port}",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:{other}",
        "http://127.0.0.1:{port}.evil.example",
    ],
)
def test_action_needs_its_own_origin(client: Client, origin: str | None) -> None:
    value = origin and origin.format(port=client.port, other=client.port + 1)
    response, body = client.send("POST", "/api/session", {"Origin": value})
    assert (response.status, json.loads(body)) == (403, REFUSED)


@pytest.mark.parametrize("value", [None, "", "0", "true"])
def test_action_needs_the_header_that_foreign_pages_cannot_set(client: Client, value: str | None) -> None:
    response, body = client.send("POST", "/api/session", {"X-Domovoi-Console": value})
    assert (response.status, json.loads(body)) == (403, REFUSED)


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_action_needs_json(client: Client, kind: str | None) -> None:
    response, body = client.send("POST", "/api/session", {"Content-Type": kind})
    assert (response.status, json.loads(body)) == (
        415,
        {"error": "The body is not JSON.", "remedy": "Send JSON."},
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
        # A link in another page may lead to the console. Browsers withhold the cookie, which is strict.
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        # Another port of this host is the same site, so its requests have the cookie.
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, 403),
    ],
)
def test_other_pages_cannot_include_files(client: Client, headers: dict[str, str], status: int) -> None:
    assert client.send("GET", "/static/vendor/page.js", headers)[0].status == status


def test_other_pages_cannot_include_data_or_frame_it(client: Client) -> None:
    headers = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}
    response, body = client.send("GET", "/api/session", headers)
    assert (response.status, json.loads(body)) == (403, REFUSED)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_refused_and_allow_no_other_origin(client: Client, method: str) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    response, body = client.send(method, "/api/session", headers)
    assert (response.status, response.headers["allow"]) == (405, "GET, HEAD, POST")
    assert json.loads(body) == {
        "error": "The console does not accept this method.",
        "remedy": "Use its pages.",
    }
    assert [name for name in response.headers if name.lower().startswith("access-control")] == []


def test_head_is_answered_like_get_without_the_body(client: Client) -> None:
    response, body = client.send("HEAD", "/")
    assert (response.status, response.headers["content-length"], body) == (200, str(len(PAGE)), "")
    assert client.send("HEAD", "/", {"Cookie": None})[0].status == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/static/vendor/page.js", 200),
        ("GET", "/static/none.js", 404),
        ("GET", "/nothing", 404),
        ("GET", "/api/nothing", 404),
        ("POST", "/api/nothing", 404),
        ("GET", "/?token=wrong", 403),
        ("PUT", "/", 405),
        ("GET", "/api/app", 500),
    ],
)
def test_every_answer_has_the_headers_that_protect_it(
    client: Client, method: str, path: str, status: int
) -> None:
    response, _ = client.send(method, path)
    assert response.status == status
    headers = {name.lower(): value for name, value in response.headers.items()}
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert [name for name in headers if name.startswith("access-control") or name == "server"] == []


def test_defect_is_told_without_the_text_of_the_exception(
    client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    response, body = client.send("GET", "/api/app")
    assert (response.status, json.loads(body)) == (
        500,
        {
            "error": "The console failed with RuntimeError.",
            "remedy": "Reload the page. If it happens again, report it.",
        },
    )
    assert "secret" not in "".join(capfd.readouterr())


def test_large_bodies_are_refused(client: Client) -> None:
    too_large = {"error": "The request is too large.", "remedy": "Send at most 10 MB."}
    response, body = client.send("POST", "/api/events/1/replay", {"Content-Length": "10000001"}, b"")
    assert (response.status, json.loads(body)) == (413, too_large)


def test_large_bodies_of_unknown_size_are_not_kept_in_memory(client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=20) as connection:
        connection.sendall(
            client.start_request("POST /api/events/1/replay")
            + f"Origin: http://127.0.0.1:{client.port}\r\nX-Domovoi-Console: 1\r\n".encode()
            + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        answer = b""
        try:
            for _ in range(120):
                connection.sendall(b"186a0\r\n" + b"1" * 100_000 + b"\r\n")
        except OSError:
            pass  # the server has closed its side
        else:
            connection.sendall(b"0\r\n\r\n")
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'{"error": "The request is too large.", "remedy": "Send at most 10 MB."}' in answer


@pytest.mark.parametrize("body", ["{", "[]", '"text"', '{"event": NaN}', "[" * 5000])
def test_body_that_is_not_a_json_object_is_refused(client: Client, body: str) -> None:
    response, text = client.send("POST", "/api/events/1/replay", body=body)
    assert response.status == 400
    assert json.loads(text)["error"].startswith(
        ("The body is not valid JSON: ", "The body is not a JSON object.")
    )


def test_reading_acts_on_nothing(client: Client) -> None:
    """Every address that acts accepts POST alone."""
    routes = client.console.app.routes
    acting = [route.path for route in routes if "POST" in (route.methods or ())]
    assert all(route.methods == {"POST"} for route in routes if route.path in acting)
    assert len(acting) > 1
    for path in acting:
        for method in ("GET", "HEAD"):
            assert client.send(method, path.replace("{run}", "1"))[0].status == 405


def test_websockets_are_refused(client: Client) -> None:
    with socket.create_connection(("127.0.0.1", client.port), timeout=20) as connection:
        connection.sendall(
            client.start_request("GET /api/stream")
            + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 403 ")


def test_console_listens_on_the_loopback_interface_alone(client: Client) -> None:
    with socket.socket() as other:
        other.settimeout(5)
        # 127.0.0.2 is another address of this machine, to which a listener on all addresses would answer.
        with pytest.raises(OSError, match=r"refused|unreachable|assign"):
            other.connect(("127.0.0.2", client.port))
