"""A stage's settings, read from ``.chalice/config.json`` as Chalice reads it: the nearest value wins.

https://aws.github.io/chalice/topics/configfile.html
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec

from domovoi_tf.errors import RenderError, SettingsError
from domovoi_tf.hcl import hcl

CONFIG = ".chalice/config.json"
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_ENVIRONMENT_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_TAG = re.compile(r"[\w\s.:/=+\-@]*")
_ENVIRONMENT_BYTES = 4096
_MOST_TAGS = 50
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_RESERVED = frozenset(
    """
    _HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE
    AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID
    AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR
    """.split()  # noqa: SIM905 - a list of names reads better one after another
)


class Values:
    """The keys that may stand at the top level and in a stage, with their types."""

    alb_acm_cert_dns_name: str
    alb_listener_arn: str
    alb_subnet_ids: list[str]
    environment_variables: dict[str, str]
    lambda_memory_size: Annotated[int, msgspec.Meta(ge=128, le=10240)]
    lambda_timeout: Annotated[int, msgspec.Meta(ge=1, le=900)]
    tags: dict[str, str]
    terraform: dict[str, Any]


class TopLevel(Values):
    """The keys that stand at the top level only."""

    app_name: str
    stages: dict[str, dict[str, Any]]
    version: str


_VALUES = get_type_hints(Values, include_extras=True)
_TOP_LEVEL = get_type_hints(TopLevel, include_extras=True)
_MERGED = ("environment_variables", "tags")
#: Keys of which one makes the other mean nothing: the nearest level decides which.
_LISTENERS = frozenset({"alb_acm_cert_dns_name", "alb_listener_arn"})
_LISTENER = re.compile("arn:[^:]+:elasticloadbalancing:[^:]+:[0-9]+:listener/app/[^/]+/[^/]+/[^/]+")
_DOMAIN = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


@dataclass(frozen=True, kw_only=True)
class FunctionSettings:
    """What the configuration says of functions: of all of a stage's, or of one by its name.

    None is "says nothing": then the stage's value holds for a function, and Lambda's own default for a stage.
    Memory and storage are in MB, timeout and age in seconds. ``environment_variables`` and ``tags`` of a
    function are added to the stage's. ``policy`` is the text of a policy file.
    """

    description: str | None = None
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    timeout: int | None = None
    memory_size: int | None = None
    ephemeral_storage_size: int | None = None
    layers: tuple[str, ...] | None = None
    subnet_ids: tuple[str, ...] | None = None
    security_group_ids: tuple[str, ...] | None = None
    reserved_concurrency: int | None = None
    xray: bool | None = None
    log_retention_in_days: int | None = None
    log_format: str | None = None
    kms_key_arn: str | None = None
    dead_letter_queue_target_arn: str | None = None
    maximum_retry_attempts: int | None = None
    maximum_event_age: int | None = None
    on_failure: str | None = None
    on_success: str | None = None
    publish: bool | None = None
    iam_role_arn: str | None = None
    permissions_boundary: str | None = None
    policy: str | None = None
    autogen_policy: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Settings(FunctionSettings):
    """A stage's effective settings.

    ``functions`` are those of single functions, by the name that the app gives them; the default one is
    ``default``. ``backend`` is a backend type and its arguments, or None for local state. ``stages`` are all
    that the configuration has. Requests come by an existing listener, or by a load balancer of the stage's
    own with a certificate for a domain name; its subnets are those of the default VPC if empty.
    One package serves all functions, so its Python and architecture are the stage's.
    """

    app_name: str
    stage: str
    memory_size: int = 128
    timeout: int = 60
    functions: Mapping[str, FunctionSettings] = field(default_factory=dict)
    python_version: str = "3.13"
    architecture: str = "x86_64"
    package_s3: Mapping[str, str] | None = None
    required_version: str | None = None
    provider: Mapping[str, Any] = field(default_factory=dict)
    backend: tuple[str, Mapping[str, Any]] | None = None
    stages: tuple[str, ...] = ()
    alb_listener_arn: str | None = None
    alb_acm_cert_dns_name: str | None = None
    alb_subnet_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name that begins every name on AWS."""
        return f"{self.app_name}-{self.stage}"

    @property
    def has_state_bucket(self) -> bool:
        """Whether the state is kept in a bucket, which `backend create` makes."""
        return self.backend is not None and self.backend[0] == "s3"

    @property
    def referred(self) -> dict[str, str]:
        """What the stage needs of others' in the account, by its key in the configuration."""
        name = self.alb_acm_cert_dns_name
        return {} if name is None else {"alb_acm_cert_dns_name": name}


