"""Defaults of variables: what the report says about wrong ones."""

from __future__ import annotations

from typing import Any

import pytest

from domovoi_tf import Domovoi, variable
from domovoi_tf.settings import Settings
from domovoi_tf.triggers.alb import LISTENER
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"
ACCESS_KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
SAME = "    Pass the same default in both places, or declare the variable once."
FORM = "    Expected the ARN of an SNS topic, in the form arn:PARTITION:sns:REGION:ACCOUNT:NAME."


def build_app(source: str) -> Domovoi:
    """Returns an app with this source in app.py."""
    app = Domovoi()
    exec(compile(source, "app.py", "exec"), {"app": app, "variable": variable})  # noqa: S102
    return app


def find_problems(source: str) -> str:
    return "\n".join(map(str, validate(build_app(source).freeze(), SETTINGS)))


@pytest.mark.parametrize(
    ("source", "report"),
    [
        ("app.variable('a', default='')\napp.variable('a', default='')", ""),
        ("app.variable('a', default='${x} %{y} \"\\n\\x1b\\u202e é')", ""),
        ("app.variable('database_url', default='postgres://me:hunter2@db/shop')", ""),
        (
            "app.variable('payment_key', sensitive=True, default='')",
            "app.py:1: variable('payment_key') is sensitive, but has a default, which would be readable in "
            "the "
            "repository and in the Terraform\n"
            "    Leave default= out, and set TF_VAR_payment_key, or the variable in the stage's "
            "terraform.tfvars. If the value is not a secret, leave sensitive=True out.",
        ),
        (
            f"app.variable('a', default='{ACCESS_KEY}')",
            "app.py:1: the default of variable('a') looks like an AWS access key, and would be readable in "
            "the "
            "repository, the Terraform and its state\n"
            "    Keep it in SSM Parameter Store or Secrets Manager and pass its name, or write "
            "sensitive=True "
            "instead of default= and pass it to Terraform.",
        ),
        (
            "app.variable('a', default='x')\napp.variable('a', default='')\napp.variable('a')",
            "app.py:2: variable('a') is declared twice, with the default '' here and with the default 'x' at "
            f"app.py:1\n{SAME}\n"
            "app.py:3: variable('a') is declared twice, with no default here and with the default 'x' at "
            f"app.py:1\n{SAME}",
        ),
        (
            "app.variable('db_password', default='hunter2')\napp.variable('db_password', default='hunter3')",
            "app.py:2: variable('db_password') is declared twice, with a default that may be secret here and "
            f"with a default that may be secret at app.py:1\n{SAME}",
        ),
        (
            "app.variable('a')\napp.variable('a', sensitive=True, default='x')",
            "app.py:2: variable('a') is declared twice, with and without sensitive=True: here and at "
            "app.py:1\n"
            "    Pass the same value of sensitive in both places.\n"
            "app.py:2: variable('a') is sensitive, but has a default, which would be readable in the "
            "repository and in the Terraform\n"
            "    Leave default= out, and set TF_VAR_a, or the variable in the stage's terraform.tfvars. If "
            "the "
            "value is not a secret, leave sensitive=True out.",
        ),
        (
            "app.variable('a', default='e\\u0301')\napp.variable('b', default='\\0')\n"
            "app.variable('c', default='\\ud800')",
            "app.py:1: default: The string has 'e\\u0301' at character 1, which is not in Unicode's NFC "
            "form: "
            "Terraform would change it\n"
            "    Use composed characters: unicodedata.normalize('NFC', text).\n"
            "app.py:2: default: The string contains a NUL character, which AWS rejects\n    Remove it.\n"
            "app.py:3: default: The string contains one half of a surrogate pair ('\\ud800'), which is not a "
            "character\n    Write the whole character.",
        ),
        # 4,096 bytes with the name, as Lambda counts them.
        ("app.variable('a', default='x' * 4073)", ""),
        (
            "app.variable('a', default='x' * 4074)",
            "app.py:1: the default of variable('a') takes 4097 bytes of the function's environment, but "
            "Lambda "
            "allows at most 4096\n    Read it from a file in the package, or from S3.",
        ),
    ],
)
def test_report_about_a_default(source: str, report: str) -> None:
    assert find_problems(source) == report


