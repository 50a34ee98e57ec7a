"""The formats of strings in ``.chalice/config.json``, as AWS documents them.

Each is a type with a `Meta`, whose ``title`` describes the expected value. The patterns use the syntax that
ECMAScript and Python share, for they are part of the JSON Schema too.

The types are those of msgspec, which has a class of the same name. It compiles all patterns at once, and few
configurations have values for many of them: `convert_type` converts a type when it is needed.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

_PARTITION = "arn:aws[a-z-]*"
_PLACE = "[a-z0-9-]+:[0-9]{12}"
_QUEUE_OR_TOPIC = f"(sqs:{_PLACE}:[A-Za-z0-9_-]{{1,80}}|sns:{_PLACE}:[A-Za-z0-9_-]{{1,256}})"
_FUNCTION_OR_BUS = (
    f"(lambda:{_PLACE}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9$_-]+)?|events:{_PLACE}:event-bus/[A-Za-z0-9/._-]+)"
)
_BUCKET = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_CONSTRAINT = r"((=|!=|>|>=|<|<=|~>) *)?[0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z.]+)?"


class Meta(NamedTuple):
    """The constraints of a type.

    https://jcristharif.com/msgspec/constraints.html
    """

    title: str | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    ge: int | None = None
    le: int | None = None


def convert_type(of: Any) -> Any:
    """Returns a type for msgspec.

    Args:
        of: a type with constraints, or a plain type.
    """
    import msgspec

    if hasattr(of, "__metadata__"):
        return Annotated[convert_type(get_args(of)[0]), msgspec.Meta(**of.__metadata__[0]._asdict())]
    if get_origin(of) in (list, dict):
        return get_origin(of)[tuple(convert_type(each) for each in get_args(of))]
    return of


def string_of(title: str, pattern: str, least: int | None = None, most: int | None = None) -> Any:
    """Returns the type of strings in a format.

    Args:
        title: the expected value, in words that can follow "is not".
        pattern: the regular expression for the whole string.
        least: the minimum number of characters.
        most: the maximum number of characters.
    """
    # In Python $ also matches before a final newline, and ECMAScript has no \Z.
    whole = f"^({pattern})$(?!\\n)"
    return Annotated[str, Meta(title=title, pattern=whole, min_length=least, max_length=most)]


def optional_string_of(title: str, pattern: str) -> Any:
    """Returns the type of strings in a format, or empty ones, which have the meaning of no value."""
    return string_of(title, f"({pattern})?")


def array_of(of: Any, most: int) -> Any:
    """Returns the type of arrays with a maximum number of items."""
    return Annotated[list[of], Meta(max_length=most)]


def some_of(of: Any) -> Any:
    """Returns the type of arrays with one or more items."""
    return Annotated[list[of], Meta(min_length=1)]


def object_of(name: Any, value: Any, most: int | None = None, title: str | None = None) -> Any:
    """Returns the type of objects with names and values of these types. With a title they are not empty."""
    return Annotated[dict[name, value], Meta(max_length=most, min_length=1 if title else None, title=title)]


ROLE = string_of(
    "the ARN of an IAM role: arn:aws:iam::ACCOUNT:role/NAME", f"{_PARTITION}:iam::[0-9]{{12}}:role/[^\\s]+"
)
POLICY = string_of(
    "the ARN of an IAM policy: arn:aws:iam::ACCOUNT:policy/NAME",
    f"{_PARTITION}:iam::([0-9]{{12}}|aws):policy/[^\\s]+",
)
#: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
ROLE_PATH = string_of(
    "the path of an IAM role, which begins and ends with a slash, such as /apps/", "/([!-~]{1,510}/)?"
)
ROLE_PREFIX = string_of(
    "the prefix of an IAM role's name, which has at most 48 letters, digits and _ + = , . @ -",
    "[A-Za-z0-9_+=,.@-]{0,48}",
)
#: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
_POLICY_NAME = string_of(
    "the name of an inline policy, which has 1 to 128 letters, digits and _ + = , . @ -",
    "[A-Za-z0-9_+=,.@-]+",
    1,
    128,
)
POLICY_NAMES = object_of(_POLICY_NAME, _POLICY_NAME)
LAYER = string_of(
    "the ARN of a layer's version: arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION",
    f"{_PARTITION}:lambda:{_PLACE}:layer:[A-Za-z0-9_-]+:[0-9]+",
)
SUBNET = string_of("the id of a subnet, such as subnet-0123456789abcdef0", "subnet-[0-9a-f]+")
SECURITY_GROUP = string_of("the id of a security group, such as sg-0123456789abcdef0", "sg-[0-9a-f]+")
_KMS_KEY = (
    "the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID",
    f"{_PARTITION}:kms:{_PLACE}:key/[A-Za-z0-9-]+",
)
KMS_KEY = optional_string_of(*_KMS_KEY)
ONE_KMS_KEY = string_of(*_KMS_KEY)
CODE_SIGNING = optional_string_of(
    "the ARN of a code signing configuration: arn:aws:lambda:REGION:ACCOUNT:code-signing-config:ID",
    f"{_PARTITION}:lambda:{_PLACE}:code-signing-config:csc-[a-z0-9]{{17}}",
)
DEAD_LETTERS = optional_string_of(
    "the ARN of a standard SQS queue or SNS topic: arn:aws:sqs:REGION:ACCOUNT:NAME",
    f"{_PARTITION}:{_QUEUE_OR_TOPIC}",
)
ON_SUCCESS = optional_string_of(
    "the ARN of a standard SQS queue or SNS topic, a Lambda function or an event bus",
    f"{_PARTITION}:({_QUEUE_OR_TOPIC}|{_FUNCTION_OR_BUS})",
)
ON_FAILURE = optional_string_of(
    "the ARN of a standard SQS queue or SNS topic, a Lambda function, an event bus or an S3 bucket",
    f"{_PARTITION}:({_QUEUE_OR_TOPIC}|{_FUNCTION_OR_BUS}|s3:::{_BUCKET})",
)
LISTENER = string_of(
    "the ARN of a listener of an Application Load Balancer: "
    "arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener/app/NAME/ID/ID",
    f"{_PARTITION}:elasticloadbalancing:{_PLACE}:listener/app/[^/\\s]+/[^/\\s]+/[^/\\s]+",
)
WEB_ACL = string_of(
    "the ARN of a regional web ACL: arn:aws:wafv2:REGION:ACCOUNT:regional/webacl/NAME/ID",
    f"{_PARTITION}:wafv2:{_PLACE}:regional/webacl/[A-Za-z0-9_-]+/[A-Za-z0-9-]+",
)
DOMAIN = string_of(
    "a domain name in lower case, such as shop.example.com",
    r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]",
    most=253,
)
PYTHON = string_of(
    'a version of Python that Lambda may run, 3.10 or newer, such as "3.13"', "(python)?3\\.[1-9][0-9]"
)
VERSIONS = string_of('a version constraint, such as ">= 1.11, < 2.0"', f"{_CONSTRAINT}( *, *{_CONSTRAINT})*")
REGION = string_of("a region, such as eu-west-1", "[a-z]{2,}(-[a-z]+)+-[0-9]")
#: The account of the local emulator, which AWS gives to nobody.
EMULATED_ACCOUNT = "000000000000"
ACCOUNTS = some_of(string_of("the ID of an AWS account, which has 12 digits", "[0-9]{12}"))
#: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
EXTERNAL_ID = string_of(
    "an external ID of 2 to 1,224 letters, digits and _ + = , . @ : / -", "[A-Za-z0-9_+=,.@:/-]+", 2, 1224
)
SESSION_NAME = string_of("a name of 2 to 64 letters, digits and _ + = , . @ -", "[A-Za-z0-9_+=,.@-]+", 2, 64)
PROFILE = string_of("the name of an AWS profile", r"[^\s\[\]][^\[\]\x00-\x1f\x7f]*")
TOKEN_FILE = string_of("the path of a file", r"[^\x00-\x1f\x7f]+")
DURATION = string_of("a duration, such as 1h or 30m", r"([0-9]+(\.[0-9]+)?(h|m|s))+")
#: Names that Terraform needs not escape in a URL.
#: https://github.com/hashicorp/terraform/blob/main/internal/command/workspace_command.go
WORKSPACE = string_of("the name of a workspace, such as blue", "[A-Za-z0-9_.~$&+=:@-]{1,90}")
BUCKET_NAME = string_of("the name of an S3 bucket", _BUCKET)
PREFIX = string_of("a prefix of keys without a leading slash, such as packages/", "[^/\\s][^\\s]{0,900}|")
CHECK = string_of(
    "the ID of a check of checkov or trivy, such as CKV_AWS_158 or AWS-0017",
    "CKV[0-9]*_[A-Z0-9]+(_[A-Z0-9]+)*|([A-Z]+-)+[0-9]+",
)
REASON = string_of(
    "a reason in one line", r"[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?", most=300
)
#: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
LOG_PREFIX = string_of(
    "a prefix of keys without AWSLogs and without a slash at its begin or end, such as logs/bar",
    r"(?!.*AWSLogs)[^/\s]([^\s]*[^/\s])?",
)
FILE = string_of("the name of a file in .chalice", r"[^/\\\s][^\\]*")
FILES = string_of(
    "a path or shell pattern, without .., of files below the project's folder",
    r"(\./)?(?!\.\.?(/|$))[^/\\](?:(?!/\.\.(/|$))[^\\])*",
)
VARIABLE_NAME = string_of(
    "a name of two or more letters, digits and _ that begins with a letter", "[A-Za-z][A-Za-z0-9_]+"
)
TAG_KEY = (
    "a tag's key, which has 1 to 128 letters, digits, spaces and . : / = + - @ _, "
    "and does not begin with aws:"
)
TAG_VALUE = "a tag's value, which has at most 256 letters, digits, spaces and . : / = + - @ _"
#: Tags may contain letters of any script, for which the patterns of Python and ECMAScript share no class.
_NO_TAG = "[^!\"#$%&'()*,;<>?\\\\^`{|}~\\[\\]]*"
TAGS = object_of(string_of(TAG_KEY, _NO_TAG, 1, 128), string_of(TAG_VALUE, _NO_TAG, most=256), 50)
TAG_KEYS = some_of(string_of(TAG_KEY, _NO_TAG, 1, 128))
RETENTION = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
BACKEND = object_of(
    string_of("a backend type", "[a-z][a-z0-9]*"),
    dict[str, Any],
    most=1,
    title='one backend type and its arguments, such as {"s3": {"bucket": "my-state"}}',
)