def load(project: Path, stage: str) -> Settings:
    """Reads the settings of a stage.

    Args:
        project: the project's folder.
        stage: the stage's name.

    Raises:
        SettingsError: all that is wrong, each with its JSON path.
    """
    config = _document(project)
    problems = list(_problems(config, stage))
    if problems:
        raise SettingsError("\n".join(problems))
    levels = [config, config.get("stages", {}).get(stage, {})]
    effective: dict[str, Any] = {}
    for level in levels:
        if level.keys() & _LISTENERS:
            effective = {key: value for key, value in effective.items() if key not in _LISTENERS}
        for key, value in level.items():
            effective[key] = {**effective.get(key, {}), **value} if key in _MERGED else value
    return Settings(
        app_name=config["app_name"],
        stage=stage,
        memory_size=effective.get("lambda_memory_size", 128),
        timeout=effective.get("lambda_timeout", 60),
        environment_variables=dict(sorted(effective.get("environment_variables", {}).items())),
        tags=dict(sorted(effective.get("tags", {}).items())),
        backend=_backend(effective.get("terraform", {}).get("backend"), config["app_name"], stage),
        policy=_policy(project, stage),
        stages=tuple(config.get("stages", {})),
        alb_listener_arn=effective.get("alb_listener_arn"),
        alb_acm_cert_dns_name=effective.get("alb_acm_cert_dns_name"),
        alb_subnet_ids=tuple(effective.get("alb_subnet_ids", ())),
    )


def _document(project: Path) -> dict[str, Any]:
    if not project.is_dir():
        raise SettingsError(f"The folder {project} does not exist.", "Name the project's folder.")
    path = project / CONFIG
    if not path.is_file():
        raise SettingsError(
            f"{CONFIG} does not exist in {project.resolve()}.",
            'Create it with at least {"app_name": "my-app"}, or name the project\'s folder.',
        )
    config = _json(path, CONFIG)
    if not isinstance(config, dict):
        raise SettingsError(
            f"{CONFIG}: $: expected an object, got {type(config).__name__}.",
            'Write at least {"app_name": "my-app"}.',
        )
    return config


def _json(path: Path, name: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        raise SettingsError(f"{where}: this is not JSON: {error.msg}.", "Correct it there.") from None
    except (ValueError, OSError, RecursionError) as error:
        raise SettingsError(f"{name}: cannot be read: {error}.", "Write it as UTF-8 JSON.") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _problems(config: dict[str, Any], stage: str) -> Iterator[str]:
    yield from _of_level("$", config, _TOP_LEVEL)
    stages = config.get("stages", {})
    if isinstance(stages, dict):
        for name, level in stages.items():
            if isinstance(level, dict):
                yield from _of_level(f"$.stages.{name}", level, _VALUES)
        if "stages" in config and stage not in stages:
            known = ", ".join(stages) or "none"
            yield f"{CONFIG}: $.stages: there is no stage {stage!r}; it has: {known}."
    yield from _of_names(config, stage)


def _of_names(config: dict[str, Any], stage: str) -> Iterator[str]:
    app_name = config.get("app_name")
    if app_name is None:
        yield f'{CONFIG}: $.app_name: is missing. Add "app_name": "my-app".'
    for where, name in (("$.app_name", app_name), ("stage", stage)):
        if isinstance(name, str) and not _NAME.fullmatch(name):
            yield f"{CONFIG}: {where}: {name!r} may have letters, digits, - and _ only."
    if isinstance(app_name, str) and len(f"{app_name}-{stage}") > 64:
        yield (
            f"{CONFIG}: $.app_name: the function's name '{app_name}-{stage}' has "
            f"{len(app_name) + len(stage) + 1} characters; Lambda takes at most 64."
        )


def _of_level(path: str, level: dict[str, Any], types: Mapping[str, Any]) -> Iterator[str]:
    if level.keys() >= _LISTENERS:
        yield (
            f"{CONFIG}: {path}: has both {' and '.join(sorted(_LISTENERS))}: "
            "leave out the first to use a listener that exists, the second to make a load balancer."
        )
    for key, value in level.items():
        if key not in types:
            yield f"{CONFIG}: {path}.{key}: unknown key{_nearest(key, types)}"
            continue
        try:
            msgspec.convert(value, types[key])
        except msgspec.ValidationError as error:
            yield f"{CONFIG}: {path}.{key}: {_words(str(error))}"
        else:
            printed = value if key in _VALUES else None
            found = [*_CHECKS.get(key, _nothing)(value), *_unprintable(printed)]
            yield from (f"{CONFIG}: {path}.{key}{problem}" for problem in found)


def _words(error: str) -> str:
    message, _, path = error.partition(" - at ")
    inner = path.strip("`").removeprefix("$")
    return f"{message}{f' (at {inner})' if inner else ''}."


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, known, 1)
    return f"; did you mean {near[0]}?" if near else f". Known: {', '.join(sorted(known))}."


