"""The mistakes that beginners make, each with everything that the command prints about it, word for word."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from domovoi_tf.cli import exit

HEAD = "from domovoi_tf import Domovoi\n\napp = Domovoi()\n\n\n"
GOOD = f'{HEAD}@app.sns_topic_subscriber("bartender")\ndef tend(event, context):\n    return 1\n'
CONFIG = ".chalice/config.json"
KEYS = (("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_DEFAULT_REGION", "us-east-1"))


class Mistake(NamedTuple):
    """A mistake in the files of a project or in a command, with its output."""

    name: str
    files: dict[str, str | bytes]
    output: str
    command: tuple[str, ...] = ("render",)
    environment: tuple[tuple[str, str], ...] = ()


MISTAKES = [
    Mistake(
        "config-trailing-comma",
        {
            ".chalice/config.json": (
                "{\n"
                '  "app_name": "bar",\n'
                "}\n"
            ),
        },
        (
            "Error: .chalice/config.json:2:20: this is not valid JSON: there is a comma "
            "after the last item.\n"
            "Remove the comma.\n"
        ),
    ),
    Mistake(
        "config-trailing-comma-list",
        {
            ".chalice/config.json": (
                "{\n"
                '  "app_name": "bar",\n'
                '  "subnet_ids": ["a",]\n'
                "}\n"
            ),
        },
        (
            "Error: .chalice/config.json:3:21: this is not valid JSON: there is a comma "
            "after the last item.\n"
            "Remove the comma.\n"
        ),
    ),
    Mistake(
        "config-bom",
        {
            ".chalice/config.json": b'\xef\xbb\xbf{\n  "app_name": "bar"\n}\n',
        },
        (
            ""
        ),
    ),
    Mistake(
        "config-utf16",
        {
            ".chalice/config.json": b'\xff\xfe{\x00}\x00',
        },
        (
            "Error: .chalice/config.json:1:1: this is UTF-16 text.\n"
            "Save the file as UTF-8.\n"
        ),
    ),
    Mistake(
        "config-latin1",
        {
            ".chalice/config.json": b'{"app_name": "b\xe4r"}',
        },
        (
            "Error: .chalice/config.json:1:16: this is not UTF-8 text: it has the byte 0xe4.\n"
            "Save the file as UTF-8.\n"
        ),
    ),
    Mistake(
        "config-comment",
        {
            ".chalice/config.json": (
                "{\n"
                "  // the name\n"
                '  "app_name": "bar"\n'
                "}\n"
            ),
        },
        (
            "Error: .chalice/config.json:2:3: this is not valid JSON: it contains a comment.\n"
            "Remove the comment: JSON has none.\n"
        ),
    ),
    Mistake(
        "config-single-quotes",
        {
            ".chalice/config.json": "{'app_name': 'bar'}",
        },
        (
            "Error: .chalice/config.json:1:2: this is not valid JSON: the key app_name is "
            "in single quotes.\n"
            'Write "app_name".\n'
        ),
    ),
    Mistake(
        "config-unquoted",
        {
            ".chalice/config.json": '{app_name: "bar"}',
        },
        (
            "Error: .chalice/config.json:1:2: this is not valid JSON: the key app_name has "
            "no quotes.\n"
            'Write "app_name".\n'
        ),
    ),
    Mistake(
        "config-missing-comma",
        {
            ".chalice/config.json": (
                "{\n"
                '  "app_name": "bar"\n'
                '  "tags": {}\n'
                "}\n"
            ),
        },
        (
            "Error: .chalice/config.json:2:20: this is not valid JSON: a comma is missing.\n"
            "Write a comma after the value that ends here.\n"
        ),
    ),
    Mistake(
        "config-missing-brace",
        {
            ".chalice/config.json": (
                "{\n"
                '  "app_name": "bar"\n'
            ),
        },
        (
            "Error: .chalice/config.json:2:20: this is not valid JSON: the { in line 1, "
            "column 1 is not closed.\n"
            "Write } at the end, or close it earlier.\n"
        ),
    ),
    Mistake(
        "config-empty",
        {
            ".chalice/config.json": "",
        },
        (
            "Error: .chalice/config.json:1:1: this is not valid JSON: it is empty.\n"
            "Write at least {}.\n"
        ),
    ),
    Mistake(
        "config-True",
        {
            ".chalice/config.json": '{"app_name": "bar", "xray": True}',
        },
        (
            "Error: .chalice/config.json:1:29: this is not valid JSON: True is not a value "
            "of JSON.\n"
            "Write true.\n"
        ),
    ),
    Mistake(
        "config-newline-in-string",
        {
            ".chalice/config.json": (
                '{"app_name": "bar\n'
                '"}'
            ),
        },
        (
            "Error: .chalice/config.json:1:18: this is not valid JSON: a string contains a "
            "line break.\n"
            'Write " at its end, or \\n for a line break.\n'
        ),
    ),
    Mistake(
        "config-smart-quotes",
        {
            ".chalice/config.json": "{“app_name”: “bar”}",
        },
        (
            "Error: .chalice/config.json:1:2: this is not valid JSON: “ is a typographic "
            "quotation mark.\n"
            'Write the straight one: "\n'
        ),
    ),
    Mistake(
        "policy-comma",
        {
            ".chalice/policy-dev.json": (
                '{"Version": "2012-10-17",\n'
                ' "Statement": [],}'
            ),
        },
        (
            "Error: .chalice/policy-dev.json:2:17: this is not valid JSON: there is a "
            "comma after the last item.\n"
            "Remove the comma.\n"
        ),
    ),
    Mistake(
        "policy-bom",
        {
            ".chalice/policy-dev.json": b'\xef\xbb\xbf{"Version": "2012-10-17",\n "Statement": []}',
        },
        (
            ""
        ),
    ),
    Mistake(
        "definition-comma",
        {
            "m.json": (
                '{"StartAt": "A",\n'
                ' "States": {"A": {"Type": "Pass", "End": true},}}'
            ),
            "app.py": HEAD + 'app.register_state_machine("m.json")\n',
        },
        (
            "Error: app.py:6: m.json: line 2, column 47: there is a comma after the last item\n"
            "    Remove the comma.\n"
        ),
    ),
    Mistake(
        "definition-bom",
        {
            "m.json": b'\xef\xbb\xbf{"StartAt": "A",\n "States": {"A": {"Type": "Pass", "End": true}}}',
            "app.py": HEAD + 'app.register_state_machine("m.json")\n',
        },
        (
            ""
        ),
    ),
    Mistake(
        "yaml-bom",
        {
            "m.yaml": b'\xef\xbb\xbfStartAt: A\nStates:\n  A: {Type: Pass, End: true}\n',
            "app.py": HEAD + 'app.register_state_machine("m.yaml")\n',
        },
        (
            ""
        ),
    ),
    Mistake(
        "yaml-tab",
        {
            "m.yaml": b'StartAt: A\nStates:\n\tA: {Type: Pass, End: true}\n',
            "app.py": HEAD + 'app.register_state_machine("m.yaml")\n',
        },
        (
            "Error: app.py:6: m.yaml: line 3, column 1: a tab indents this line\n"
            "    Indent it with spaces.\n"
        ),
    ),
    Mistake(
        "yaml-bad",
        {
            "m.yaml": b'StartAt: A\nStates:\n  A: {Type: Pass, End: true\n',
            "app.py": HEAD + 'app.register_state_machine("m.yaml")\n',
        },
        (
            "Error: app.py:6: m.yaml: line 4, column 1: this is not valid YAML: expected "
            "',' or '}', but got the end of the file while parsing a flow mapping of line 3\n"
            "    Correct the file.\n"
        ),
    ),
    Mistake(
        "event-nofile",
        {},
        (
            "Error: There is no file nofile.json in {project}.\n"
            'Pass the path of a JSON file, or JSON in single quotes, such as \'{"beer": 1}\' '
            'or \'"hello"\'.\n'
        ),
        ("invoke", "tend", "--event", "nofile.json", "--local",),
    ),
    Mistake(
        "event-nofile-path",
        {},
        (
            "Error: There is no file events/order.json: there is no folder events.\n"
            'Pass the path of a JSON file, or JSON in single quotes, such as \'{"beer": 1}\' '
            'or \'"hello"\'.\n'
        ),
        ("invoke", "tend", "--event", "events/order.json", "--local",),
    ),
    Mistake(
        "event-nofile-near",
        {
            "order.json": "{}",
        },
        (
            "Error: There is no file ordr.json in {project}.\n"
            "Did you mean order.json? Pass the path of a JSON file, or JSON in single "
            'quotes, such as \'{"beer": 1}\' or \'"hello"\'.\n'
        ),
        ("invoke", "tend", "--event", "ordr.json", "--local",),
    ),
    Mistake(
        "event-folder",
        {
            "events/x.json": "{}",
        },
        (
            "Error: events is a folder.\n"
            "Pass the path of a JSON file in it.\n"
        ),
        ("invoke", "tend", "--event", "events", "--local",),
    ),
    Mistake(
        "event-at",
        {
            "order.json": "{}",
        },
        (
            "Error: There is no file @order.json.\n"
            "Write the path alone: order.json\n"
        ),
        ("invoke", "tend", "--event", "@order.json", "--local",),
    ),
    Mistake(
        "event-comma-file",
        {
            "order.json": (
                "{\n"
                ' "a": 1,\n'
                "}\n"
            ),
        },
        (
            "Error: order.json:2:8: this is not valid JSON: there is a comma after the "
            "last item.\n"
            "Remove the comma.\n"
        ),
        ("invoke", "tend", "--event", "order.json", "--local",),
    ),
    Mistake(
        "event-comma",
        {},
        (
            "Error: The payload is not valid JSON: column 8: there is a comma after the "
            "last item.\n"
            'Remove the comma. Put the whole in single quotes for the shell: \'{"beer": 1}\'\n'
        ),
        ("invoke", "tend", "--event", '{"a": 1,}', "--local",),
    ),
    Mistake(
        "event-shell",
        {},
        (
            "Error: The payload is not valid JSON: column 2: the key beer has no quotes.\n"
            'Write "beer". Put the whole in single quotes for the shell: \'{"beer": 1}\'\n'
        ),
        ("invoke", "tend", "--event", "{beer: 1}", "--local",),
    ),
    Mistake(
        "event-shell-split",
        {},
        (
            "Usage: domovoi-tf invoke [OPTIONS] HANDLER\n"
            "Try 'domovoi-tf invoke --help' for help.\n"
            "\n"
            "Error: Got unexpected extra argument (1})\n"
            'Put JSON in single quotes for the shell, such as \'{"beer": 1}\'.\n'
        ),
        ("invoke", "tend", "--event", "{beer:", "1}", "--local",),
    ),
    Mistake(
        "event-plain",
        {},
        (
            "Error: The payload is hello, which is not JSON or the name of a file.\n"
            'Pass the path of a JSON file, or JSON in single quotes, such as \'{"beer": 1}\' '
            'or \'"hello"\'.\n'
        ),
        ("invoke", "tend", "--event", "hello", "--local",),
    ),
    Mistake(
        "event-empty",
        {},
        (
            "Error: The payload is empty.\n"
            'Pass the path of a JSON file, or JSON in single quotes, such as \'{"beer": 1}\' '
            'or \'"hello"\'.\n'
        ),
        ("invoke", "tend", "--event", "", "--local",),
    ),
    Mistake(
        "send-comma",
        {},
        (
            "Error: The payload is not valid JSON: column 8: there is a comma after the "
            "last item.\n"
            'Remove the comma. Put the whole in single quotes for the shell: \'{"beer": 1}\'\n'
        ),
        ("local", "send", "tend", '{"a": 1,}',),
    ),
    Mistake(
        "send-nofile",
        {},
        (
            "Error: The payload is order.json, which is not JSON.\n"
            'Pass JSON in single quotes, such as \'{"beer": 1}\' or \'"order.json"\'.\n'
        ),
        ("local", "send", "tend", "order.json",),
    ),
    Mistake(
        "send-key",
        {},
        (
            "Error: The payload is raw/cat.png, which is not JSON.\n"
            'Pass JSON in single quotes, such as \'{"beer": 1}\' or \'"raw/cat.png"\'.\n'
        ),
        ("local", "send", "tend", "raw/cat.png",),
    ),
    Mistake(
        "send-file",
        {
            "my cat.png": b"\x89PNG",
        },
        (
            "Error: my cat.png is a file, but the payload must be JSON.\n"
            "Send its content with --file 'my cat.png'\n"
        ),
        ("local", "send", "tend", "my cat.png",),
    ),
    Mistake(
        "no-parens",
        {
            "app.py": (
                HEAD
                + "@app.sns_topic_subscriber\n"
                "def tend(event, context): ...\n"
            ),
        },
        (
            "Error: app.py:6: sns_topic_subscriber needs parentheses: write "
            "@app.sns_topic_subscriber(...)\n"
            "    Its arguments are topic_name, create, filter_policy, filter_policy_scope, "
            "function, name.\n"
        ),
    ),
    Mistake(
        "no-parens-url",
        {
            "app.py": (
                HEAD
                + "@app.function_url\n"
                "def tend(event, context): ...\n"
            ),
        },
        (
            "Error: app.py:6: function_url needs parentheses: write @app.function_url(...)\n"
            "    Its arguments are auth, cors, invoke_mode, function, name.\n"
        ),
    ),
    Mistake(
        "no-parens-alone-domovoi",
        {
            "app.py": (
                "from domovoi_tf import Domovoi\n"
                "\n"
                "app = Domovoi\n"
                "\n"
                "\n"
                "@app.sns_topic_subscriber('x')\n"
                "def tend(event, context): ...\n"
            ),
        },
        (
            "Error: app.py:6: app is the class Domovoi, not an object of it\n"
            "Write parentheses: app = Domovoi()\n"
        ),
    ),
    Mistake(
        "route",
        {
            "app.py": (
                HEAD
                + "@app.route('/')\n"
                "def index(): ...\n"
            ),
        },
        (
            "Error: app.py:6: app.route does not exist\n"
            '    Chalice\'s @app.route is @app.function_url() or @app.alb_target("/...") here.\n'
        ),
    ),
    Mistake(
        "chalice-authorizer",
        {
            "app.py": (
                HEAD
                + "@app.authorizer('/')\n"
                "def index(): ...\n"
            ),
        },
        (
            "Error: app.py:6: app.authorizer does not exist\n"
            "    Check the caller in the handler, or let AWS do it: "
            '@app.function_url(auth="AWS_IAM").\n'
        ),
    ),
    Mistake(
        "chalice-register_blueprint",
        {
            "app.py": (
                HEAD
                + "@app.register_blueprint('/')\n"
                "def index(): ...\n"
            ),
        },
        (
            "Error: app.py:6: app.register_blueprint does not exist\n"
            "    Put the handlers of another module into a function that takes the app, def "
            "register(app): ..., and call it in the app's module.\n"
        ),
    ),
    Mistake(
        "chalice-schedule",
        {
            "app.py": (
                HEAD
                + "@app.schedule('/')\n"
                "def index(): ...\n"
            ),
        },
        (
            "Error: app.py:6: app.schedule does not exist\n"
            "    Chalice's @app.schedule is @app.scheduled_function(...) here.\n"
        ),
    ),
    Mistake(
        "chalice-on_kafka_message",
        {
            "app.py": (
                HEAD
                + "@app.on_kafka_message('/')\n"
                "def index(): ...\n"
            ),
        },
        (
            "Error: app.py:6: app.on_kafka_message does not exist\n"
            "    The app's decorators are alb_target, cloudwatch_event_handler, "
            "cloudwatch_logs_sub_filter_handler, dynamodb_stream_handler, "
            "email_receipt_handler, function_url, kinesis_stream_handler, lambda_function, "
            "s3_event_handler, scheduled_function, sns_topic_subscriber, "
            "sqs_queue_subscriber, step_function_task.\n"
        ),
    ),
    Mistake(
        "unknown",
        {
            "app.py": (
                HEAD
                + "@app.sns_topic_subscribr('x')\n"
                "def index(event): ...\n"
            ),
        },
        (
            "Error: app.py:6: app.sns_topic_subscribr does not exist\n"
            "    Did you mean app.sns_topic_subscriber?\n"
        ),
    ),
    Mistake(
        "unknown-sqs",
        {
            "app.py": (
                HEAD
                + "@app.sqs('x')\n"
                "def index(event): ...\n"
            ),
        },
        (
            "Error: app.py:6: app.sqs does not exist\n"
            "    Did you mean app.sqs_queue_subscriber?\n"
        ),
    ),
    Mistake(
        "unknown-cron",
        {
            "app.py": (
                HEAD
                + "@app.cron('x')\n"
                "def index(event): ...\n"
            ),
        },
        (
            "Error: app.py:6: app.cron does not exist\n"
            "    Did you mean app.scheduled_function?\n"
        ),
    ),
    Mistake(
        "from-domovoi",
        {
            "app.py": (
                "from domovoi import Domovoi\n"
                "\n"
                "app = Domovoi()\n"
                "\n"
                "\n"
                '@app.sns_topic_subscriber("bartender")\n'
                "def tend(event, context):\n"
                "    return 1\n"
            ),
        },
        (
            "Error: app.py:1: there is no module domovoi\n"
            "Write from domovoi_tf import Domovoi, and app = Domovoi(): domovoi-tf has the "
            "decorators of Domovoi.\n"
        ),
    ),
    Mistake(
        "from-chalice",
        {
            "app.py": (
                "from chalice import Chalice\n"
                "\n"
                "app = Chalice(app_name='x')\n"
            ),
        },
        (
            "Error: app.py:1: there is no module chalice\n"
            "Write from domovoi_tf import Domovoi, and app = Domovoi(): domovoi-tf takes "
            "the place of Chalice.\n"
        ),
    ),
    Mistake(
        "from-domovoi-tf-typo",
        {
            "app.py": "from domovoi_tf import domovoi\n",
        },
        (
            "Error: app.py:1: domovoi_tf has no domovoi\n"
            "Did you mean Domovoi? It has ConvertToMiddleware, DispatchError, Domovoi, DomovoiError, scoped, "
            "variable.\n"
        ),
    ),
    Mistake(
        "dash",
        {
            "app.py": "import domovoi-tf\n",
        },
        (
            "Error: app.py:1: SyntaxError: invalid syntax\n"
            "Write domovoi_tf, with an underscore: the names of modules have no hyphens.\n"
        ),
    ),
    Mistake(
        "environ",
        {
            "app.py": (
                "import os\n"
                "from domovoi_tf import Domovoi\n"
                "\n"
                "app = Domovoi()\n"
                "\n"
                "\n"
                'TABLE = os.environ["TABLE"]\n'
                "\n"
                "\n"
                '@app.sns_topic_subscriber("bartender")\n'
                "def tend(event, context):\n"
                "    return 1\n"
            ),
        },
        (
            "Error: app.py:7: the environment variable TABLE is not set\n"
            "The app is imported with the stage's variables, and not with those of the "
            "shell. Set it in .chalice/config.json, for all stages or below one of them: "
            '"environment_variables": {"TABLE": "..."}. Or read it in the handler.\n'
            "If Terraform has the value, such as the name of a table, declare "
            'app.variable("table").\n'
        ),
    ),
    Mistake(
        "environ-two",
        {
            "app.py": (
                "import os\n"
                "from domovoi_tf import Domovoi\n"
                "\n"
                "app = Domovoi()\n"
                "\n"
                "\n"
                'TABLE = os.environ["TABLE"]\n'
                'QUEUE = os.environ["QUEUE"]\n'
                "\n"
                '@app.sns_topic_subscriber("bartender")\n'
                "def tend(event, context):\n"
                "    return 1\n"
            ),
        },
        (
            "Error: app.py:7: the environment variables TABLE and QUEUE are not set\n"
            "The app is imported with the stage's variables, and not with those of the "
            "shell. Set them in .chalice/config.json, for all stages or below one of them: "
            '"environment_variables": {"TABLE": "...", "QUEUE": "..."}. Or read them in '
            "the handler.\n"
            "If Terraform has the value, such as the name of a table, declare "
            'app.variable("table").\n'
        ),
    ),
    Mistake(
        "environ-near",
        {
            ".chalice/config.json": '{"app_name": "bar", "environment_variables": {"TABEL": "x"}}',
            "app.py": (
                "import os\n"
                "from domovoi_tf import Domovoi\n"
                "\n"
                "app = Domovoi()\n"
                "\n"
                "\n"
                'TABLE = os.environ["TABLE"]\n'
                "\n"
                "\n"
                '@app.sns_topic_subscriber("bartender")\n'
                "def tend(event, context):\n"
                "    return 1\n"
            ),
        },
        (
            "Error: app.py:7: the environment variable TABLE is not set\n"
            "Did you mean TABEL, which is set? The app is imported with the stage's "
            "variables, and not with those of the shell. Set it in .chalice/config.json, "
            'for all stages or below one of them: "environment_variables": {"TABLE": '
            '"..."}. Or read it in the handler.\n'
            "If Terraform has the value, such as the name of a table, declare "
            'app.variable("table").\n'
        ),
    ),
    Mistake(
        "environ-secret",
        {
            "app.py": (
                "import os\n"
                "from domovoi_tf import Domovoi\n"
                "\n"
                "app = Domovoi()\n"
                "\n"
                "\n"
                'TABLE = os.environ["API_KEY"]\n'
            ),
        },
        (
            "Error: app.py:7: the environment variable API_KEY is not set\n"
            "The app is imported with the stage's variables, and not with those of the "
            'shell. If it is secret, declare it with app.variable("api_key", '
            "sensitive=True), and write str() of the result in the handler. Or read it "
            "from Secrets Manager there.\n"
        ),
    ),
    Mistake(
        "environ-int",
        {
            "app.py": (
                "import os\n"
                "from domovoi_tf import Domovoi\n"
                "\n"
                "app = Domovoi()\n"
                "\n"
                "\n"
                'N = int(os.getenv("N"))\n'
            ),
        },
        (
            "Error: app.py:7: TypeError: int() argument must be a string, a bytes-like "
            "object or a real number, not 'NoneType', because the environment variable N "
            "is not set\n"
            "The app is imported with the stage's variables, and not with those of the "
            "shell. Set it in .chalice/config.json, for all stages or below one of them: "
            '"environment_variables": {"N": "..."}. Or read it in the handler.\n'
            "If Terraform has the value, such as the name of a table, declare "
            'app.variable("n").\n'
        ),
    ),
    Mistake(
        "boto3",
        {
            "app.py": (
                "import boto3\n"
                "from domovoi_tf import Domovoi\n"
                "\n"
                "app = Domovoi()\n"
                "\n"
                "\n"
                'ACCOUNT = boto3.client("sts").get_caller_identity()["Account"]\n'
                "\n"
                "\n"
                '@app.sns_topic_subscriber("bartender")\n'
                "def tend(event, context):\n"
                "    return 1\n"
            ),
        },
        (
            "Error: app.py:7: NoCredentialsError: Unable to locate credentials\n"
            "domovoi-tf withholds AWS credentials while it imports the app, so that the "
            "Terraform does not depend on an account. Call AWS in the handler, or in a "
            "function that it calls.\n"
            "Or import the app with the credentials of your shell: --with-credentials, or "
            "DOMOVOI_TF_WITH_CREDENTIALS=1.\n"
        ),
    ),
    Mistake(
        "function-two",
        {
            "app.py": (
                HEAD
                + 'big = app.function("x", memory=512, foo=1)\n'
                "\n"
                "\n"
                '@app.sns_topic_subscriber("a", function=big)\n'
                "def tend(event, context): ...\n"
            ),
        },
        (
            "Error: 2 problems\n"
            "app.py:6: app.function has no argument memory\n"
            "    Did you mean memory_size? Its arguments are name, memory_size, timeout, starts.\n"
            "app.py:6: app.function has no argument foo\n"
            "    Its arguments are name, memory_size, timeout, starts.\n"
        ),
    ),
    Mistake(
        "function-none",
        {
            "app.py": (
                HEAD
                + "big = app.function()\n"
                "\n"
                "\n"
                '@app.sns_topic_subscriber("a", function=big)\n'
                "def tend(event, context): ...\n"
            ),
        },
        (
            "Error: app.py:6: app.function needs the argument name\n"
            "    Its arguments are name, memory_size, timeout, starts.\n"
        ),
    ),
    Mistake(
        "domovoi-args",
        {
            "app.py": (
                "from domovoi_tf import Domovoi\n"
                "\n"
                "app = Domovoi(app_nme='x')\n"
                "\n"
                "\n"
                "\n"
                '@app.sns_topic_subscriber("a b")\n'
                "def tend(event, context): ...\n"
            ),
        },
        (
            "Error: app.py:3: Domovoi has no argument app_nme\n"
            "Did you mean app_name? Its arguments are app_name, configure_logs, starts.\n"
        ),
    ),
    Mistake(
        "decorator-arg",
        {
            "app.py": (
                HEAD
                + '@app.sns_topic_subscriber(topic="a")\n'
                "def tend(event, context): ...\n"
            ),
        },
        (
            "Error: app.py:6: app.sns_topic_subscriber has no argument topic\n"
            "    Did you mean topic_name? Its arguments are topic_name, create, "
            "filter_policy, filter_policy_scope, function, name.\n"
        ),
    ),
    Mistake(
        "syntax",
        {
            "app.py": HEAD + "def f(:\n",
        },
        (
            "Error: app.py:6: SyntaxError: invalid syntax\n"
            "Correct the line: def f(:\n"
        ),
    ),
    Mistake(
        "traceback-import-module",
        {
            "app.py": HEAD + "import billing\n",
            "billing.py": (
                "int('x')\n"
            ),
        },
        (
            "Traceback (most recent call last):\n"
            '  File "{project}/app.py", line 6, in <module>\n'
            "    import billing\n"
            '  File "{project}/billing.py", line 1, in <module>\n'
            "    int('x')\n"
            "ValueError: invalid literal for int() with base 10: 'x'\n"
            "Error: billing.py:1: ValueError: invalid literal for int() with base 10: 'x'\n"
            "Correct the code there.\n"
        ),
        ("--debug", "render",),
    ),
    Mistake(
        "orphan",
        {
            "handlers.py": (
                "from app import app\n"
                "\n"
                "\n"
                "@app.scheduled_function('rate(5 minutes)')\n"
                "def tick(event, context): ...\n"
            ),
        },
        (
            "Warning: handlers.py:4: tick is not deployed, because no module of the app "
            "imports handlers.py: write import handlers in app.py, below app = Domovoi()\n"
        ),
    ),
    Mistake(
        "orphan-package",
        {
            "handlers/__init__.py": "",
            "handlers/billing.py": (
                "from app import app\n"
                "\n"
                "\n"
                "@app.scheduled_function('rate(5 minutes)')\n"
                "def tick(event, context): ...\n"
            ),
        },
        (
            "Warning: handlers/billing.py:4: tick is not deployed, because no module of "
            "the app imports handlers/billing.py: write from handlers import billing in "
            "app.py, below app = Domovoi()\n"
        ),
    ),
    Mistake(
        "orphan-only",
        {
            "app.py": HEAD + "",
            "handlers.py": (
                "from app import app\n"
                "\n"
                "\n"
                "@app.scheduled_function('rate(5 minutes)')\n"
                "def tick(event, context): ...\n"
            ),
        },
        (
            "Error: The app in app.py has no handlers: no module of the app imports "
            "handlers.py (tick).\n"
            "Write import handlers in app.py, below app = Domovoi().\n"
        ),
    ),
    Mistake(
        "many",
        {
            "app.py": (
                HEAD
                + '@app.sns_topic_subscriber("a b")\n'
                "def tend(event, context): ...\n"
                "\n"
                "\n"
                '@app.scheduled_function("rate(1 minutes)")\n'
                "def tick(event, context): ...\n"
            ),
        },
        (
            "Error: 2 problems\n"
            "app.py:6: 'a b' is not a valid SNS topic name\n"
            "    Use letters, digits, - and _ only.\n"
            "app.py:10: the schedule 'rate(1 minutes)' is not valid: the unit after 1 is minute\n"
            "    Write rate(5 minutes), cron(0 18 ? * MON-FRI *) or at(2030-12-31T18:00:00).\n"
        ),
    ),
    Mistake(
        "undeclared-function",
        {
            "app.py": (
                HEAD
                + '@app.sns_topic_subscriber("ab", function="big")\n'
                "def tend(event, context): ...\n"
                "\n"
                "\n"
                '@app.scheduled_function("rate(1 minute)", function="big")\n'
                "def tick(event, context): ...\n"
            ),
            ".chalice/config.json": '{"app_name": "bar", "lambda_functions": {"big": {"lambda_timeout": 5}}}',
        },
        (
            "Error: app.py:6: the function 'big' is not declared (also at app.py:10)\n"
            "    Declare it with app.function('big').\n"
        ),
    ),
    Mistake(
        "config-many",
        {
            ".chalice/config.json": (
                '{"app_name": "bar", "lambda_memory": 5, "lambda_timeout": 1000, "tags": '
                '{"a": 1}}'
            ),
        },
        (
            "Error: 3 problems\n"
            ".chalice/config.json:1: $.lambda_memory: unknown key; did you mean "
            "lambda_memory_size?\n"
            ".chalice/config.json:1: $.lambda_timeout: must be a whole number from 1 to 900, not 1000.\n"
            '.chalice/config.json:1: $.tags.a: must be a string, not the number 1. '
            'Write "1", in double quotes.\n'
        ),
    ),
    Mistake(
        "function-memory",
        {
            "app.py": (
                HEAD
                + 'app.function("x", memory=512)\n'
                "\n"
                "\n"
                '@app.sns_topic_subscriber("a b")\n'
                "def tend(event, context): ...\n"
            ),
        },
        (
            "Error: 2 problems\n"
            "app.py:6: app.function has no argument memory\n"
            "    Did you mean memory_size? Its arguments are name, memory_size, timeout, starts.\n"
            "app.py:9: 'a b' is not a valid SNS topic name\n"
            "    Use letters, digits, - and _ only.\n"
        ),
    ),
    Mistake(
        "stale-local-env-logs",
        {},
        (
            "Error: AWS_ENDPOINT_URL names an emulator that is not running: http://127.0.0.1:9.\n"
            "Start it with `domovoi-tf local up`, then run eval \"$(domovoi-tf local env)\" in this shell. "
            "To use AWS instead, open a new shell.\n"
        ),
        ("logs",),
        (("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), *KEYS),
    ),
    Mistake(
        "stale-local-env-invoke",
        {},
        (
            "Error: AWS_ENDPOINT_URL names an emulator that is not running: http://127.0.0.1:9.\n"
            "Start it with `domovoi-tf local up`, then run eval \"$(domovoi-tf local env)\" in this shell. "
            "To use AWS instead, open a new shell.\n"
        ),
        ("invoke", "tend"),
        (("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), *KEYS),
    ),
    Mistake(
        "region",
        {
            ".chalice/config.json": '{"app_name": "bar", "terraform": {"provider": {"region": "eu-wst-1"}}}',
        },
        (
            "Warning: .chalice/config.json: terraform.provider.region is eu-wst-1, which botocore does not "
            "know. Did you mean eu-west-1?\n"
        ),
    ),
    Mistake(
        "inside-the-project",
        {
            "terraform/x.tf": "",
        },
        (
            "Error: {project}/terraform contains no .chalice/config.json.\n"
            "It is in the project {project}: change to that folder, or pass it with -C.\n"
        ),
        ("show", "-C", "terraform"),
    ),
    Mistake(
        "schedule-crontab",
        {
            "app.py": (
                HEAD
                + '@app.scheduled_function("*/5 * * * *")\n'
                "def tick(event, context): ...\n"
            ),
        },
        (
            "Error: app.py:6: the schedule '*/5 * * * *' is not valid: it is not rate(...), "
            "cron(...) or at(...)\n"
            "    Write cron(*/5 * * * ? *), which is AWS's form of it.\n"
        ),
    ),
    Mistake(
        "names-urls",
        {
            "app.py": (
                HEAD
                + '@app.sqs_queue_subscriber("https://sqs.eu-west-1.amazonaws.com/123456789012/jobs")\n'
                "def work(event, context): ...\n"
                "\n"
                "\n"
                '@app.s3_event_handler("s3://photos/raw", ["ObjectCreated"])\n'
                "def develop(event, context): ...\n"
            ),
        },
        (
            "Error: 3 problems\n"
            "app.py:6: 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs' is a URL, but a "
            "name is expected\n"
            "    Write 'jobs'.\n"
            "app.py:10: 's3://photos/raw' is a URL, but a name is expected\n"
            "    Write 'photos'.\n"
            "app.py:10: S3 has no event 'ObjectCreated'\n"
            "    Did you mean 's3:ObjectCreated:*'?\n"
        ),
    ),
    Mistake(
        "execution-at-import",
        {
            "app.py": HEAD + "app.state_machine.start_execution(malt=5)\n",
        },
        (
            "Error: app.py:6: The app has no state machine 'default'.\n"
            "Declare one: app.register_state_machine(...).\n"
        ),
    ),
    Mistake(
        "stage-unknown",
        {
            CONFIG: '{"app_name": "bar", "stages": {"dev": {}}}',
        },
        (
            "Error: .chalice/config.json:1: $.stages: there is no stage 'prod'; the stages are: dev. "
            'Choose one with --stage, or add "prod": {} there.\n'
        ),
        ("render", "--stage", "prod"),
    ),
    Mistake(
        "stage-as-folder",
        {
            CONFIG: '{"app_name": "bar", "stages": {"dev": {}, "prod": {}}}',
        },
        (
            "Error: The folder prod does not exist.\n"
            "For the stage prod, write --stage prod.\n"
        ),
        ("render", "prod"),
    ),
    Mistake(
        "command-without-group",
        {},
        (
            "Usage: domovoi-tf [OPTIONS] COMMAND [ARGS]...\n"
            "Try 'domovoi-tf --help' for help.\n"
            "\n"
            "Error: No such command 'send'. Did you mean 'local send'?\n"
        ),
        ("send", "tend"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=[each.name for each in MISTAKES])
def test_mistake_is_explained(
    mistake: Mistake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for path, content in {CONFIG: '{\n  "app_name": "bar"\n}\n', "app.py": GOOD, **mistake.files}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content.encode() if isinstance(content, str) else content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOMOVOI_TF_DEBUG", "")  # --debug sets it in this process
    for name, value in mistake.environment:
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", [exit.PROGRAM, *mistake.command])
    code = exit.run()
    printed = capfd.readouterr()
    told = printed.err if code == 0 else printed.out + printed.err
    told = told.replace(sys.executable, "{python}").replace(str(tmp_path), "{project}")
    assert told == mistake.output
    assert (code == 0) is (not told or "Warning: " in told)