@pytest.mark.parametrize(
    ("default", "shown"),
    [
        (TOPIC, None),
        ("orders", "the default 'orders'"),
        ("", "the default ''"),
        (f"{TOPIC}\n", f"the default '{TOPIC}\\n'"),
        (f"{TOPIC}/é", f"the default '{TOPIC}/é'"),
    ],
)
def test_default_of_a_source_has_its_form(default: str, shown: str | None) -> None:
    source = (
        f"topic = app.variable('topic_arn', default={default!r})\n"
        "@app.sns_topic_subscriber(topic)\ndef tend(event, context): ...\n"
        "@app.sns_topic_subscriber(variable('topic_arn'), name='count', function='reports')\n"
        "def count(event, context): ...\napp.function('reports')\n"
    )
    expected = [
        f"app.py:1: variable('topic_arn') has {shown}, which {user} cannot use\n{FORM}"
        for user in ("tend (app.py:2)", "count (app.py:4)")
        if shown
    ]
    assert find_problems(source) == "\n".join(expected)


@pytest.mark.parametrize(("default", "count"), [(None, 1), ("arn:of:a:listener", 0)])
def test_listener_with_a_default_is_not_missing(default: Any, count: int) -> None:
    app = build_app("@app.alb_target('/a')\ndef serve(event, context): ...")
    app.variable(LISTENER, default=default)
    assert len(find_warnings(app.freeze(), SETTINGS)) == count


SEVERAL = (
    "app.function('billing')\n"
    "app.lambda_function(name='run')(lambda event, context: None)\n"
    "app.lambda_function(name='pay', function='billing')(lambda event, context: None)\n"
)
GETS_NOTHING = "    Name the functions whose handlers read it, or leave functions= out."


@pytest.mark.parametrize(
    ("source", "report"),
    [
        ("app.variable('payment_key', sensitive=True)", ""),
        (f"{SEVERAL}app.variable('payment_key', sensitive=True, functions=['billing'])", ""),
        (f"{SEVERAL}app.variable('endpoint', functions=['default', 'billing'])", ""),
        (
            f"{SEVERAL}app.variable('payment_key', sensitive=True)",
            "app.py:4: variable('payment_key') is sensitive, and would be in the environment of all "
            "functions: default, billing\n"
            "    Name those whose handlers read it, such as functions=['default'].",
        ),
        (
            f"{SEVERAL}app.variable('endpoint', functions=['biling', ''])",
            "app.py:4: functions of variable('endpoint') has 'biling', not a function with handlers\n"
            "    The app deploys default, billing. The app's own function is 'default'.\n"
            "app.py:4: functions of variable('endpoint') has '', not a function with handlers\n"
            "    The app deploys default, billing. The app's own function is 'default'.",
        ),
        (
            "app.variable('endpoint', functions=[])",
            "app.py:1: functions of variable('endpoint') is empty, so no handler can read it\n"
            f"{GETS_NOTHING}",
        ),
        (
            "app.variable('endpoint', functions='default')",
            "app.py:1: functions is 'default'\n    Use a list of strings.",
        ),
        (
            f"{SEVERAL}app.variable('a', functions=['billing'])\napp.variable('a')",
            "app.py:5: variable('a') is declared twice, with no functions= here and with "
            "functions=['billing'] at app.py:4\n"
            "    Pass the same functions in both places, or declare the variable once.",
        ),
    ],
)
def test_functions_of_variables(source: str, report: str) -> None:
    handler = "" if source.startswith(SEVERAL) else "app.lambda_function(name='run')(print)\n"
    lines = report.replace("app.py:1:", "app.py:2:") if handler else report
    assert find_problems(handler + source) == lines
