"""Schedules of EventBridge and EventBridge Scheduler: problems, Terraform arguments and events."""

from __future__ import annotations

import json
import zoneinfo
from typing import Any

import pytest

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.errors import ValidationError
from domovoi_tf.hcl.syntax import PrefixedName, Reference
from domovoi_tf.model.event_request import SentPayload
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.triggers._shared.json_text import encode_json
from domovoi_tf.triggers.schedule import Schedule, SchedulerSchedule, scheduled_function
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
IANA = "Give its IANA name, such as 'Europe/Vienna'."
EVENT = {
    "version": "0",
    "id": "d32c5kddcf5bb8c3",
    "detail-type": "Scheduled Event",
    "source": "aws.scheduler",
    "account": "123456789012",
    "region": "us-east-1",
    "time": "2030-01-01T00:00:00Z",
    "resources": ["arn:aws:scheduler:us-east-1:123456789012:schedule/bar-dev/bar-dev-close"],
    "detail": {},
}


def find_problems(source: str) -> str:
    """Runs source code as app.py and returns the report of its problems."""
    names: dict[str, Any] = {"app": Domovoi(), "scoped": scoped, "variable": variable}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    return str(ValidationError(validate(names["app"].freeze(), SETTINGS)))


def schedule(arguments: str, name: str = "tend") -> str:
    return f"@app.scheduled_function({arguments})\ndef {name}(event, context): ...\n"


def build_app(*schedules: tuple[Any, ...], name: str = "close", **options: Any) -> Domovoi:
    """Returns an app with one handler for these schedules."""
    app = Domovoi()

    def handler(event: Any, context: Any) -> Any:
        return event

    handler.__name__ = name
    for arguments in schedules:
        app.scheduled_function(*arguments, **options)(handler)
    return app


@pytest.mark.parametrize(
    ("expression", "timezone", "kind"),
    [
        ("rate(1 day)", None, Schedule),
        ("cron(0 18 * * ? *)", None, Schedule),
        ("cron(0 18 * * ? *)", "UTC", SchedulerSchedule),
        ("rate(1 day)", "Europe/Vienna", SchedulerSchedule),
        ("at(2030-01-01T00:00:00)", None, SchedulerSchedule),
        ("at(2030-01-01T00:00:00)", "Europe/Vienna", SchedulerSchedule),
        ("cron(0 18 * * ? *)", "", SchedulerSchedule),
    ],
)
def test_scheduler_is_used_for_time_zones_and_one_time_schedules(
    expression: str, timezone: Any, kind: type
) -> None:
    assert type(scheduled_function(expression, timezone=timezone)) is kind


def test_only_rules_need_a_resource_based_policy() -> None:
    assert scheduled_function("rate(1 day)").principal == "events.amazonaws.com"
    assert scheduled_function("at(2030-01-01T00:00:00)").principal == ""


