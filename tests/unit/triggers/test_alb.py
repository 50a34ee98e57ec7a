"""Listener rules: requests reach the handler of their rule, and conflicts of rules are reported."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.model.event_request import EventRequest
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.testing import Client
from domovoi_tf.triggers.alb import Alb, alb_target
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8e"
NO_HANDLER = (
    "No handler for the alb source 'requests'.\nSources with a handler in this function: alb requests."
)
ONLY = "Use lower-case letters, digits, -, ., * and ?, and a last part of letters only."
SEGMENTS = "Use letters, digits and _ - . $ ~ \" ' @ : + & between single slashes."


def request(
    path: object, host: object = "lambda-alb-123578498.us-east-2.elb.amazonaws.com"
) -> dict[str, Any]:
    group = "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/x/49e9d65c45c6791a"
    return {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": "GET",
        "path": path,
        "headers": {"host": host},
        "body": "4111-1111-1111-1111",
    }


def build_app(*targets: Any) -> Domovoi:
    """Returns an app with a handler for each prefix, or prefix and options, which returns that target."""
    app = Domovoi()
    for number, target in enumerate(targets):
        prefix, options = target if isinstance(target, tuple) else (target, {})

        def serve(event: Any, context: Any, target: object = target) -> object:
            return target

        serve.__name__ = f"serve{number}"
        app.alb_target(prefix, **options)(serve)
    return app


def reject(app: Domovoi, event: object) -> str:
    with pytest.raises(DispatchError) as raised:
        app(event, None)
    return str(raised.value)


def test_handler_receives_the_event_unchanged() -> None:
    app, event = Domovoi(), request("/menu")
    app.alb_target("/menu")(echo)
    assert app(event, None) == (event, None)


def echo(event: Any, context: Any) -> Any:
    return event, None


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        ("/", ""),
        ("", ""),
        ("*", ""),
        (None, ""),
        ("/api", "/api"),
        ("/api/", "/api"),
        ("/api/1", "/api"),
        ("/apix", ""),
        ("/API", ""),
        ("/api/v2", "/api/v2"),
        ("/api/v2/x/y", "/api/v2"),
        ("/api/v22", "/api"),
        ("/x/api/v2", ""),
        ("/%61pi/v%32", "/api/v2"),
        ("/api%2Fv2", ""),
        ("/api/x/../v2", "/api/v2"),
        ("/api/./v2", "/api/v2"),
        ("/../api/.", "/api"),
        ("/api/v2/..", "/api"),
        ("/api/%2E%2e/x", ""),
    ],
)
def test_rule_with_the_longest_prefix_wins(path: object, prefix: str) -> None:
    for order in itertools.permutations(["", "/api", "/api/v2"]):
        assert build_app(*order)(request(path), None) == prefix


def request_lists(path: str, host: str) -> dict[str, Any]:
    """Returns a request of a target group with multi-value headers, which has no single values."""
    single = request(path)
    del single["headers"]
    lists = {"multiValueHeaders": {"host": [host]}, "multiValueQueryStringParameters": {"tag": ["a", "b"]}}
    return {**single, **lists}


HOSTS = ["shop.example.com", "*.example.com", "??.example.org", None]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("shop.example.com", "shop.example.com"),
        ("SHOP.example.COM:443", "shop.example.com"),
        ("a.shop.example.com", "*.example.com"),
        ("bar.example.com", "*.example.com"),
        (".example.com", "*.example.com"),
        ("ab.example.org", "??.example.org"),
        ("a.example.org", None),
        ("abc.example.org", None),
        ("example.com", None),
        ("shop.example.com.evil.org", None),
        ("shopXexample.com", None),
        (None, None),
        (7, None),
    ],
)
def test_of_equal_prefixes_hosts_win_over_patterns_and_those_over_none(
    host: object, expected: object
) -> None:
    for order in itertools.permutations(HOSTS):
        app = build_app(*(("/api", {"host": each}) for each in order))
        assert app(request("/api/1", host), None)[1] == {"host": expected}


@pytest.mark.parametrize("host", ["shop.example.com", "SHOP.example.COM:443", "x.example.com"])
def test_host_is_recognised_in_single_values_and_in_lists(host: str) -> None:
    app = build_app(*(("/api", {"host": each}) for each in HOSTS))
    assert app(request_lists("/api/1", host), None) == app(request("/api/1", host), None)


@pytest.mark.parametrize("headers", [{}, None, {"host": []}, {"host": [7]}, "x"])
def test_lists_of_headers_without_a_host_match_rules_without_a_host(headers: Any) -> None:
    app = build_app("/api", ("/api", {"host": "shop.example.com"}))
    assert app({**request_lists("/api", ""), "multiValueHeaders": headers}, None) == "/api"


def answer(event: Any, context: Any) -> Any:
    return event["answer"]


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (
            {"statusCode": 200, "headers": {"a": "1", "b": ["2", "3"]}},
            {"statusCode": 200, "multiValueHeaders": {"a": ["1"], "b": ["2", "3"]}},
        ),
        (
            {"headers": {"a": "1", "b": "2"}, "multiValueHeaders": {"b": ["3", "4"]}},
            {"multiValueHeaders": {"a": ["1"], "b": ["3", "4"]}},
        ),
        ({"multiValueHeaders": {"a": ["1", "2"]}}, {"multiValueHeaders": {"a": ["1", "2"]}}),
        ({"headers": {"a": "1"}, "multiValueHeaders": None}, {"multiValueHeaders": {"a": ["1"]}}),
        ({"statusCode": 204}, {"statusCode": 204}),
        (None, None),
    ],
)
def test_response_has_lists_of_headers_if_the_load_balancer_expects_them(
    response: Any, expected: Any
) -> None:
    app = Domovoi()
    app.alb_target("/lists", multi_value_headers=True)(answer)
    assert app({**request_lists("/lists", "a.com"), "answer": response}, None) == expected
    app = Domovoi()
    app.alb_target("/single")(answer)
    assert app({**request("/single"), "answer": response}, None) == response


def test_client_sends_lists_of_headers_and_parameters() -> None:
    app = Domovoi()
    app.alb_target("/login", host="*.example.com", multi_value_headers=True)(echo)
    lists: Any = {"multiValueHeaders": {"cookie": ["a=1", "b=2"]}}
    event = Client(app).event("echo", headers={"x-a": "b"}, queryStringParameters={"tag": "a"}, **lists)
    assert not event.keys() & {"headers", "queryStringParameters"}
    assert event["multiValueQueryStringParameters"] == {"tag": ["a"]}
    headers = event["multiValueHeaders"]
    assert (headers["host"], headers["x-a"], headers["cookie"]) == (
        ["x.example.com"],
        ["b"],
        ["a=1", "b=2"],
    )
    assert Client(app).invoke(event) == [event, None]


def test_longer_prefix_wins_over_a_host() -> None:
    app = build_app(("/api", {"host": "shop.example.com"}), "/api/v2")
    assert app(request("/api/v2", "shop.example.com"), None) == "/api/v2"


def test_host_of_a_variable_is_the_value_passed_to_terraform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_NAME", "Bar-dev")
    monkeypatch.setenv("DOMOVOI_TF_VAR_shop_host", "shop.dev.example.com")
    app = build_app(("", {"host": variable("shop_host")}), ("", {"host": scoped("bar.example.com")}))
    assert app(request("/", "shop.dev.example.com"), None)[1] == {"host": variable("shop_host")}
    assert app(request("/", "bar-dev-bar.example.com"), None)[1] == {"host": scoped("bar.example.com")}
    assert reject(app, request("/", "shop.example.com")) == NO_HANDLER


@pytest.mark.parametrize(
    "event",
    [
        request("/apix"),
        request(None),
        {**request("/"), "headers": None},
        {"requestContext": {"elb": {}}},
        {"requestContext": {"elb": None}, "path": ["/api"]},
    ],
)
def test_error_about_a_request_without_a_rule_does_not_show_its_body(event: object) -> None:
    assert reject(build_app("/api"), event) == NO_HANDLER


@pytest.mark.parametrize(
    "event", [{}, {"requestContext": None}, {"requestContext": {"http": {}}, "path": "/api"}]
)
def test_http_events_of_other_sources_are_rejected(event: object) -> None:
    assert reject(build_app("/api"), event) == (
        "No handler for an event of an unknown kind.\nSources with a handler in this function: alb requests."
    )


# Priorities

PREFIXES = ["", "/a", "/b", "/a/b", "/a/b/c", "/1/2/3/4/5/6/7/8/9"]
RULES = [
    Alb(prefix=prefix, host=host)
    for prefix in PREFIXES
    for host in [*HOSTS, "*.a", f"{'x' * 124}.com", f"*{'x' * 123}.com", scoped("*.com"), variable("a")]
]


def test_computed_priorities_are_unique_and_in_range() -> None:
    orders = [rule.compute_priority() for rule in RULES]
    assert len(set(orders)) == len(orders)
    assert min(orders) >= 1
    assert max(orders) <= 50000


def rank(rule: Alb) -> tuple[int, int]:
    """Returns the position of a rule according to the documentation."""
    host = str(getattr(rule.host, "name", rule.host or ""))
    return -rule.prefix.count("/"), 2 if not host else int("*" in host or "?" in host)


def test_computed_priorities_depend_on_segments_and_then_on_the_host() -> None:
    for one, other in itertools.permutations(RULES, 2):
        assert rank(one) >= rank(other) or one.compute_priority() < other.compute_priority(), (one, other)
        assert not one.covers(other) or other.compute_priority() < one.compute_priority(), (one, other)


def test_computed_priorities_do_not_change() -> None:
    rules = [alb_target(), alb_target("/api"), alb_target("/api", host="*.example.com")]
    assert [rule.compute_priority() for rule in rules] == [49100, 43355, 42696]
    assert alb_target("/api", priority=7).compute_priority() == 7


def find_problems(source: str) -> str:
    """Runs source code as app.py and returns the report of its problems."""
    names: dict[str, Any] = {"app": Domovoi(), "scoped": scoped, "variable": variable}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    return str(ValidationError(validate(names["app"].freeze(), SETTINGS)))


def alb(arguments: str, name: str = "serve") -> str:
    return f"@app.alb_target({arguments})\ndef {name}(event, context): ...\n"


FUNCTIONS = "app.function('a'); app.function('b')\n"


@pytest.mark.parametrize(
    "source",
    [
        alb("''"),
        alb("'/' + 'a' * 125"),
        alb("'/a/b/c/d/e/f/g/h/i'") + alb("'/a/b/c/d/e/f/g/h/i/j', priority=1", "longer"),
        alb("'/...', host='*.?-0.example.com', priority=50000"),
        alb("host='a' * 124 + '.com'"),
        alb("host=variable('host')") + alb("host=scoped('bar.example.com')", "other"),
        FUNCTIONS + alb("'/api', function='a'") + alb("'/api/v2', function='b'", "longer") + alb("", "all"),
        alb("'/api', priority=2") + alb("'/api/v2', priority=1", "longer"),
        alb("'/api', priority=1, host='a.example.com'") + alb("'/api/v2', host='b.example.com'", "longer"),
        alb("'/a', priority=1") + alb("'/ab', priority=2", "longer"),
        "@app.alb_target('/card')\n" + alb("'/menu'"),
        alb("host='*.a.com'") + alb("host='*.b.com'", "second") + alb("'/b', host='*.com'", "third"),
        alb("host='*.a.com', priority=5") + alb("host='*.com'", "second"),
        alb("host='?.com', priority=1") + alb("host='*.com', priority=2", "second"),
    ],
)
def test_valid_declarations_have_no_problems(source: str) -> None:
    assert find_problems(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (alb("None"), 'app.py:1: prefix is None\n    Use a string such as "/api", or "" for every path.'),
        (alb("'api'"), "app.py:1: the prefix 'api' does not begin with /\n    Write '/api'."),
        (
            alb("'/api/'"),
            "app.py:1: the prefix '/api/' ends with /\n"
            "    Write '/api', which matches everything below it too.",
        ),
        (
            alb("'/'"),
            "app.py:1: the prefix '/' ends with /\n    Write '', which matches everything below it too.",
        ),
        (
            alb("'/api/*'"),
            "app.py:1: the prefix '/api/*' has a wildcard\n"
            "    Leave it out: a prefix matches everything below it.",
        ),
        (alb("'/a//b'"), f"app.py:1: the prefix '/a//b' is not a path\n    {SEGMENTS}"),
        (alb("'/a b'"), f"app.py:1: the prefix '/a b' is not a path\n    {SEGMENTS}"),
        (alb("'/a%20'"), f"app.py:1: the prefix '/a%20' is not a path\n    {SEGMENTS}"),
        (alb("'/ä'"), f"app.py:1: the prefix '/ä' is not a path\n    {SEGMENTS}"),
        (alb("'/a\\n'"), f"app.py:1: the prefix '/a\\n' is not a path\n    {SEGMENTS}"),
        (
            alb("'/a/../b'"),
            "app.py:1: the prefix '/a/../b' has the segment . or ..\n"
            "    Leave it out: load balancers resolve it before they match rules.",
        ),
        (
            alb("'/' + 'a' * 126"),
            f"app.py:1: the prefix '/{'a' * 126}' has 127 characters\n"
            "    AWS accepts at most 126. Shorten it.",
        ),
        (
            alb("'/a/b/c/d/e/f/g/h/i/j'"),
            "app.py:1: the prefix '/a/b/c/d/e/f/g/h/i/j' has 10 segments, too many to compute a priority\n"
            "    Set priority=, or use at most 9 segments.",
        ),
        *(
            (
                alb(f"priority={value}"),
                f"app.py:1: priority is {value}\n    Use a whole number from 1 to 50000.",
            )
            for value in ("0", "50001", "True", "1.5", "'1'")
        ),
        (
            alb("multi_value_headers='yes'"),
            "app.py:1: multi_value_headers is 'yes'\n    Use True or False. Compare the text of an "
            'environment variable: os.environ["NAME"] == "true".',
        ),
        *(
            (alb(f"host={host!r}"), f"app.py:1: {host!r} is not a valid host name\n    {ONLY}")
            for host in (
                "Bar.example.com",
                "localhost",
                "127.0.0.1",
                "a.com:443",
                "a.com/",
                "a_b.com",
                "a.*",
                "",
            )
        ),
        (
            alb("host='a' * 125 + '.com'"),
            f"app.py:1: the host name '{'a' * 125}.com' has 129 characters\n    AWS allows at most 128.",
        ),
        (
            alb("host=scoped('a' * 117 + '.com')"),
            f"app.py:1: the host name 'bar-dev-{'a' * 117}.com' has 129 characters\n"
            "    AWS allows at most 128.",
        ),
        (
            alb("host=7"),
            "app.py:1: host is 7\n    Use a string, scoped() or variable().",
        ),
        (
            FUNCTIONS + alb("'/api', function='a'") + alb("'/api', function='b', priority=1", "second"),
            "app.py:4: second and serve (app.py:2) both handle alb requests to /api\n"
            "    Keep one handler and call the other from it, or give each its own source.",
        ),
        (
            alb("'/api', host='a.example.com'") + alb("'/api', host='a.example.com'", "second"),
            "app.py:3: second and serve (app.py:1) both handle alb requests to /api of a.example.com\n"
            "    Keep one handler and call the other from it, or give each its own source.",
        ),
        (
            FUNCTIONS
            + alb("'/a', priority=5, function='a'")
            + alb("'/b', priority=5, function='b'", "second"),
            "app.py:4: second and serve (app.py:2) both have the priority 5 on the listener\n"
            "    Set another priority= for one of them.",
        ),
        (
            alb("'/9'") + alb("'/53'", "second"),
            "app.py:3: second and serve (app.py:1) both have the priority 43463 on the listener\n"
            "    Set another priority= for one of them.",
        ),
        (
            alb("'/api/v2', priority=20") + alb("'/api', priority=10", "shorter"),
            "app.py:3: serve (app.py:1) would receive no requests to /api/v2: "
            "shorter (app.py:3) matches them first, with priority 10 before 20\n"
            "    Leave priority= out of both, so that the longest prefix wins, or set a lower one for serve.",
        ),
        (
            alb("'', priority=10, host='*.example.com'") + alb("'/api', host='a.example.com'", "second"),
            "app.py:3: second (app.py:3) would receive no requests to /api of a.example.com: "
            "serve (app.py:1) matches them first, with priority 10 before 40918\n"
            "    Leave priority= out of both, so that the longest prefix wins, or set a "
            "lower one for second.",
        ),
        (
            alb("'/api', host='*.example.com'") + alb("'/api', host='shop*'+'.com'", "second"),
            "app.py:3: second and serve (app.py:1) share requests to /api of shop*.com: "
            "some hosts match *.example.com too\n"
            "    Set priority= for both: the lowest that matches a request wins.",
        ),
        (
            alb("'/api', priority=1") + alb("'api', priority=1", "second"),
            "app.py:3: the prefix 'api' does not begin with /\n    Write '/api'.",
        ),
    ],
)
def test_report_names_each_problem_and_its_remedy(source: str, report: str) -> None:
    assert find_problems(source) == report


def test_default_arguments_match_every_request() -> None:
    trigger = alb_target()
    assert (trigger.prefix, trigger.host, trigger.priority, trigger.function) == ("", None, None, "")
    assert trigger.describe() == "requests to any path"


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("*.com", "*.com", True),
        ("*.com", "a.*.com", True),
        ("*a*.com", "*b*.com", True),
        ("a*.com", "*a.com", True),
        ("?.com", "*.com", True),
        ("?.com", "??.com", False),
        ("*??.com", "?.com", False),
        ("a*.com", "b*.com", False),
        ("*.a.com", "*.b.com", False),
        ("*.com", "*.org", False),
        ("*" * 60 + ".com", "?" * 60 + ".org", False),
    ],
)
def test_rules_with_overlapping_host_patterns_are_ambiguous(one: str, other: str, both: bool) -> None:
    for first, second in ((one, other), (other, one)):
        assert Alb(host=first).is_ambiguous_with(Alb(host=second)) == both
        assert not Alb(prefix="/a", host=first).is_ambiguous_with(Alb(host=second))


def list_warnings(*targets: Any, **settings: Any) -> list[str]:
    application = build_app(*targets).freeze()
    return [
        each.message for each in find_warnings(application, Settings(app_name="bar", stage="dev", **settings))
    ]


def test_missing_listener_is_a_warning() -> None:
    assert list_warnings("", "/api") == [
        "no listener is configured, so Terraform needs a value for alb_listener_arn: set it in "
        ".chalice/config.json, or set alb_acm_cert_dns_name to create a load balancer"
    ]
    assert list_warnings("", alb_listener_arn=LISTENER) == []
    assert list_warnings("", alb_acm_cert_dns_name="bar.example.com") == []
    assert list_warnings() == []


def test_listener_keys_have_no_effect_without_a_handler() -> None:
    settings = Settings(app_name="bar", stage="dev", alb_acm_cert_dns_name="bar.example.com")
    view = synthesize(Domovoi().freeze(), settings)
    assert (view.inputs, view.stage.inputs, view.stage.load_balancer) == ((), (), None)


def test_functions_do_not_depend_on_the_listener() -> None:
    application = build_app("", ("/shop", {"host": variable("shop_host")})).freeze()
    files = render(synthesize(application, SETTINGS), assets.find_templates(), assets.find_modules())
    text = next(file.content.decode() for file in files if file.path == "app/lambda.tf")
    assert "alb_listener_arn" not in text
    assert "DOMOVOI_TF_VAR_shop_host = var.shop_host" in text


@pytest.mark.parametrize(("prefix", "path"), [("", "/"), ("/taps", "/taps")])
def test_sample_request_has_the_path_of_the_rule(prefix: str, path: str) -> None:
    event = Alb(prefix=prefix).event(
        EventRequest(handler="serve", payload="", environ={"AWS_REGION": "eu-west-1"})
    )
    assert event["path"] == path
    group = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/sample/0000000000000000"
    assert event["requestContext"] == {"elb": {"targetGroupArn": group}}
