"""Receipt rules: email reaches the handler of its recipients, and conflicts of rules are reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.model.event_request import SentPayload
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.triggers.ses import email_receipt_handler
from domovoi_tf.validation.application import validate

SETTINGS = Settings(app_name="bar", stage="dev")
EVENT = json.loads((Path(__file__).parents[2] / "triggers" / "ses" / "event.json").read_text())
SECRET = "4111-1111-1111-1111"
MOVE = "Move one of the handlers to another function with function=."
AMBIGUOUS = f"Events name the recipients, not the receipt rule. {MOVE}"
RECIPIENT = (
    'Write "user@example.com", "example.com", ".example.com" for all subdomains, '
    "or variable() for one of these."
)


def mail(*recipients: str) -> dict[str, Any]:
    """Returns the sample event of AWS with other recipients."""
    (record,) = json.loads(json.dumps(EVENT))["Records"]
    record["ses"]["receipt"]["recipients"] = list(recipients)
    return {"Records": [record]}


def build_app(**recipients: Any) -> Domovoi:
    """Returns an app with a handler for each list of recipients, in one function."""
    app = Domovoi()
    for name, each in recipients.items():

        def handle(event: Any, context: Any, name: str = name) -> str:
            return name

        handle.__name__ = name
        app.email_receipt_handler(each, rule_set_name="inbound")(handle)
    return app


def reject(app: Domovoi, event: object) -> str:
    with pytest.raises(DispatchError) as raised:
        app(event, None)
    return str(raised.value)


@pytest.mark.parametrize(
    ("recipient", "handler"),
    [
        ("ann@example.com", "address"),
        ("Ann@EXAMPLE.com", "address"),
        ("ann+beer@example.com", "address"),
        ("ann+wine@example.com", "labelled"),
        ("ann+wine+red@example.com", "address"),
        ("bob@example.com", "domain"),
        ("ann@pub.example.com", "subdomain"),
        ("ann@bar.example.com", "subdomains"),
        ("ann@a.b.example.com", "subdomains"),
        ("ann@snug.pub.example.com", "subdomains"),
        ("ann@notexample.com", "everyone"),
        ("ann@example.org", "everyone"),
        ("ann@com", "everyone"),
        ("no address", "everyone"),
    ],
)
def test_handler_with_the_most_specific_recipient_is_called(recipient: str, handler: str) -> None:
    handlers = {
        "everyone": None,
        "subdomains": [".Example.com"],
        "domain": ["example.com", "other.example"],
        "subdomain": ["pub.example.com"],
        "address": ["ann@Example.com"],
        "labelled": ["ann+wine@example.com"],
    }
    assert build_app(**handlers)(mail(recipient), None) == handler
    assert build_app(**dict(reversed(handlers.items())))(mail(recipient), None) == handler


def test_any_recipient_identifies_the_handler() -> None:
    app = build_app(ann=["ann@example.com", "amy@example.com"], bob=["bob@example.com"])
    assert app(mail("eve@example.com", "bob@example.com"), None) == "bob"
    assert app(mail("amy@example.com", "ann@example.com"), None) == "ann"


def test_handler_receives_the_event_unchanged() -> None:
    app = Domovoi()

    @app.email_receipt_handler(["johndoe@example.com"], rule_set_name="inbound")
    def john(event: Any, context: Any) -> Any:
        return event

    assert app(EVENT, None) == EVENT


def test_recipient_of_a_variable_is_the_value_passed_to_terraform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMOVOI_TF_VAR_domain", "Dev.Example.com")
    app = build_app(dev=[variable("domain")], other=["example.com"])
    assert app(mail("ann@dev.example.com"), None) == "dev"
    assert app(mail("ann@example.com"), None) == "other"


def test_variable_for_a_recipient_names_the_forms_that_it_accepts() -> None:
    app = build_app(dev=[variable("to")])
    [to] = [each for each in synthesize(app.freeze(), SETTINGS).inputs if each.name == "to"]
    assert to.description == "Email address or domain for dev."
    assert to.expectation == (
        "Expected the email address or domain, in the form user@example.com, example.com or .example.com."
    )


@pytest.mark.parametrize(
    "record",
    [
        mail(f"{SECRET}@example.org")["Records"][0],
        mail()["Records"][0],
        {"eventSource": "aws:ses"},
        {"eventSource": "aws:ses", "ses": SECRET},
        {"eventSource": "aws:ses", "ses": {"receipt": SECRET}},
        {"eventSource": "aws:ses", "ses": {"receipt": {"recipients": None}}},
        {"eventSource": "aws:ses", "ses": {"receipt": {"recipients": [5]}}},
    ],
)
def test_error_about_unknown_recipients_does_not_show_the_payload(record: dict[str, Any]) -> None:
    event = {"Records": [record]}
    assert reject(build_app(ann=["ann@example.com"]), event) == (
        "No handler for the ses source 'email'.\nSources with a handler in this function: ses email."
    )
    assert build_app(everyone=None)(event, None) == "everyone"


def test_record_of_another_service_is_rejected() -> None:
    assert reject(build_app(everyone=None), {"Records": [{"eventSource": "aws:s3"}]}) == (
        "No handler for an event of an unknown kind.\nSources with a handler in this function: ses email."
    )


def find_problems(source: str) -> str:
    """Runs source code as app.py and returns the report of its problems."""
    names: dict[str, Any] = {"app": Domovoi(), "scoped": scoped, "variable": variable}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    return str(ValidationError(validate(names["app"].freeze(), SETTINGS)))


def ses(arguments: str, name: str = "tend", more: str = "rule_set_name='in'") -> str:
    return f"@app.email_receipt_handler({arguments}, {more})\ndef {name}(event, context): ...\n"


FUNCTION = "app.function('f')\n"


@pytest.mark.parametrize(
    "source",
    [
        ses("None"),
        ses("['a@b.c', 'B.c', '.b.c', 'a+x@d.e', variable('domain')]"),
        ses("[f'user{n}@example.com' for n in range(500)]"),
        ses("('a@b.c',)", more="rule_set_name='i' * 64, after='r' * 64, scan=False, tls=True"),
        ses("None", "t" * 56, "rule_set_name=scoped('i' * 56), after=variable('last')"),
        ses("['a@b.c']", "_tend") + ses("['b@b.c', 'ab.c', '.c.b.c']", "serve"),
        ses("['.b.c']") + ses("['b.c']", "serve") + ses("['a@d.e']", "sort"),
        ses("['b.c']") + FUNCTION + ses("['b.c']", "serve", "rule_set_name='in', function='f'"),
        # One handler with two rules: whichever it is, the handler is the same.
        "@app.email_receipt_handler(rule_set_name='other')\n" + ses("['a@b.c']"),
        ses("['a@b.c']") + ses("['b@b.c']", "serve", "rule_set_name='in', after=scoped('tend')"),
        ses("['a@b.c']", "tend", "rule_set_name='in', after=scoped('serve')") + ses("['b@b.c']", "serve"),
        ses("['a@b.c']", more="rule_set_name='in', after='bar-dev'"),
        ses("['a@b.c']", more="rule_set_name='in', after='bar-prod-serve'") + ses("['b@b.c']", "serve"),
        ses("[variable('a')]") + ses("[variable('b')]", "serve") + ses("['b.c']", "sort"),
    ],
)
def test_valid_declarations_have_no_problems(source: str) -> None:
    assert find_problems(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (ses("'a@b.c'"), "recipients is 'a@b.c'\n    Write recipients=[\"user@example.com\"]."),
        (
            ses("[]"),
            "recipients is empty\n    Name at least one, or leave recipients out to receive all email.",
        ),
        (
            ses("[f'user{n}@example.com' for n in range(501)]"),
            "there are 501 recipients\n    SES accepts at most 500 in a rule. Split them into several rules.",
        ),
        *(
            (
                ses(f"[{each!r}]"),
                f"the recipient {each!r} is neither an email address nor a domain\n    {RECIPIENT}",
            )
            for each in (
                "com",
                "",
                "@example.com",
                "a b@example.com",
                "a@b@example.com",
                "a@example.com\n",
                "*.example.com",
                "exa_mple.com",
                "-a.com",
                "a..com",
                "a@.example.com",
                "bücher.example",
            )
        ),
        (ses("[5]"), "recipients[0] is 5\n    Use a string or variable()."),
        (
            ses("[scoped('a')]"),
            "recipients[0] is scoped('a')\n    Use a string or variable().",
        ),
        (
            ses("['a@b.c', 'A@B.c']"),
            "the recipient A@B.c is listed twice\n    Keep one: SES ignores upper and lower case.",
        ),
        (
            ses("[variable('a'), variable('a')]"),
            "the recipient variable('a') is listed twice\n    Keep one: SES ignores upper and lower case.",
        ),
        (ses("None", more="rule_set_name='in', scan=1"), "scan is 1\n    Use True or False."),
        (
            ses("None", more="rule_set_name='in', tls='Require'"),
            "tls is 'Require'\n    Use True or False. Compare the text of an environment variable: "
            'os.environ["NAME"] == "true".',
        ),
        # names
        (
            ses("None", "t" * 57),
            f"the receipt rule name 'bar-dev-{'t' * 57}' has 65 characters\n"
            "    AWS allows at most 64. Shorten the name of the handler, or set name=.",
        ),
        (
            ses("None", "tend_"),
            "'tend_' is not a valid receipt rule name\n"
            "    Use letters, digits, ., - and _ between letters or digits only.",
        ),
        (
            ses("None", more="rule_set_name='i' * 65"),
            f"the receipt rule set name '{'i' * 65}' has 65 characters\n    AWS allows at most 64.",
        ),
        (
            ses("None", more="rule_set_name='in.bound'"),
            "'in.bound' is not a valid receipt rule set name\n"
            "    Use letters, digits, - and _ between letters or digits only.",
        ),
        (
            ses("None", more="rule_set_name=None"),
            "rule_set_name is None\n    Use a string, scoped() or variable().",
        ),
        (
            ses("None", more="rule_set_name='in', after='-first'"),
            "'-first' is not a valid receipt rule name\n"
            "    Use letters, digits, ., - and _ between letters or digits only.",
        ),
        (
            ses("None", more="rule_set_name='arn:aws:ses:us-east-1:1:receipt-rule-set/in'"),
            "'arn:aws:ses:us-east-1:1:receipt-rule-set/in' is an ARN, but a name is expected\n"
            "    Write 'in'.",
        ),
        # the order of the rules
        (
            ses("None", more="rule_set_name='in', after=scoped('first')"),
            "after is scoped('first'), and no handler first has a rule in the rule set in\n"
            "    Use the full name of a rule that the app does not own.",
        ),
        (
            ses("['a@b.c']", more="rule_set_name='in', after=scoped('srve')")
            + ses("['b@b.c']", "serve")
            + ses("['c@b.c']", "sort")
            + ses("['d@b.c']", "srve", "rule_set_name='other'"),
            "after is scoped('srve'), and no handler srve has a rule in the rule set in\n"
            "    Use scoped('serve'), scoped('sort'), or the full name of a rule that the app does not own.",
        ),
        (
            ses("['a@b.c']", more="rule_set_name='in', after='bar-dev-serve'") + ses("['b@b.c']", "serve"),
            "after is 'bar-dev-serve', which is the rule of the app's handler serve\n"
            "    Write scoped('serve'), so that Terraform creates that rule first.",
        ),
        (
            ses("None", more="rule_set_name='in', after=scoped('tend')"),
            "the receipt rule of tend follows itself\n    Remove its after=.",
        ),
        (
            ses("['a@b.c']", more="rule_set_name='in', after=scoped('serve')")
            + ses("['b@b.c']", "serve", "rule_set_name='in', after=scoped('sort')")
            + ses("['c@b.c']", "sort", "rule_set_name='in', after=scoped('tend')")
            + ses("['d@b.c']", "keep", "rule_set_name='in', after=scoped('tend')"),
            "the receipt rules of tend, serve and sort follow one another in a circle\n"
            "    Remove after= from one of them.",
        ),
    ],
)
def test_report_names_each_problem_and_its_remedy(source: str, report: str) -> None:
    assert find_problems(source) == f"app.py:1: {report}"


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("None", "None", "all recipients"),
        ("None", "['a@b.c']", "a@b.c"),
        ("['a@b.c']", "None", "a@b.c"),
        ("['x@y.z', 'a@b.c']", "['A@b.c']", "a@b.c"),
        ("['b.c']", "['a@b.c', 'c@b.c']", "a@b.c"),
        ("['a@b.c']", "['b.c']", "a@b.c"),
        ("['a+x@b.c']", "['a@b.c']", "a+x@b.c"),
        ("['.c.d']", "['b.c.d']", "b.c.d"),
        ("['a@b.c.d']", "['.d.e', '.c.d']", "a@b.c.d"),
        ("['.c.d']", "['.b.c.d']", ".b.c.d"),
        ("[variable('a')]", "['x.y', variable('a')]", "variable('a')"),
        ("None", "[variable('a')]", "variable('a')"),
    ],
)
def test_two_handlers_of_one_function_cannot_receive_the_same_email(
    first: str, second: str, both: str
) -> None:
    for rule_set in ("in", "other"):
        source = ses(first) + ses(second, "serve", f"rule_set_name={rule_set!r}")
        assert find_problems(source) == (
            f"app.py:3: serve and tend (app.py:1) both get the mail to {both}\n    {AMBIGUOUS}"
        )


def test_each_pair_of_handlers_is_reported_once() -> None:
    source = ses("['a@b.c', 'b@b.c']") + ses("['a@b.c', 'b@b.c']", "serve") + ses("['b@b.c']", "sort")
    assert find_problems(source).splitlines()[::2] == [
        "app.py:3: serve and tend (app.py:1) both get the mail to a@b.c",
        "app.py:5: sort and tend (app.py:1) both get the mail to b@b.c",
    ]


def test_handler_has_only_one_rule_in_a_rule_set() -> None:
    source = ses("['a@b.c']").splitlines()[0] + "\n" + ses("['b@b.c']")
    assert find_problems(source) == (
        "app.py:1: the two receipt rules of tend, here and at app.py:2, would have the same name\n"
        "    Give one of the decorators its own name=."
    )


def test_rule_set_name_is_required() -> None:
    assert find_problems("@app.email_receipt_handler()\ndef tend(event, context): ...\n") == (
        "app.py:1: app.email_receipt_handler needs the argument rule_set_name\n"
        "    Its arguments are recipients, rule_set_name, after, scan, tls, function, name."
    )


def test_description_lists_at_most_three_recipients() -> None:
    def describe(recipients: Any) -> str:
        return email_receipt_handler(recipients, rule_set_name="in").describe()

    assert describe(None) == "mail to all recipients"
    assert describe(["a@b.c", variable("domain")]) == "mail to a@b.c, variable('domain')"
    assert describe(["a@b.c", "b.c", "d.e", "f.g", "h.i"]) == "mail to a@b.c, b.c, d.e, 2 more"


class Client:
    """A boto3 client of SES and Lambda that records its calls; the rule set ``existing`` exists."""

    class exceptions:  # noqa: N801 - boto3's name
        class AlreadyExistsException(Exception): ...  # noqa: N818

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def __call__(self, service: str) -> Client:
        return self

    def create_receipt_rule_set(self, **arguments: Any) -> None:
        self.calls.append(("set", arguments["RuleSetName"]))
        if arguments["RuleSetName"] == "existing":
            raise self.exceptions.AlreadyExistsException

    def create_receipt_rule(self, **arguments: Any) -> None:
        self.calls.append(("rule", arguments))
        raise self.exceptions.AlreadyExistsException

    def get_function_configuration(self, **arguments: Any) -> dict[str, str]:
        return {"FunctionArn": f"arn:{arguments['FunctionName']}"}

    def invoke(self, **arguments: Any) -> None:
        invocation = f"{arguments['InvocationType']} {arguments['FunctionName']}"
        self.calls.append((invocation, json.loads(arguments["Payload"])))


def test_prepare_creates_rule_sets_and_rules_that_the_app_does_not_own() -> None:
    client = Client()
    for rule_set, after in (
        ("existing", "first"),
        (scoped("own"), scoped("tend")),
        (variable("rule_set"), "first"),
        ("new", variable("last")),
    ):
        trigger = email_receipt_handler(rule_set_name=rule_set, after=after)
        trigger.prepare(client, {"DOMOVOI_TF_NAME": "bar-dev"})
    assert client.calls == [
        ("set", "existing"),
        ("rule", {"RuleSetName": "existing", "Rule": {"Name": "first"}}),
        ("set", "bar-dev-own"),
        ("set", "new"),
    ]


@pytest.mark.parametrize(
    ("recipients", "address"),
    [
        (None, "someone@example.com"),
        (["Ann+x@Example.org", "b.c"], "ann+x@example.org"),
        (["b.c"], "someone@b.c"),
        ([".b.c"], "someone@mail.b.c"),
        ([variable("domain")], "someone@dev.example"),
    ],
)
def test_send_invokes_the_function_with_email_to_its_handler(
    recipients: Any, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOMOVOI_TF_VAR_domain", "dev.example")
    app, client = build_app(tend=recipients), Client()
    (route,) = app.freeze().routes
    deployed = {"AWS_LAMBDA_FUNCTION_NAME": "bar-dev", "DOMOVOI_TF_VAR_domain": "dev.example"}
    payload = SentPayload(text_in_json='{"subject": "Beer?", "from": ["ann@example.org"]}')
    done = route.trigger.send(client, deployed, "tend", payload)
    assert done == "invoked bar-dev as the receipt rule of tend would"
    ((invocation, event),) = client.calls
    assert invocation == "Event bar-dev"
    assert app(event, None) == "tend"
    record, real = event["Records"][0]["ses"], EVENT["Records"][0]["ses"]
    assert (record["receipt"]["recipients"], record["mail"]["destination"]) == ([address], [address])
    assert (record["mail"]["commonHeaders"]["subject"], record["mail"]["commonHeaders"]["to"]) == (
        "Beer?",
        [address],
    )
    assert {"name": "From", "value": "ann@example.org"} in record["mail"]["headers"]
    assert {"name": "Subject", "value": "Beer?"} in record["mail"]["headers"]
    assert record["receipt"]["action"]["functionArn"] == "arn:bar-dev"
    assert real["mail"].keys() == record["mail"].keys()
    assert real["receipt"].keys() <= record["receipt"].keys()


def test_payload_that_is_no_dict_becomes_the_subject() -> None:
    client = Client()
    trigger = email_receipt_handler(rule_set_name="in")
    trigger.send(client, {"AWS_LAMBDA_FUNCTION_NAME": "bar-dev"}, "tend", SentPayload(text_in_json='"Beer?"'))
    assert client.calls[0][1]["Records"][0]["ses"]["mail"]["commonHeaders"]["subject"] == "Beer?"