@pytest.mark.parametrize(
    "source",
    [
        schedule("'at(2028-02-29T23:59:59)'"),
        schedule("'cron(0 18 ? * MON-FRI *)', timezone='America/Argentina/Buenos_Aires'"),
        schedule("'cron(0 18 ? * MON-FRI *)', timezone='Etc/GMT+12'"),
        schedule("'rate(1 day)', timezone='UTC'"),
        schedule("'at(2030-01-01T00:00:00)', rule_name='.-_Aa0', description='d' * 512"),
        *(schedule(f"'cron(0 18 ? * {day} *)'") for day in ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
        *(
            schedule(f"'cron(0 18 1 {month} ? *)'")
            for month in ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        ),
        schedule("'at(2030-01-01T00:00:00)', rule_name=variable('rule')"),
        schedule("'at(2030-01-01T00:00:00)', input='x' * 1_000_000"),
        schedule("'at(2030-01-01T00:00:00)', input={'a': ['<', '\\x01', None]}", "t" * 47),
        schedule("'rate(1 day)', input='<' * 1365"),
        schedule("'rate(1 day)'\n)\n@app.scheduled_function('at(2030-01-01T00:00:00)', 'once'"),
        schedule("'at(2030-01-01T00:00:00)', 'a'") + schedule("'rate(1 day)', scoped('a')", "other"),
        "app.function('tend-schedule')\n" + schedule("'at(2030-01-01T00:00:00)'"),
    ],
)
def test_valid_declarations_have_no_problems(source: str) -> None:
    assert find_problems(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        # the time zone
        (
            schedule("'cron(0 18 * * ? *)', timezone='Europe/Viena'"),
            "app.py:1: the time zone 'Europe/Viena' is not in the IANA database\n"
            "    Did you mean 'Europe/Vienna'? Give an IANA name, such as 'Europe/Vienna'.",
        ),
        (
            schedule("'cron(0 18 * * ? *)', timezone='europe/vienna'"),
            "app.py:1: the time zone 'europe/vienna' is not in the IANA database\n"
            "    Did you mean 'Europe/Vienna'? Give an IANA name, such as 'Europe/Vienna'.",
        ),
        (
            schedule("'cron(0 18 * * ? *)', timezone=''"),
            "app.py:1: the time zone '' is not in the IANA database\n"
            "    Give an IANA name, such as 'Europe/Vienna'.",
        ),
        (
            schedule("'cron(0 18 * * ? *)', timezone='+01:00'"),
            "app.py:1: the time zone '+01:00' is not in the IANA database\n"
            "    Give an IANA name, such as 'Europe/Vienna'.",
        ),
        (
            schedule("'at(2030-01-01T00:00:00)', timezone=1"),
            f"app.py:1: timezone is 1\n    {IANA}",
        ),
        (
            schedule("'at(2030-02-30T00:00:00)', timezone='Vienna'"),
            "app.py:1: the schedule 'at(2030-02-30T00:00:00)' is not valid: there is no such date or time\n"
            "    Write rate(5 minutes), cron(0 18 ? * MON-FRI *) or at(2030-12-31T18:00:00).\n"
            "app.py:1: the time zone 'Vienna' is not in the IANA database\n"
            "    Did you mean 'Europe/Vienna'? Give an IANA name, such as 'Europe/Vienna'.",
        ),
        # a crontab's schedules
        *(
            (
                schedule(repr(crontab)),
                f"app.py:1: the schedule {crontab!r} is not valid: "
                "it is not rate(...), cron(...) or at(...)\n"
                f"    Write {suggestion}, which is AWS's form of it.",
            )
            for crontab, suggestion in (
                ("*/5 * * * *", "cron(*/5 * * * ? *)"),
                ("0 9 1 jan *", "cron(0 9 1 JAN ? *)"),
                ("30 18 * * 1-5", "cron(30 18 ? * MON-FRI *)"),
                ("0 0 * * sat,0", "cron(0 0 ? * SAT,SUN *)"),
                ("0 0 * * 7", "cron(0 0 ? * SUN *)"),
            )
        ),
        (
            schedule("'cron(0 9 * * *)'"),
            "app.py:1: the schedule 'cron(0 9 * * *)' is not valid: cron has 6 fields, and this has 5\n"
            "    Write cron(0 9 * * ? *), which is AWS's form of it.",
        ),
        *(
            (
                schedule(repr(crontab)),
                f"app.py:1: the schedule {crontab!r} is not valid: "
                "it is not rate(...), cron(...) or at(...)\n"
                "    Write rate(5 minutes), cron(0 18 ? * MON-FRI *) or at(2030-12-31T18:00:00).",
            )
            for crontab in ("0 0 1 * 1", "61 * * * *", "@daily")  # AWS has no "1st or Monday"
        ),
        # names
        (
            schedule("'at(2030-01-01T00:00:00)', 'a/b'"),
            "app.py:1: 'a/b' is not a valid EventBridge schedule name\n"
            "    Use letters, digits, ., - and _ only.",
        ),
        (
            schedule("'at(2030-01-01T00:00:00)'", "zapfhähne"),
            "app.py:1: 'zapfhähne' is not a valid EventBridge schedule name\n"
            "    Use letters, digits, ., - and _ only.",
        ),
        (
            schedule("'at(2030-01-01T00:00:00)'", "t" * 48),
            f"app.py:1: the name of the schedule's role 'bar-dev-{'t' * 48}.schedule' has 65 characters\n"
            "    AWS allows at most 64.",
        ),
        (
            schedule("'at(2030-01-01T00:00:00)', 'r' * 65"),
            f"app.py:1: the EventBridge schedule name '{'r' * 65}' has 65 characters\n"
            "    AWS allows at most 64.\n"
            f"app.py:1: the name of the schedule's role 'bar-dev-{'r' * 65}.schedule' has 82 characters\n"
            "    AWS allows at most 64.",
        ),
        (
            schedule("'at(2030-01-01T00:00:00)', 'a'")
            + schedule("'at(2030-01-01T00:00:00)', scoped('a')", "other"),
            "app.py:3: other and tend (app.py:1) both have a schedule "
            "with the role <app>-<stage>-a.schedule\n"
            "    Rename one of the schedules: the name of the role derives from it.",
        ),
        (
            schedule("'at(2030-01-01T00:00:00)', 'a'") + schedule("'rate(1 day)', 'a'", "other"),
            "app.py:3: other and tend (app.py:1) both handle schedule a\n"
            "    Keep one handler and call the other from it, or give each its own source.",
        ),
        # sizes
        (
            schedule("'at(2030-01-01T00:00:00)', description='d' * 513"),
            "app.py:1: the description has 513 characters\n    EventBridge accepts at most 512. Shorten it.",
        ),
        (
            schedule("'cron(%s * * * ? *)' % ','.join(map(str, [*range(60)] * 2)), timezone='UTC'"),
            "app.py:1: the schedule has 355 characters\n"
            "    EventBridge accepts at most 256. Split it into several schedules.",
        ),
        (
            schedule("'cron(%s * * * ? *)' % ','.join(map(str, [*range(60)] * 2))"),
            "app.py:1: the schedule has 355 characters\n"
            "    EventBridge accepts at most 256. Split it into several schedules.",
        ),
        (
            schedule("'rate(1 day)', input='<' * 1366"),
            "app.py:1: the input has 8198 characters as JSON\n"
            "    EventBridge accepts at most 8192, including the task's name. Shorten it.",
        ),
        (
            schedule("'rate(1 day)', timezone='UTC', input='🍺' * 262144"),
            "app.py:1: the input has 1048578 bytes as JSON\n"
            "    Lambda accepts at most 1048576 from EventBridge Scheduler, including the "
            "task's name. Shorten it.",
        ),
    ],
)
def test_report_names_each_problem_and_its_remedy(source: str, report: str) -> None:
    assert find_problems(source) == report