def _nothing(_: Any) -> Iterator[str]:
    yield from ()


def _environment(values: dict[str, str]) -> Iterator[str]:
    for key, value in values.items():
        if not _ENVIRONMENT_KEY.fullmatch(key):
            yield f"[{key!r}]: a name has two or more letters, digits and _, and begins with a letter."
        elif key in _RESERVED or key.startswith("DOMOVOI_TF_"):
            yield f"[{key!r}]: the name is reserved."
        if "\0" in value:
            yield f"[{key!r}]: the value has a NUL character, which no environment variable can hold."
    size = len(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    if size > _ENVIRONMENT_BYTES:
        yield f": the variables take {size} bytes; Lambda takes at most {_ENVIRONMENT_BYTES}."


def _tags(values: dict[str, str]) -> Iterator[str]:
    for key, value in values.items():
        if not 1 <= len(key) <= 128 or not _TAG.fullmatch(key) or key.lower().startswith("aws:"):
            yield (
                f"[{key!r}]: a tag's key has 1 to 128 letters, digits, spaces and . : / = + - @ _, "
                "and does not begin with aws:."
            )
        if len(value) > 256 or not _TAG.fullmatch(value):
            yield f"[{key!r}]: a tag's value has at most 256 letters, digits, spaces and . : / = + - @ _."
    if len(values) > _MOST_TAGS:
        yield f": {len(values)} tags; AWS takes at most {_MOST_TAGS}."


def _certificate(name: str) -> Iterator[str]:
    if len(name) > 253 or not _DOMAIN.fullmatch(name):
        yield f": {name!r} is not a domain name in lower case, such as shop.example.com."


def _listener(arn: str) -> Iterator[str]:
    if not _LISTENER.fullmatch(arn):
        yield (
            f": {arn!r} is not the ARN of a listener of an Application Load Balancer: "
            "arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener/app/NAME/ID/ID."
        )


def _subnets(ids: list[str]) -> Iterator[str]:
    for id in ids:
        if not re.fullmatch("subnet-[0-9a-f]+", id):
            yield f": {id!r} is not the id of a subnet, such as subnet-0123456789abcdef0."
    if len(set(ids)) < max(len(ids), 2):
        yield ": a load balancer takes subnets in two Availability Zones or more, each once."


def _terraform(values: dict[str, Any]) -> Iterator[str]:
    for key in values:
        if key != "backend":
            yield f".{key}: unknown key{_nearest(key, {'backend': None})}"
    backend = values.get("backend", {"local": {}})
    if not (isinstance(backend, dict) and len(backend) == 1):
        yield '.backend: expected one backend type and its arguments, such as {"s3": {"bucket": "my-state"}}.'
        return
    ((name, arguments),) = backend.items()
    if not re.fullmatch("[a-z][a-z0-9]*", name):
        yield f".backend: {name!r} is not a backend type."
    if not isinstance(arguments, dict):
        yield f".backend.{name}: expected an object, got {type(arguments).__name__}."
    elif name == "s3" and not isinstance(arguments.get("bucket"), str):
        yield ".backend.s3.bucket: expected the name of the bucket."


def _unprintable(value: Any, where: str = "") -> Iterator[str]:
    """Yields what Terraform could not keep, such as half a surrogate pair."""
    inner = value if isinstance(value, dict) else {}
    for key, item in inner.items():
        yield from _unprintable(item, f"{where}[{key!a}]")
    try:
        hcl(dict.fromkeys(inner) if inner else value)
    except RenderError as error:
        yield f"{where}: {error.message} {error.remedy}"


_CHECKS: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "alb_acm_cert_dns_name": _certificate,
    "alb_listener_arn": _listener,
    "alb_subnet_ids": _subnets,
    "environment_variables": _environment,
    "tags": _tags,
    "terraform": _terraform,
}


def _backend(block: Any, app_name: str, stage: str) -> tuple[str, Mapping[str, Any]] | None:
    if block is None:
        return None
    ((name, arguments),) = block.items()
    if name == "s3":
        defaults = {"key": f"{app_name}/{stage}/terraform.tfstate", "encrypt": True, "use_lockfile": True}
        arguments = {**defaults, **arguments}
    return name, dict(sorted(arguments.items()))


def _policy(project: Path, stage: str) -> str | None:
    name = f".chalice/policy-{stage}.json"
    path = project / name
    if not path.is_file():
        return None
    document = _json(path, name)
    if not isinstance(document, dict) or "Statement" not in document:
        raise SettingsError(
            f"{name}: $: expected a policy document with Version and Statement.",
            "Write the statements that the handlers need, or remove the file.",
        )
    return path.read_bytes().decode() if document["Statement"] else None
