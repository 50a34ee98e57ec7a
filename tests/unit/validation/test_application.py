"""All problems of an app are reported at once, with their locations, before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.hcl.input_variables import META_ARGUMENTS, find_module_inputs
from domovoi_tf.model.application import Application
from domovoi_tf.settings import Settings
from domovoi_tf.triggers.schedule import Schedule
from domovoi_tf.validation.application import validate

SETTINGS = Settings(app_name="bar", stage="dev")
WRITE_SCHEDULE = "Write rate(5 minutes), cron(0 18 ? * MON-FRI *) or at(2030-12-31T18:00:00)."
PLAIN = "Use None, booleans, numbers, strings, lists and dicts with string keys."
OF_THEIR_OWN = "Keep one handler and call the other from it, or give each its own source."
REMOVE = "Remove one of the decorators, or give each its own source."
OWN_NAME = "Give one of the decorators its own name=."


def get_problems(source: str, **more: Any) -> str:
    """Runs a source as app.py and returns the report of its problems."""
    names = {"app": Domovoi(), "scoped": scoped, "variable": variable, **more}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - our own text, with line numbers of its own
    return str(ValidationError(validate(names["app"].freeze(), SETTINGS)))


def write_handler(decorator: str, name: str = "tend") -> str:
    return f"@app.{decorator}\ndef {name}(event, context): ...\n"


def write_sns(arguments: str, name: str = "tend") -> str:
    return write_handler(f"sns_topic_subscriber({arguments})", name)


def write_s3_bridge(bucket: str) -> str:
    return f"s3_event_handler({bucket!r}, ['s3:ObjectCreated:*'], use_eventbridge=True"


def write_schedule(arguments: str, name: str = "tend") -> str:
    return write_handler(f"scheduled_function({arguments})", name)


@pytest.mark.parametrize(
    "source",
    [
        write_sns("'t' * 256"),
        write_sns("'Topic_1-a', create=False"),
        write_sns("variable('topic_arn'), create=False"),
        write_sns("scoped('x' * 248)"),
        write_sns(
            "'a', filter_policy={'a': ['b', None, 1.5, {'exists': True}]}, filter_policy_scope='MessageBody'"
        ),
        write_schedule("'rate(1 day)', rule_name='.-_Aa0'"),
        write_schedule("'rate(1 day)', rule_name='r' * 64, description='d' * 512"),
        write_schedule("'rate(1 day)', rule_name=variable('rule')"),
        write_schedule("'rate(1 day)', input={'a': ['${x}', '\\x01']}", "t" * 56),
        "app.function('reports', memory_size=128, timeout=900)\n" + write_sns("'a', function='reports'"),
        "app.function('r' * 56)\n" + write_sns("'a'"),
        "app.function('reports')\n" + write_sns("'a'") + write_sns("'a', function='reports'", "report"),
        write_sns("'a'") + write_sns("scoped('c')", "other") + write_sns("variable('b')", "third"),
        write_sns("'a'\n)\n@app.sns_topic_subscriber('b'"),
        write_schedule("'rate(1 day)'\n)\n@app.scheduled_function('rate(2 days)', name='slow'"),
        write_handler(f"{write_s3_bridge('photos')}\n)\n@app.{write_s3_bridge('scans')}, name='b')"),
    ],
)
def test_valid_app_has_no_problems(source: str) -> None:
    assert get_problems(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        # names
        (
            write_sns("'t' * 257"),
            f"app.py:1: the SNS topic name '{'t' * 257}' has 257 characters\n    AWS allows at most 256.",
        ),
        (
            write_sns("scoped('x' * 249)"),
            f"app.py:1: the SNS topic name 'bar-dev-{'x' * 249}' has 257 characters\n"
            "    AWS allows at most 256.",
        ),
        (
            write_schedule("'rate(1 day)'", "t" * 57),
            f"app.py:1: the EventBridge rule name 'bar-dev-{'t' * 57}' has 65 characters\n"
            "    AWS allows at most 64. Shorten the name of the handler, or set name=.",
        ),
        (
            write_schedule("'rate(1 day)', rule_name='r' * 65"),
            f"app.py:1: the EventBridge rule name '{'r' * 65}' has 65 characters\n    AWS allows at most 64.",
        ),
        (
            "app.function('r' * 57)\n",
            f"app.py:1: the Lambda function name 'bar-dev-{'r' * 57}' has 65 characters\n"
            "    AWS allows at most 64.",
        ),
        (
            write_sns("'bar tender'"),
            "app.py:1: 'bar tender' is not a valid SNS topic name\n    Use letters, digits, - and _ only.",
        ),
        (
            write_sns("'t\\n'"),
            "app.py:1: 't\\n' is not a valid SNS topic name\n    Use letters, digits, - and _ only.",
        ),
        (
            write_sns("''"),
            "app.py:1: '' is not a valid SNS topic name\n    Use letters, digits, - and _ only.",
        ),
        (
            write_sns("scoped('${x}')"),
            "app.py:1: '${x}' is not a valid SNS topic name\n    Use letters, digits, - and _ only.",
        ),
        (
            write_schedule("'rate(1 day)', rule_name='a/b'"),
            "app.py:1: 'a/b' is not a valid EventBridge rule name\n    Use letters, digits, ., - and _ only.",
        ),
        (
            write_schedule("'rate(1 day)'", "zapfhähne"),
            "app.py:1: 'zapfhähne' is not a valid EventBridge rule name\n"
            "    Use letters, digits, ., - and _ only.",
        ),
        (
            "app.function('a.b')\n",
            "app.py:1: 'a.b' is not a valid Lambda function name\n    Use letters, digits, - and _ only.",
        ),
        (
            "app.function('')\n",
            "app.py:1: '' is not a valid Lambda function name\n    Use letters, digits, - and _ only.",
        ),
        (
            write_sns("'arn:aws:sns:us-east-1:123456789012:t'"),
            "app.py:1: 'arn:aws:sns:us-east-1:123456789012:t' is an ARN, but a name is expected\n"
            "    Write 't', or pass the ARN from Terraform with variable(\"...\").",
        ),
        (
            write_sns("'t.fifo'"),
            "app.py:1: the FIFO topic 't.fifo' cannot invoke a Lambda function\n"
            "    Subscribe an SQS queue to it and handle the queue, or use a standard topic.",
        ),
        (write_sns("5"), "app.py:1: topic_name is 5\n    Use a string, scoped() or variable()."),
        (
            write_sns("scoped(5)"),
            "app.py:1: topic_name is scoped(5)\n    Use a string, scoped() or variable(). name and form of "
            "scoped() are strings, and sensitive of variable() is True or False.",
        ),
        (
            write_sns("None"),
            "app.py:1: topic_name is None\n    Use a string, scoped() or variable().",
        ),
        # functions
        (
            write_sns("'t', function='reports'"),
            "app.py:1: the function 'reports' is not declared\n    Declare it with app.function('reports').",
        ),
        (
            write_sns("'t', function=None"),
            "app.py:1: function is None\n    Use a string.",
        ),
        (
            "app.function('a')\napp.function('a')\n",
            "app.py:2: the function 'a' is already declared at app.py:1\n    Remove one of the declarations.",
        ),
        (
            "app.function('default')\n",
            "app.py:1: 'default' is the name of the function that every app has\n    Choose another name.",
        ),
        (
            "app.function('a', memory_size=127, timeout=901)\n",
            "app.py:1: memory_size is 127\n    Lambda accepts 128 to 10240 MB.\n"
            "app.py:1: timeout is 901\n    Lambda accepts 1 to 900 seconds.",
        ),
        (
            "app.function('a', memory_size=True, timeout=1.5)\n",
            "app.py:1: memory_size is True\n    Use a whole number of MB.\n"
            "app.py:1: timeout is 1.5\n    Use a whole number of seconds.",
        ),
        # one source, two handlers
        (
            write_sns("'t'") + write_sns("'t'", "other"),
            f"app.py:3: other and tend (app.py:1) both handle sns t\n    {OF_THEIR_OWN}",
        ),
        (
            write_sns("variable('t')") + write_sns("variable('t')", "other"),
            f"app.py:3: other and tend (app.py:1) both handle sns variable('t')\n    {OF_THEIR_OWN}",
        ),
        (
            "app.function('f')\n"
            + write_schedule("'rate(1 day)', rule_name='r'")
            + write_schedule("'rate(2 days)', rule_name='r', function='f'", "other"),
            f"app.py:4: other and tend (app.py:2) both handle schedule r\n    {OF_THEIR_OWN}",
        ),
        (
            write_schedule("'rate(1 day)'\n)\n@app.scheduled_function('rate(2 days)'"),
            "app.py:1: the two EventBridge rules of tend, here and at app.py:3, would have the same name\n"
            f"    {OWN_NAME}",
        ),
        (
            write_schedule(
                "'rate(1 day)', rule_name='r'\n)\n@app.scheduled_function('rate(2 days)', rule_name='r'"
            ),
            f"app.py:1: tend handles schedule r twice, here and at app.py:3\n    {REMOVE}",
        ),
        (
            write_sns("'t'\n)\n@app.sns_topic_subscriber('t', filter_policy={'a': ['b']}"),
            f"app.py:1: tend handles sns t twice, here and at app.py:3\n    {REMOVE}",
        ),
        (
            write_handler("function_url(\n)\n@app.function_url()"),
            "app.py:1: tend handles url of the default function twice, here and at app.py:3\n"
            "    Remove one of the decorators, or give each its own Lambda function with function=.",
        ),
        (
            write_handler(f"{write_s3_bridge('photos')}\n)\n@app.{write_s3_bridge('scans')})"),
            "app.py:1: the two EventBridge rules of tend, here and at app.py:3, would have the same name\n"
            f"    {OWN_NAME}",
        ),
        (
            write_handler(f"{write_s3_bridge('photos')}\n)\n@app.scheduled_function('rate(1 day)')"),
            "app.py:1: the two EventBridge rules of tend, here and at app.py:3, would have the same name\n"
            f"    {OWN_NAME}",
        ),
        (
            write_handler(
                "scheduled_function('rate(1 day)'\n)\n"
                "@app.scheduled_function('rate(1 day)', timezone='Europe/London')"
            ),
            "app.py:1: the EventBridge rule and the EventBridge schedule of tend, here and at app.py:3, "
            f"would have the same name\n    {OWN_NAME}",
        ),
        (
            write_schedule("'rate(1 day)'") + write_schedule("'rate(1 day)', rule_name='tend'", "other"),
            "app.py:3: other and tend (app.py:1) both receive the events of schedule tend\n"
            "    Rename one of the sources: their events carry the same name.",
        ),
        (
            write_sns("scoped('t')") + write_sns("'bar-dev-t'", "other"),
            "app.py:3: other and tend (app.py:1) both receive the events of sns bar-dev-t\n"
            "    Rename one of the sources: their events carry the same name.",
        ),
        # labels
        (
            write_sns("'1a'") + write_sns("'_1a'", "other"),
            "",
        ),
        (
            write_sns("'a'") + write_sns("scoped('a')", "other"),
            "app.py:3: scoped('a') and a (app.py:1) both have the key 'a' in outputs\n"
            "    Rename one of them.",
        ),
        (
            write_sns("'a'", "tand") + write_sns("'b'", "tänd"),
            "",
        ),
        # ownership
        (
            "app.function('f')\n" + write_sns("'t'") + write_sns("'t', create=False, function='f'", "other"),
            "app.py:4: create is False here, but True at app.py:2 for t\n"
            "    Use the same value in both places: either the app owns it, or it refers to it by name.",
        ),
        # variables
        (
            write_sns("variable('roles')"),
            "app.py:1: variable('roles') has the name of an input that the app's module already has\n"
            "    Choose another name.",
        ),
        (
            write_schedule("'rate(1 day)', rule_name=variable('count')"),
            "app.py:1: variable('count') has a name that Terraform reserves in module blocks\n"
            "    Choose another name.",
        ),
        # filters and descriptions
        (
            write_sns("'t', filter_policy={'a': ['b']}, filter_policy_scope='Body'"),
            "app.py:1: filter_policy_scope is 'Body'\n    Use MessageAttributes or MessageBody.",
        ),
        (
            write_sns("'t', filter_policy_scope='MessageBody'"),
            "app.py:1: filter_policy_scope has no effect without filter_policy\n"
            "    Add filter_policy, or leave filter_policy_scope out.",
        ),
        (
            write_sns("'t', filter_policy={'a': {'b': ['c']}}"),
            "app.py:1: a in the filter policy is nested, and the attributes of a message are not\n"
            '    Use a list of values, or set filter_policy_scope="MessageBody".',
        ),
        (
            write_sns("'t', filter_policy={'a': [{'prefx': 'b'}]}"),
            "app.py:1: a in the filter policy has the unknown filter 'prefx'\n"
            "    Did you mean prefix? Use one of: anything-but, cidr, equals-ignore-case, exists, numeric, "
            "prefix, suffix, wildcard.",
        ),
        (
            write_schedule("'rate(1 day)', description='d' * 513"),
            "app.py:1: the description has 513 characters\n    EventBridge accepts at most 512. Shorten it.",
        ),
        # values without a form in Terraform
        (
            write_schedule("'rate(1 day)', input=float('nan')"),
            "app.py:1: input: Terraform cannot represent the number nan\n    Leave it out, or pass it as a "
            "string.",
        ),
        (
            write_sns("'t', filter_policy={'a': {1}}"),
            f"app.py:1: filter_policy['a'] is a set\n    {PLAIN}",
        ),
        (
            write_sns("'t', filter_policy={'a': [__import__('datetime').date(2026, 1, 1)]}"),
            f"app.py:1: filter_policy['a'][0] is an object of the class date\n    {PLAIN}",
        ),
        (
            write_schedule("'rate(1 day)', input={1: 2}"),
            "app.py:1: input is a dict with the key 1\n    Use strings as keys.",
        ),
        (
            write_schedule("'rate(1 day)', description='e\\u0301'"),
            "app.py:1: description: The string has 'e\\u0301' at character 1, which is not in Unicode's NFC "
            "form: Terraform would change it\n"
            "    Use composed characters: unicodedata.normalize('NFC', text).",
        ),
        (
            write_schedule("'rate(1 day)', description='\\ud800'"),
            "app.py:1: description: The string contains one half of a surrogate pair ('\\ud800'), which is "
            "not a character\n"
            "    Write the whole character.",
        ),
    ],
)
def test_problem_names_location_and_remedy(source: str, report: str) -> None:
    assert get_problems(source) == report


def test_invalid_names_with_one_label_are_reported_only_as_invalid() -> None:
    remedy = "    Use a string of 1 to 64 letters, digits, - and _ that begins with a letter or _."
    source = write_sns("'1', name='my handler'", "one") + write_sns("'2', name='my.handler'", "two")
    assert get_problems(source) == (
        f"app.py:1: name is 'my handler'\n{remedy}\napp.py:3: name is 'my.handler'\n{remedy}"
    )


def test_handlers_of_one_name_in_two_modules_need_different_sources() -> None:
    source = write_schedule("'rate(1 day)'") + "tend.__module__ = 'x'\n"
    same = (
        "def tend(event, context): ...\ntend.__module__ = 'y'\napp.scheduled_function('rate(1 day)')(tend)\n"
    )
    assert get_problems(source + same) == (
        "app.py:6: tend is also the name of the handler at app.py:1, "
        "and both have the same source\n"
        "    Give each handler its own name with name=."
    )
    assert get_problems(source + same.replace("1 day", "2 days")) == ""


@pytest.mark.parametrize("name", sorted(find_module_inputs()))
def test_variable_with_name_of_module_input_is_rejected(name: str) -> None:
    assert get_problems(write_sns(f"variable({name!r})")).startswith(
        f"app.py:1: variable({name!r}) has the name of an input that the app's module already has"
    )


@pytest.mark.parametrize("name", sorted(META_ARGUMENTS))
def test_variable_with_name_of_meta_argument_is_rejected(name: str) -> None:
    assert get_problems(write_sns(f"variable({name!r})")).startswith(
        f"app.py:1: variable({name!r}) has a name that Terraform reserves in module blocks"
    )


def test_wrong_decorator_arguments_are_reported_with_other_problems() -> None:
    """A queue has no starting position: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html."""
    source = (
        write_sns("'a b'", "one")
        + write_handler("sqs_queue_subscriber('q', 11, starting_position='LATEST')", "two")
        + write_schedule("", "three")
        + write_handler("sqs_queue_subscriber('q.fifo', maximum_batching_window=1)", "four")
    )
    assert get_problems(source) == (
        "app.py:1: 'a b' is not a valid SNS topic name\n    Use letters, digits, - and _ only.\n"
        "app.py:3: app.sqs_queue_subscriber has no argument starting_position\n"
        "    Its arguments are queue_name, batch_size, queue_attributes, create, maximum_batching_window, "
        "maximum_concurrency, filters, per_record, report_failures, max_receive_count, function, name.\n"
        "app.py:5: app.scheduled_function needs the argument schedule\n"
        "    Its arguments are schedule, rule_name, timezone, input, enabled, description, target_id, "
        "function, name.\n"
        "app.py:7: maximum_batching_window is 1 for a FIFO queue\n"
        "    Leave it out: FIFO queues have no batching window."
    )


def test_all_problems_are_reported_in_the_order_of_the_source() -> None:
    source = (
        write_sns("'a b', function='x'", "one")
        + write_schedule("'rate(2 day)', rule_name='r/', input={1}", "two")
        + "\n" * 6
        + "app.function('f', timeout=0)\n"
        + write_sns("'c'", "three")
        + write_sns("'c'", "four")
    )
    assert get_problems(source) == (
        "app.py:1: the function 'x' is not declared\n    Declare it with app.function('x').\n"
        "app.py:1: 'a b' is not a valid SNS topic name\n    Use letters, digits, - and _ only.\n"
        f"app.py:3: input is a set\n    {PLAIN}\n"
        "app.py:3: 'r/' is not a valid EventBridge rule name\n    Use letters, digits, ., - and _ only.\n"
        "app.py:3: the schedule 'rate(2 day)' is not valid: the unit after 2 is days\n"
        f"    {WRITE_SCHEDULE}\n"
        "app.py:11: timeout is 0\n    Lambda accepts 1 to 900 seconds.\n"
        f"app.py:14: four and three (app.py:12) both handle sns c\n    {OF_THEIR_OWN}"
    )


# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(1 hour)",
        "rate(12 hours)",
        "rate(1 day)",
        "rate(365 days)",
        "cron(0 10 * * ? *)",
        "cron(15 12 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0/15 * * * ? *)",
        "cron(0/10 * ? * MON-FRI *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
        "cron(0/30 20-2 ? * MON-FRI *)",
        "cron(0 12 * * ? *)",
        "cron(5,35 14 * * ? *)",
        "cron(15 10 ? * 6L 2019-2022)",
        "cron(0 9 ? * 2#1 *)",
        "cron(0 9 ? * MON#1 *)",
        "cron(0 9 ? * FRIL *)",
        "cron(0 0 L * ? *)",
        "cron(0 0 LW * ? *)",
        "cron(0 0 3W * ? *)",
        "cron(0 0 31W * ? *)",
        "cron(0 0 ? * L *)",
        "cron(0 0 1,15,31 JAN,MAR,5-7 ? 1970,2000-2199)",
        "cron(*/5 1-23/2 ? 1/3 1-7 *)",
        "cron(*/1 0/1 ? * * *)",
        "cron(59 23 31 DEC ? 2199)",
    ],
)
def test_valid_schedules_are_accepted(expression: str) -> None:
    assert list(Schedule(schedule=expression).problems()) == []


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "it is not rate(...), cron(...) or at(...)"),
        ("5 minutes", "it is not rate(...), cron(...) or at(...)"),
        ("Rate(5 minutes)", "it is not rate(...), cron(...) or at(...)"),
        (" rate(5 minutes)", "it is not rate(...), cron(...) or at(...)"),
        ("rate(5 minutes)\n", "it is not rate(...), cron(...) or at(...)"),
        ("at(2030-01-01)", "the time must have the form yyyy-mm-ddThh:mm:ss"),
        ("at(2030-01-01 00:00:00)", "the time must have the form yyyy-mm-ddThh:mm:ss"),
        ("at(2030-01-01T00:00:00Z)", "the time must have the form yyyy-mm-ddThh:mm:ss"),
        ("at(2030-01-01T00:00:00.5)", "the time must have the form yyyy-mm-ddThh:mm:ss"),
        ("at(203\u0660-01-01T00:00:00)", "the time must have the form yyyy-mm-ddThh:mm:ss"),
        ("at(2030-02-29T00:00:00)", "there is no such date or time"),
        ("at(2030-13-01T00:00:00)", "there is no such date or time"),
        ("at(2030-01-01T24:00:00)", "there is no such date or time"),
        ("at(2030-01-01T00:00:60)", "there is no such date or time"),
        ("at(0000-01-01T00:00:00)", "there is no such date or time"),
        ("at(", "it is not rate(...), cron(...) or at(...)"),
        ("rate(1 minutes)", "the unit after 1 is minute"),
        ("rate(5 minute)", "the unit after 5 is minutes"),
        ("rate(24 hour)", "the unit after 24 is hours"),
        ("rate(1 days)", "the unit after 1 is day"),
        *(
            (f"rate({text})", "a rate is a positive whole number, a space, and minute(s), hour(s) or day(s)")
            for text in (
                "",
                "5",
                "0 minutes",
                "-1 minutes",
                "1.5 hours",
                "5  minutes",
                "5 weeks",
                "1\u0663 days",
                "05 days",
            )
        ),
        ("cron()", "cron has 6 fields, and this has 0"),
        ("cron(0 18 * * ?)", "cron has 6 fields, and this has 5"),
        ("cron(0 0 18 * * ? *)", "cron has 6 fields, and this has 7"),
        ("cron(0  18 * * ? *)", "the fields of cron are separated by one space"),
        ("cron(60 * * * ? *)", "'60' is not a value of minutes (0 to 59)"),
        ("cron(* 24 * * ? *)", "'24' is not a value of hours (0 to 23)"),
        ("cron(* * 0 * ? *)", "'0' is not a value of day-of-month (1 to 31)"),
        ("cron(* * 32W * ? *)", "'32W' is not a value of day-of-month (1 to 31)"),
        ("cron(* * * 13 ? *)", "'13' is not a value of month (1 to 12)"),
        ("cron(* * * JUNE ? *)", "'JUNE' is not a value of month (1 to 12)"),
        ("cron(* * ? * 0 *)", "'0' is not a value of day-of-week (1 to 7)"),
        ("cron(* * ? * 8 *)", "'8' is not a value of day-of-week (1 to 7)"),
        ("cron(* * ? * MON#6 *)", "'MON#6' is not a value of day-of-week (1 to 7)"),
        ("cron(* * ? * MONDAY *)", "'MONDAY' is not a value of day-of-week (1 to 7)"),
        ("cron(* * * * ? 1969)", "'1969' is not a value of year (1970 to 2199)"),
        ("cron(* * * * ? 2200)", "'2200' is not a value of year (1970 to 2199)"),
        ("cron(? * * * ? *)", "'?' is not a value of minutes (0 to 59)"),
        ("cron(L * * * ? *)", "'L' is not a value of minutes (0 to 59)"),
        ("cron(*/0 * * * ? *)", "'*/0' is not a value of minutes (0 to 59)"),
        ("cron(*/ * * * ? *)", "'*/' is not a value of minutes (0 to 59)"),
        ("cron(1/x * * * ? *)", "'1/x' is not a value of minutes (0 to 59)"),
        ("cron(1, * * * ? *)", "'1,' is not a value of minutes (0 to 59)"),
        ("cron(1-2-3 * * * ? *)", "'1-2-3' is not a value of minutes (0 to 59)"),
        ("cron(-1 * * * ? *)", "'-1' is not a value of minutes (0 to 59)"),
        ("cron(\u0663 * * * ? *)", "'\u0663' is not a value of minutes (0 to 59)"),
        ("cron(* * * * * *)", "exactly one of day-of-month and day-of-week must be ?"),
        ("cron(* * ? * ? *)", "exactly one of day-of-month and day-of-week must be ?"),
        ("cron(* * 1 * MON *)", "exactly one of day-of-month and day-of-week must be ?"),
    ],
)
def test_invalid_schedules_are_rejected(expression: Any, reason: str) -> None:
    assert get_problems(
        "@app.scheduled_function(expression)\ndef tend(event, context): ...", expression=expression
    ) == (f"app.py:1: the schedule {expression!r} is not valid: {reason}\n    {WRITE_SCHEDULE}")


# Variables that the app declares


def validate_app(application: Application) -> list[str]:
    return [str(problem) for problem in validate(application, SETTINGS)]


def test_sensitive_variable_as_a_source_is_rejected() -> None:
    app = Domovoi()
    app.variable("declared", sensitive=True)
    app.variable("plain")

    @app.sns_topic_subscriber(variable("topic_arn", sensitive=True))
    def a(event: Any, context: Any) -> None: ...

    @app.sns_topic_subscriber(variable("declared"))
    def b(event: Any, context: Any) -> None: ...

    @app.sns_topic_subscriber(variable("plain"))
    def c(event: Any, context: Any) -> None: ...

    found = validate_app(app.freeze())
    assert [problem.partition(": ")[2] for problem in found] == [
        f"variable({name!r}) is sensitive, but an event source or a name uses it: in plans, Terraform "
        "would hide every resource and policy that contains it\n"
        "    Leave sensitive=True out. Names and ARNs are not secrets."
        for name in ("topic_arn", "declared")
    ]


def test_reserved_and_contradictory_variables_are_rejected() -> None:
    app = Domovoi()
    app.variable("settings")
    app.variable("payment_key")
    app.variable("payment_key", sensitive=True)

    @app.sns_topic_subscriber("a")
    def a(event: Any, context: Any) -> None: ...

    lines = [each.location for each in app.freeze().variables]
    assert validate_app(app.freeze()) == [
        f"{lines[0]}: variable('settings') has the name of an input that the app's module already has\n"
        "    Choose another name.",
        f"{lines[2]}: variable('payment_key') is declared twice, with and without sensitive=True: "
        f"here and at {lines[1]}\n"
        "    Pass the same value of sensitive in both places.",
    ]