@pytest.mark.parametrize("name", ["Europe/Nowhere", "Etc/GMT+12", "America/Argentina/Buenos_Aires", "UTC"])
def test_without_the_iana_database_well_formed_time_zones_are_valid(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    assert find_problems(schedule(f"'at(2030-01-01T00:00:00)', timezone={name!r}")) == ""


@pytest.mark.parametrize(
    "name", ["", "Europe/", "/etc", "+01:00", "Europe/New York", "Z\n", "Wïen", "z" * 51]
)
def test_without_the_iana_database_malformed_time_zones_are_rejected(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    report = find_problems(schedule(f"'at(2030-01-01T00:00:00)', timezone={name!r}"))
    assert report == f"app.py:1: the time zone {name!r} is malformed\n    {IANA}"


def test_time_zone_of_a_rate_is_a_warning() -> None:
    app = build_app(("rate(1 day)",), timezone="Europe/Vienna")
    assert [notice.message for notice in find_warnings(app.freeze(), SETTINGS)] == [
        "timezone has no effect on rate(1 day): a day in a rate always has 24 hours"
    ]
    quiet = build_app(("cron(0 18 * * ? *)",), timezone="Europe/Vienna")
    assert find_warnings(quiet.freeze(), SETTINGS) == ()
    assert find_warnings(build_app(("rate(1 day)",)).freeze(), SETTINGS) == ()


@pytest.mark.parametrize("name", [None, scoped("close")])
def test_arguments_of_the_template(name: Any) -> None:
    app = build_app(("cron(0 18 * * ? *)", name), timezone="Europe/Vienna")
    ((trigger,),) = [kind.triggers for kind in synthesize(app.freeze(), SETTINGS).kinds]
    assert trigger.description == "cron(0 18 * * ? *) in Europe/Vienna"
    assert trigger.arguments == {
        "name": "-close",
        "role_name": "-close.schedule",
        "task_name": "close",
        "schedule_expression": "cron(0 18 * * ? *)",
        "timezone": "Europe/Vienna",
        "input": None,
        "enabled": True,
        "description": None,
        "target_id": None,
    }
    assert isinstance(trigger.arguments["name"], PrefixedName)
    assert isinstance(trigger.arguments["role_name"], PrefixedName)


def test_role_of_a_named_schedule_has_the_prefix_of_the_stage() -> None:
    app = build_app(("at(2030-01-01T00:00:00)", "night"), ("at(2030-01-02T00:00:00)", variable("day")))
    (kind,) = synthesize(app.freeze(), SETTINGS).kinds
    found = {str(t.arguments["name"]): (t.arguments["role_name"], t.description) for t in kind.triggers}
    assert found == {
        "night": ("-night.schedule", "at(2030-01-01T00:00:00)"),
        "var.day": ("-day.schedule", "at(2030-01-02T00:00:00)"),
    }


def test_rules_and_schedules_have_outputs_of_their_own() -> None:
    app = build_app(("rate(1 day)",), ("at(2030-01-01T00:00:00)", "once"))
    outputs = {output.name: output for output in synthesize(app.freeze(), SETTINGS).outputs}
    assert outputs["rule_arns"].description == "ARN of each EventBridge rule, by handler."
    assert outputs["rule_arns"].value == {"close_rule": Reference("module.close_rule.rule_arn")}
    assert outputs["rule_names"].value == {"close_rule": "-close"}
    assert outputs["schedule_arns"].value == {"close_once": Reference("module.close_once.schedule_arn")}


def test_handler_receives_the_event() -> None:
    app = build_app(("at(2030-01-01T00:00:00)",))
    assert app({"task_name": "close", "event": EVENT}, None) == EVENT
    assert app({"task_name": "close", "event": None}, None) is None


def test_sample_is_the_event_of_the_invoking_service() -> None:
    rule = scheduled_function("rate(1 day)").sample()
    assert rule == {
        "version": "0",
        "id": rule["id"],
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": rule["time"],
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/schedule"],
        "detail": {},
    }
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    assert scheduled_function("at(2030-01-01T00:00:00)").sample() == {
        "version": "0",
        "id": rule["id"],
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "time": rule["time"],
        "region": "us-east-1",
        "resources": ["arn:aws:scheduler:us-east-1:123456789012:schedule/group/schedule"],
        "detail": {},
    }


@pytest.mark.parametrize("expression", ["rate(1 day)", "at(2030-01-01T00:00:00)"])
@pytest.mark.parametrize("value", [{"beer": 1}, [], "", 0, False])
def test_sample_is_the_input_if_there_is_one(expression: str, value: Any) -> None:
    assert scheduled_function(expression, input=value).sample() == value


def test_send_invokes_the_function_like_scheduler() -> None:
    calls: list[Any] = []

    class Client:
        def __init__(self, service: str) -> None:
            self.service = service

        def invoke(self, **arguments: Any) -> None:
            calls.append((self.service, arguments))

    trigger = scheduled_function("at(2030-01-01T00:00:00)", "night")
    payload = SentPayload(text_in_json='{"beer": 2}')
    done = trigger.send(Client, {"AWS_LAMBDA_FUNCTION_NAME": "bar-dev"}, "close", payload)
    assert done == "invoked bar-dev as the schedule of close would"
    ((service, arguments),) = calls
    assert (service, arguments["FunctionName"], arguments["InvocationType"]) == ("lambda", "bar-dev", "Event")
    assert json.loads(arguments["Payload"]) == {"task_name": "night", "event": {"beer": 2}}


def test_json_is_encoded_like_terraform() -> None:
    text = "\\u003ca\\u0026b\\u003e\\u2028\\u2029é\\u0000"
    value = "<a&b>\u2028\u2029é\0"
    assert encode_json({value: [value, 1.5, None]}) == f'{{"{text}":["{text}",1.5,null]}}'


@pytest.mark.parametrize(
    ("arguments", "report"),
    [
        ("'rate(1 day)', target_id='bar-rule'", ""),
        ("'rate(1 day)', target_id=scoped('x' * 56)", ""),
        (
            "'rate(1 day)', target_id=scoped('x' * 57)",
            f"app.py:1: the target ID 'bar-dev-{'x' * 57}' has 65 characters\n    AWS allows at most 64.",
        ),
        (
            "'rate(1 day)', target_id='a/b'",
            "app.py:1: 'a/b' is not a valid target ID\n    Use letters, digits, ., - and _ only.",
        ),
        (
            "'rate(1 day)', target_id=''",
            "app.py:1: '' is not a valid target ID\n    Use letters, digits, ., - and _ only.",
        ),
        (
            "'at(2030-01-01T00:00:00)', target_id='t'",
            "app.py:1: target_id has no effect: a schedule of EventBridge Scheduler has none\n"
            "    Leave it out.",
        ),
    ],
)
def test_report_names_problems_of_the_target_id(arguments: str, report: str) -> None:
    assert find_problems(schedule(arguments)) == report
