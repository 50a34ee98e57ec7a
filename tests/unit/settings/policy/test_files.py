"""Policy files: which file applies, its text unchanged, and errors with line and column."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.errors import SettingsError
from domovoi_tf.settings import Settings, load
from domovoi_tf.settings.policy.json_documents import format_position

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bar/*"}
NOT_NFC = (
    "which is not in Unicode's NFC form: Terraform would change it. Use composed characters: "
    "unicodedata.normalize('NFC', text)."
)
#: As `domovoi new-project` writes it.
DOMOVOI = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Action": ["events:*", "iam:ListAttachedRolePolicies", "iam:PassRole"],
      "Resource": "*",
      "Effect": "Allow"
    },
    {"Action": ["sns:CreateTopic", "sns:Publish"], "Resource": "arn:aws:sns:*:*:*", "Effect": "Allow"},
    {"Action": ["logs:CreateLogGroup"], "Resource": ["arn:aws:logs:*:*:*"], "Effect": "Allow"}
  ]
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".chalice").mkdir()
    return tmp_path


def policy(project: Path, text: str | bytes, name: str = "policy-dev.json", **config: Any) -> Path:
    data = text if isinstance(text, bytes) else text.encode()
    (project / ".chalice" / name).write_bytes(data)
    (project / ".chalice" / "config.json").write_text(json.dumps({"app_name": "bar", **config}))
    return project


def read(project: Path, statement: object, **document: object) -> Settings:
    text = json.dumps({"Version": "2012-10-17", **document, "Statement": statement})
    return load(policy(project, text), "dev")


def said(project: Path) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load(project, "dev")
    return str(raised.value).splitlines()


def test_policy_is_taken_verbatim(project: Path) -> None:
    statement = '{"Resource": "*", "Sid": "", "Effect": "Deny", "Action": "*"}'
    text = f'{{"Version": "2012-10-17",\r\n\t"Statement": {statement}}}\r\n'
    assert load(policy(project, text), "dev").policy == text
    assert load(project, "prod").policy is None


def test_policy_without_statements_is_ignored(project: Path) -> None:
    assert load(policy(project, '{"Version": "2012-10-17", "Statement": []}'), "dev").policy is None


def test_policy_of_domovoi_is_accepted(project: Path) -> None:
    settings = load(policy(project, DOMOVOI), "dev")
    assert (settings.policy, settings.notices) == (DOMOVOI, ())


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"Sid": "Read1"},
        {"Action": ["s3:Get*", "dynamodb:?etItem", "EC2:describeInstances"]},
        {
            "Resource": [
                "*",
                "arn:${aws:Partition}:s3:::${aws:username}/*",
                "arn:aws-cn:iam::1:user/*",
            ]
        },
        {
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ["1", "2"]},
                "Bool": {"aws:SecureTransport": True},
            }
        },
        {"Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": "*"}, "Null": {"kms:Via": "true"}}},
        {"Condition": {"NumericLessThan": {"s3:max-keys": 10}, "ArnLike": {"AWS:SourceArn": "arn:aws:*"}}},
        {"Condition": {"StringEquals": {"aws:RequestTag/cost-center": "1"}}},
    ],
)
def test_statements_that_iam_accepts_are_accepted(project: Path, statement: dict[str, Any]) -> None:
    settings = read(project, [{**ALLOW, **statement}], Id="x")
    assert settings.policy
    assert settings.notices == ()


@pytest.mark.parametrize("kind", ["Action", "Resource"])
def test_not_elements_are_accepted(project: Path, kind: str) -> None:
    statement = {f"Not{name}" if name == kind else name: value for name, value in ALLOW.items()}
    assert read(project, statement).policy


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("[]", ["1:1: a policy must be an object with Version and Statement."]),
        ('"Statement"', ["1:1: a policy must be an object with Version and Statement."]),
        ("{}", ["1:1: a policy must have a Statement. Add it; use [] for no statements."]),
        (
            '{\n  "Version": "2012-10-18",\n  "statement": []\n}',
            [
                "3:3: 'statement' is not an element of a policy. Did you mean Statement?",
                "2:14: Version must be '2012-10-17' or '2008-10-17'.",
                "1:1: a policy must have a Statement. Add it; use [] for no statements.",
            ],
        ),
        (
            '{"Statement": [],\n "Statement": {}}',
            [
                "2:2: $.Statement: this key is also in line 1. "
                "Only the last one would count: remove one of them."
            ],
        ),
        ('{"Statement": [\n 7]}', ["2:2: a statement must be an object with Effect, Action and Resource."]),
        (
            '{"Statement": [\n\t{}]}',
            [
                "2:2: a statement must have an Effect: Allow or Deny.",
                "2:2: a statement must have Action or NotAction.",
                "2:2: a statement must have Resource or NotResource.",
            ],
        ),
    ],
)
def test_document_that_is_not_a_policy_is_an_error(project: Path, text: str, problems: list[str]) -> None:
    found = said(policy(project, text))
    if problems[0].startswith("2:2: $.Statement"):
        found = found[:1]
    assert found == [f".chalice/policy-dev.json:{problem}" for problem in problems]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('"Sid": "a-b"', "8: a Sid can contain only letters and digits."),
        ('"Effect": "allow"', "11: Effect must be 'Allow' or 'Deny'."),
        ('"effect": "Allow"', "1: 'effect' is not an element of a statement. Did you mean Effect?"),
        (
            '"Zebra": 1',
            "1: 'Zebra' is not an element of a statement. Use "
            "Sid, Effect, Action, NotAction, Resource, NotResource, Condition.",
        ),
        (
            '"Principal": "*"',
            "1: the policy of a role cannot have a Principal: the role is the principal. Remove it.",
        ),
        ('"NotAction": "s3:*"', "14: a statement cannot have both Action and NotAction. Remove one of them."),
        (
            '"NotResource": []',
            "16: a statement cannot have both Resource and NotResource. Remove one of them.",
        ),
        (
            '"Action": ["s3:Get", "GetObject"]',
            "22: 'GetObject' is not an action. Write service:Action, such as s3:GetObject.",
        ),
        (
            '"Action": "s*:Get"',
            "11: 's*:Get' is not an action. Write service:Action, such as s3:GetObject.",
        ),
        ('"Action": []', "11: Action is empty. Name at least one."),
        ('"Action": {"a": 1}', "11: Action must be a string or an array of strings."),
        ('"Action": [true]', "12: Action must be a string or an array of strings."),
        (
            '"Resource": "bucket"',
            "13: 'bucket' is neither '*' nor an ARN. An ARN has six parts: "
            "arn:partition:service:region:account:resource.",
        ),
        (
            '"Resource": "arn:aws:s3:bucket"',
            "13: 'arn:aws:s3:bucket' is neither '*' nor an ARN. An ARN has six parts: "
            "arn:partition:service:region:account:resource.",
        ),
        ('"Condition": []', "14: Condition must be an object with condition operators as keys."),
        (
            '"Condition": {"StringEqual": {}}',
            "15: 'StringEqual' is not a condition operator. Did you mean StringEquals?",
        ),
        ('"Condition": {"Bool": "x"}', "23: Bool must have an object with condition keys."),
        (
            '"Condition": {"Bool": {"Secure": "x"}}',
            "24: 'Secure' is not a condition key. Write service:key, such as aws:SourceArn.",
        ),
        (
            '"Condition": {"Bool": {"aws:x": [null]}}',
            "33: aws:x must have a string, a number, a boolean, or an array of these.",
        ),
    ],
)
def test_problem_of_a_statement_names_line_and_column(project: Path, line: str, problem: str) -> None:
    key = json.loads(f"{{{line}}}").popitem()[0]
    rest = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in ALLOW.items() if name != key]
    text = '{"Version": "2012-10-17", "Statement": [{\n' + ",\n".join([line, *rest]) + "}]}"
    found = said(policy(project, text))
    assert found[0] == f".chalice/policy-dev.json:2:{problem}"


def test_duplicate_sid_is_an_error(project: Path) -> None:
    statement = {"Sid": "Read", **ALLOW}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement, statement]}, indent=1)
    assert said(policy(project, text)) == [
        ".chalice/policy-dev.json:11:11: the Sid 'Read' is taken by another statement. Use a different one."
    ]


def test_full_access_is_a_warning(project: Path) -> None:
    assert read(project, {"Effect": "Allow", "Action": ["s3:*", "*"], "Resource": ["*"]}).notices == (
        ".chalice/policy-dev.json:1:40: this statement allows every action on every resource. "
        "Name only those that the function needs.",
    )
    assert read(project, {"Effect": "Deny", "Action": "*", "Resource": "*"}).notices == ()
    assert read(project, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}).notices == ()


def test_missing_version_is_a_warning(project: Path) -> None:
    assert load(policy(project, json.dumps({"Statement": [ALLOW]})), "dev").notices == (
        ".chalice/policy-dev.json:1:1: the policy has no Version, so IAM uses 2008-10-17, "
        'which has no policy variables. Add "Version": "2012-10-17".',
    )


def test_invalid_policy_names_line_and_column(project: Path) -> None:
    assert said(policy(project, '{\n "Statement": [}')) == [
        ".chalice/policy-dev.json:2:16: this is not valid JSON: a [ is closed with }.",
        "Write ] in its place.",
    ]


def test_byte_order_mark_is_not_part_of_the_policy(project: Path) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]})
    assert load(policy(project, f"\ufeff{text}"), "dev").policy == text


def test_deeply_nested_json_is_an_error(project: Path) -> None:
    deep = '{"Statement": ' + "[" * 5000 + "]" * 5000 + "}"
    assert said(policy(project, deep)) == [
        ".chalice/policy-dev.json:1:78: a value is nested more than 64 levels deep.",
        "Flatten it.",
    ]


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        (
            "cafe\u0301",
            "4:22",
            f"the string has 'e\\u0301' at character 24, {NOT_NFC}",
        ),
        (
            r"caf\u0065\u0301",
            "4:22",
            f"the string has 'e\\u0301' at character 24, {NOT_NFC}",
        ),
        (
            "\U00010041\u0301",
            "4:22",
            "the string has '\\U00010041\\u0301' at character 21, which would become '\\xc1' in Terraform. "
            "Remove the combining character.",
        ),
        (
            r"a\ud800",
            "4:44",
            r"the string contains one half of a surrogate pair (\ud800), which is not a character. "
            "Write the whole character.",
        ),
        (r"\u0000", "4:43", "the string contains a NUL character, which AWS rejects. Remove it."),
    ],
)
def test_text_that_would_not_arrive_names_line_and_column(
    project: Path, text: str, where: str, problem: str
) -> None:
    """The AWS provider removes escapes from a policy, so they would not arrive either."""
    policy(
        project,
        '{"Version": "2012-10-17",\n "Statement": [{\n  "Effect": "Allow", "Action": "s3:GetObject",\n'
        f'         "Resource": "arn:aws:s3:::bucket/{text}"\n}}]}}',
    )
    assert said(project) == [f".chalice/policy-dev.json:{where}: {problem}"]


def test_keys_of_a_policy_are_judged_as_texts(project: Path) -> None:
    condition = '{"StringEquals": {"aws:PrincipalTag/\u212b": "x"}}'
    statement = f'{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {condition}}}'
    policy(project, f'{{"Version": "2012-10-17", "Statement": {statement}}}')
    assert said(project) == [
        f".chalice/policy-dev.json:1:134: the string has '\\u212b' at character 18, {NOT_NFC}"
    ]


def test_text_outside_of_ascii_is_taken_verbatim(project: Path) -> None:
    text = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", '
        r'"Resource": "arn:aws:s3:::bucket/café/\u00e9/\ud83c\udf7a/🍺"}}'
    )
    assert load(policy(project, text), "dev").policy == text


def test_policy_files_may_have_other_names_and_belong_to_functions(project: Path) -> None:
    reports = {"lambda_functions": {"reports": {"iam_policy_file": "reports.json"}}}
    policy(project, json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]}), "reports.json")
    policy(project, DOMOVOI, "beta.json", iam_policy_file="beta.json", **reports)
    settings = load(project, "dev")
    assert settings.policy == DOMOVOI
    assert settings.policy_file == ".chalice/beta.json"
    assert json.loads(settings.functions["reports"].policy or "")["Statement"] == [ALLOW]
    assert settings.functions["reports"].policy_file == ".chalice/reports.json"


def test_named_policy_file_must_exist(project: Path) -> None:
    policy(project, DOMOVOI, stages={"dev": {"iam_policy_file": "beta.json"}})
    assert said(project) == [
        ".chalice/config.json:1: $.stages.dev.iam_policy_file: .chalice/beta.json does not exist. "
        "Create it, or correct its name."
    ]


def test_keys_that_occur_twice_are_errors_at_every_level(project: Path) -> None:
    """IAM would reject the statement, but not before the deployment."""
    condition = '{"StringEquals": {"a:b": "1",\n "a:b": "2"},\n "StringEquals": {}}'
    statement = (
        f'{{"Effect": "Allow", "Action": "*",\n "Action": "s3:*", "Resource": "*", "Condition": {condition}}}'
    )
    found = said(policy(project, f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'))
    keep = "Only the last one would count: remove one of them."
    path, operator = "$.Statement[0]", "$.Statement[0].Condition.StringEquals"
    assert found == [
        f".chalice/policy-dev.json:2:2: {path}.Action: this key is also in line 1. {keep}",
        f".chalice/policy-dev.json:3:2: {operator}['a:b']: this key is also in line 2. {keep}",
        f".chalice/policy-dev.json:4:2: {operator}: this key is also in line 2. {keep}",
    ]


def test_lines_and_columns_are_those_of_an_editor() -> None:
    assert [format_position("ab\nc\n", at) for at in (0, 2, 3, 4)] == ["1:1", "1:3", "2:1", "2:2"]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("pipe", "it is not a regular file"),
        ("folder", "Is a directory"),
        ("dangling link", "No such file or directory"),
        ("device", "it is not a regular file"),
        ("large", "it has more than 1,048,576 bytes"),
    ],
)
@pytest.mark.parametrize("name", ["policy-dev.json", "config.json"])
def test_what_is_not_a_file_of_a_usual_size_is_not_read(
    project: Path, name: str, kind: str, reason: str
) -> None:
    policy(project, "{}", "other.json")
    path = project / ".chalice" / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        path.touch()
        os.truncate(path, 2**40)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "nowhere")
    assert said(project) == [
        f".chalice/{name}: cannot be read: {reason}.",
        "Write it as a regular UTF-8 JSON file.",
    ]
