"""A stage's settings: the nearest value wins, and whatever is wrong is said at once, with its JSON path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.errors import SettingsError
from domovoi_tf.rendering.stage_consistency import list_configured_stages
from domovoi_tf.settings import Settings, keys, load

KNOWN = ", ".join(sorted(keys.TOP_LEVEL))
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8e"
FORM = (
    "is not the ARN of a listener of an Application Load Balancer: "
    "arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener/app/NAME/ID/ID."
)
DOMAIN = "is not a domain name in lower case, such as shop.example.com."
ZONES = "$.alb_subnet_ids: a load balancer needs different subnets in at least two Availability Zones."
TAG_KEY = (
    "is not a tag's key, which has 1 to 128 letters, digits, spaces and . : / = + - @ _, "
    "and does not begin with aws:."
)
TAG_VALUE = "is not a tag's value, which has at most 256 letters, digits, spaces and . : / = + - @ _."
ENVIRONMENT_NAME = "is not a name of two or more letters, digits and _ that begins with a letter."
ONE_BACKEND = 'must be one backend type and its arguments, such as {"s3": {"bucket": "my-state"}}.'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".chalice").mkdir()
    return tmp_path


def configure(project: Path, config: object) -> Path:
    text = config if isinstance(config, str) else json.dumps(config)
    (project / ".chalice" / "config.json").write_text(text, encoding="utf-8")
    return project


def read(project: Path, stage: str = "dev", **config: Any) -> Settings:
    return load(configure(project, {"app_name": "bar", **config}), stage)


def said(project: Path, stage: str = "dev") -> str:
    with pytest.raises(SettingsError) as raised:
        load(project, stage)
    return str(raised.value)


def problems(project: Path, stage: str = "dev", **config: Any) -> str:
    return said(configure(project, {"app_name": "bar", **config}), stage).replace(
        ".chalice/config.json:1: ", ""
    )


def test_app_name_alone_is_a_configuration(project: Path) -> None:
    assert read(project) == Settings(
        app_name="bar",
        stage="dev",
        memory_size=128,
        timeout=60,
        environment_variables={},
        tags={},
        backend=None,
        policy=None,
    )
    assert read(project, "prod").name == "bar-prod"


def test_every_key_is_read(project: Path) -> None:
    settings = read(
        project,
        version="2.0",
        lambda_memory_size=256,
        lambda_timeout=900,
        environment_variables={"BEER": "ale"},
        tags={"team": "bar"},
        terraform={"backend": {"gcs": {"bucket": "b"}}},
        stages={"dev": {}},
    )
    assert settings == Settings(
        app_name="bar",
        stage="dev",
        memory_size=256,
        timeout=900,
        environment_variables={"BEER": "ale"},
        tags={"team": "bar"},
        backend=("gcs", {"bucket": "b"}),
        stages=("dev",),
    )


def test_nearest_value_wins_and_maps_are_merged(project: Path) -> None:
    config: dict[str, Any] = {
        "lambda_memory_size": 256,
        "lambda_timeout": 10,
        "environment_variables": {"BEER": "ale", "GLASS": "pint"},
        "tags": {"team": "bar", "tier": "2"},
        "terraform": {"backend": {"s3": {"bucket": "shared", "region": "eu-west-1"}}},
        "stages": {
            "dev": {},
            "prod": {
                "lambda_timeout": 20,
                "environment_variables": {"BEER": "stout", "ZEST": "lime"},
                "tags": {"tier": "1"},
                "terraform": {"backend": {"gcs": {"bucket": "prod"}}},
            },
        },
    }
    dev, prod = read(project, "dev", **config), read(project, "prod", **config)
    assert (dev.memory_size, dev.timeout, dev.tags) == (256, 10, {"team": "bar", "tier": "2"})
    assert dev.environment_variables == {"BEER": "ale", "GLASS": "pint"}
    assert (prod.memory_size, prod.timeout, prod.tags) == (256, 20, {"team": "bar", "tier": "1"})
    assert prod.environment_variables == {"BEER": "stout", "GLASS": "pint", "ZEST": "lime"}
    assert prod.backend == ("gcs", {"bucket": "prod"})


def test_nearest_level_chooses_the_load_balancer(project: Path) -> None:
    config: dict[str, Any] = {
        "alb_acm_cert_dns_name": "*.example.com",
        "alb_subnet_ids": ["subnet-1", "subnet-2"],
        "stages": {
            "dev": {},
            "test": {"alb_acm_cert_dns_name": "t.example.com", "alb_subnet_ids": ["subnet-3", "subnet-4"]},
            "prod": {"alb_listener_arn": LISTENER},
        },
    }
    found = [read(project, stage, **config) for stage in ("dev", "test", "prod")]
    assert [(s.alb_acm_cert_dns_name, s.alb_listener_arn) for s in found] == [
        ("*.example.com", None),
        ("t.example.com", None),
        (None, LISTENER),
    ]
    assert [s.alb_subnet_ids for s in found[:2]] == [("subnet-1", "subnet-2"), ("subnet-3", "subnet-4")]
    assert [s.referred for s in found] == [
        {"alb_acm_cert_dns_name": "*.example.com"},
        {"alb_acm_cert_dns_name": "t.example.com"},
        {},
    ]


def test_empty_destination_is_none_and_replaces_that_of_further_levels(project: Path) -> None:
    queue = "arn:aws:sqs:us-east-1:123456789012:spilt"
    keys = (
        *("code_signing_config_arn", "dead_letter_queue_target_arn", "kms_key_arn", "log_group_kms_key_arn"),
        *("on_failure", "on_success"),
    )
    empty = read(project, **dict.fromkeys(keys, ""))
    assert [getattr(empty, key) for key in keys] == [None] * 6
    stages = {"dev": {"dead_letter_queue_target_arn": ""}, "prod": {}}
    functions = {"reports": {"on_failure": ""}}
    config: Any = {"dead_letter_queue_target_arn": queue, "stages": stages, "lambda_functions": functions}
    assert read(project, **config).dead_letter_queue_target_arn is None
    assert read(project, "prod", **config).dead_letter_queue_target_arn == queue
    assert read(project, **config).functions["reports"].on_failure is None


def test_order_of_maps_changes_nothing(project: Path) -> None:
    settings = read(project, environment_variables={"ZZ": "1", "AA": "2"}, tags={"z": "1", "a": "2"})
    assert list(settings.environment_variables) == ["AA", "ZZ"]
    assert list(settings.tags) == ["a", "z"]


def test_s3_backend_is_locked_and_encrypted_and_has_its_own_key(project: Path) -> None:
    settings = read(project, "prod", terraform={"backend": {"s3": {"bucket": "state"}}})
    assert settings.backend == (
        "s3",
        {"bucket": "state", "encrypt": True, "key": "bar/prod/terraform.tfstate", "use_lockfile": True},
    )


def test_arguments_of_an_s3_backend_override_the_defaults(project: Path) -> None:
    own = {"bucket": "state", "key": "k", "use_lockfile": False, "encrypt": False, "acl": "${x}"}
    assert read(project, terraform={"backend": {"s3": own}}).backend == ("s3", own)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("local", {}),
        ("remote", {"organization": "o", "workspaces": {"name": "w"}}),
        ("http", {"address": "https://x/${y}", "retry_max": 3, "skip": None, "a": [1, 2.5]}),
    ],
)
def test_other_backends_are_taken_verbatim(project: Path, name: str, arguments: dict[str, Any]) -> None:
    assert read(project, terraform={"backend": {name: arguments}}).backend == (name, arguments)


@pytest.mark.parametrize("size", [128, 10240])
@pytest.mark.parametrize("timeout", [1, 900])
def test_values_at_the_limits_are_accepted(project: Path, size: int, timeout: int) -> None:
    settings = read(project, lambda_memory_size=size, lambda_timeout=timeout)
    assert (settings.memory_size, settings.timeout) == (size, timeout)


def test_any_stage_is_accepted_if_none_is_declared(project: Path) -> None:
    assert read(project, "feature-1").name == "bar-feature-1"


# What is wrong


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert said(missing) == f"The folder {missing} does not exist.\nName the project's folder with -C."


def test_folder_with_the_name_of_a_stage_is_a_hint(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(project, {"app_name": "bar", "stages": {"prod": {}}})
    monkeypatch.chdir(project)
    assert said(Path("prod")) == "The folder prod does not exist.\nFor the stage prod, write --stage prod."
    assert said(Path("test")) == "The folder test does not exist.\nName the project's folder with -C."


def test_folder_of_a_project_is_a_hint(project: Path) -> None:
    configure(project, {"app_name": "bar"})
    (project / "tests" / "unit").mkdir(parents=True)
    assert said(project / "tests" / "unit") == (
        f"{project / 'tests' / 'unit'} contains no .chalice/config.json.\n"
        f"It is in the project {project}: change to that folder, or pass it with -C."
    )


def test_missing_configuration_is_an_error(tmp_path: Path) -> None:
    assert said(tmp_path) == (
        f"{tmp_path} contains no .chalice/config.json.\n"
        'Create it with at least {"app_name": "my-app"}, or name the project\'s folder with -C.'
    )


@pytest.mark.parametrize(
    ("text", "where", "what", "remedy"),
    [
        ("", "1:1", "it is empty", "Write at least {}."),
        (
            '{"app_name": "bar",\n  "tags": {"a": }\n}',
            "2:17",
            "a value is missing after the colon",
            "Write the value.",
        ),
        ('{"app_name": "bar",\n}', "1:19", "there is a comma after the last item", "Remove the comma."),
        ('{"app_name": NaN}', "1:14", "NaN is not a value of JSON", "Write a number, or null."),
    ],
)
def test_invalid_json_names_line_and_column(
    project: Path, text: str, where: str, what: str, remedy: str
) -> None:
    assert said(configure(project, text)) == (
        f".chalice/config.json:{where}: this is not valid JSON: {what}.\n{remedy}"
    )


def test_byte_order_mark_is_accepted(project: Path) -> None:
    config = "\ufeff" + json.dumps({"app_name": "bar", "stages": {"dev": {}, "prod": {}}})
    assert load(configure(project, config), "dev").app_name == "bar"
    assert list_configured_stages(project) == ("dev", "prod")


def test_undecodable_json_is_an_error(project: Path) -> None:
    (project / ".chalice" / "config.json").write_bytes(b'{"app_name": "\xff"}')
    assert said(project) == (
        ".chalice/config.json:1:15: this is not UTF-8 text: it has the byte 0xff.\nSave the file as UTF-8."
    )


def test_deeply_nested_json_is_an_error(project: Path) -> None:
    assert said(configure(project, "[" * 100_000)) == (
        ".chalice/config.json:1:65: a value is nested more than 64 levels deep.\nFlatten it."
    )


def test_number_with_too_many_digits_is_an_error(project: Path) -> None:
    configure(project, f'{{"app_name": "bar", "lambda_timeout": {"9" * 5000}}}')
    assert said(project) == (
        ".chalice/config.json: this is not valid JSON: a number has 5000 digits.\nCorrect the file."
    )


def test_escapes_of_no_character_name_line_and_column(project: Path) -> None:
    configure(
        project,
        '{"app_name": "bar", "log_format": "\\ud800",\n "lambda_functions": {"\\\\u0000\\udfff": {}},\n'
        ' "terraform": {"backend": {"s3": {"bucket": "\\ud83c\\udf7a\\u0000"}}}}',
    )
    half, whole = "the string contains one half of a surrogate pair", "Write the whole character."
    assert said(project) == (
        f".chalice/config.json:1:36: {half} (\\ud800), which is not a character. {whole}\n"
        f".chalice/config.json:2:31: {half} (\\udfff), which is not a character. {whole}\n"
        ".chalice/config.json:3:58: the string contains a NUL character, which AWS rejects. Remove it."
    )


@pytest.mark.parametrize("config", [[], "null", "3"])
def test_configuration_must_be_an_object(project: Path, config: object) -> None:
    assert said(configure(project, config)) == (
        ".chalice/config.json:1: $: must be an object, with keys and values in { and }.\n"
        'Write at least {"app_name": "my-app"}.'
    )


def test_missing_app_name_is_an_error(project: Path) -> None:
    assert said(configure(project, {})) == (
        '.chalice/config.json:1: $.app_name: is missing. Add "app_name": "my-app".'
    )


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"lamda_timeout": 3}, "$.lamda_timeout: unknown key; did you mean lambda_timeout?"),
        ({"tag": {}}, "$.tag: unknown key; did you mean tags?"),
        ({"zebra": 1}, f"$.zebra: unknown key. Known: {KNOWN}."),
        (
            {"stages": {"dev": {"enviroment_variables": {}}}},
            "$.stages.dev.enviroment_variables: unknown key; did you mean environment_variables?",
        ),
        (
            {"stages": {"dev": {"stages": {}}}},
            "$.stages.dev.stages: belongs at the top level; move it there.",
        ),
        (
            {"stages": {"dev": {"app_name": "x"}}},
            "$.stages.dev.app_name: belongs at the top level; move it there.",
        ),
        ({"terraform": {"backends": {}}}, "$.terraform.backends: unknown key; did you mean backend?"),
        (
            {"terraform": {"x": {}}},
            "$.terraform.x: unknown key. Known: backend, provider, required_version, skip_checks, workspace.",
        ),
        (
            {"lambda_timeout": "60"},
            "$.lambda_timeout: must be a whole number from 1 to 900, "
            'not the string "60". Write 60, without quotes.',
        ),
        (
            {"lambda_timeout": 60.5},
            "$.lambda_timeout: must be a whole number from 1 to 900, "
            "not the number 60.5. Write a whole number without quotes, such as 1.",
        ),
        (
            {"lambda_timeout": True},
            "$.lambda_timeout: must be a whole number from 1 to 900, "
            "not true. Write a whole number without quotes, such as 1.",
        ),
        (
            {"lambda_timeout": None},
            "$.lambda_timeout: must be a whole number from 1 to 900, "
            "not null. Leave it out, or write a value.",
        ),
        ({"lambda_timeout": 0}, "$.lambda_timeout: must be a whole number from 1 to 900, not 0."),
        ({"lambda_timeout": 901}, "$.lambda_timeout: must be a whole number from 1 to 900, not 901."),
        (
            {"lambda_memory_size": 127},
            "$.lambda_memory_size: must be a whole number from 128 to 10240, not 127.",
        ),
        (
            {"lambda_memory_size": 10241},
            "$.lambda_memory_size: must be a whole number from 128 to 10240, not 10241.",
        ),
        ({"app_name": 7}, '$.app_name: must be a string, not the number 7. Write "7", in double quotes.'),
        ({"app_name": "my bar"}, "$.app_name: 'my bar' is not a name of letters, digits, - and _."),
        ({"app_name": ""}, "$.app_name: '' is not a name of letters, digits, - and _."),
        (
            {"app_name": "b" * 61},
            f"$.app_name: the function's name '{'b' * 61}-dev' has 65 characters, but Lambda allows at "
            f"most 64. Shorten it, or the name of the stage.",
        ),
        (
            {"tags": []},
            '$.tags: must be an object, not a list. Write keys and values in { and }: {"KEY": ...}',
        ),
        ({"tags": {"a": 1}}, '$.tags.a: must be a string, not the number 1. Write "1", in double quotes.'),
        (
            {"stages": {"dev": 1}},
            "$.stages.dev: must be an object, not the number 1. "
            'Write keys and values in { and }: {"KEY": ...}',
        ),
        (
            {"stages": {"prod": {}, "test": {}}},
            "$.stages: there is no stage 'dev'; the stages are: prod, test. "
            'Choose one with --stage, or add "dev": {} there.',
        ),
        (
            {"stages": {}},
            "$.stages: there is no stage 'dev'; the stages are: none. Add \"dev\": {} there.",
        ),
        (
            {"terraform": {"backend": "s3"}},
            f'$.terraform.backend: {ONE_BACKEND[:-1]}, not the string "s3".',
        ),
        ({"terraform": {"backend": {}}}, f"$.terraform.backend: {ONE_BACKEND}"),
        ({"terraform": {"backend": {"s3": {}, "gcs": {}}}}, f"$.terraform.backend: {ONE_BACKEND}"),
        (
            {"terraform": {"backend": {"${x}": {}}}},
            "$.terraform.backend['${x}']: '${x}' is not a backend type.",
        ),
        (
            {"terraform": {"backend": {"gcs": []}}},
            "$.terraform.backend.gcs: must be an object, not a list. "
            'Write keys and values in { and }: {"KEY": ...}',
        ),
        (
            {"terraform": {"backend": {"s3": {"bucket": 3}}}},
            '$.terraform.backend.s3.bucket: must be a string, not the number 3. Write "3", in double quotes.',
        ),
        (
            {"environment_variables": {"A": "x"}},
            f"$.environment_variables.A: 'A' {ENVIRONMENT_NAME}",
        ),
        (
            {"environment_variables": {"BEER-1": "x"}},
            f"$.environment_variables.BEER-1: 'BEER-1' {ENVIRONMENT_NAME}",
        ),
        (
            {"environment_variables": {"AB\n": "x"}},
            f"$.environment_variables['AB\\n']: 'AB\\n' {ENVIRONMENT_NAME}",
        ),
        (
            {"environment_variables": {"AWS_REGION": "x"}},
            "$.environment_variables.AWS_REGION: Lambda or domovoi-tf sets this variable. Choose another "
            "name.",
        ),
        (
            {"environment_variables": {"DOMOVOI_TF_NAME": "x"}},
            "$.environment_variables.DOMOVOI_TF_NAME: Lambda or domovoi-tf sets this variable. Choose "
            "another name.",
        ),
        (
            {"environment_variables": {"BEER": "x" * 4086}},
            "$.environment_variables: the variables take 4097 bytes, but Lambda allows at most 4096.",
        ),
        (
            {"environment_variables": {"BEER": "e\u0301"}},
            "$.environment_variables.BEER: The string has 'e\\u0301' at character 1, which is not in "
            "Unicode's NFC form: Terraform would change it. Use composed characters: "
            "unicodedata.normalize('NFC', text).",
        ),
        (
            {"stages": {"dev": {"tags": {"\u212b": "x"}}}},
            "$.stages.dev.tags: The string has '\\u212b' at character 1, which is not in Unicode's NFC "
            "form: Terraform would change it. Use composed characters: unicodedata.normalize('NFC', text).",
        ),
        ({"alb_listener_arn": "shared"}, f"$.alb_listener_arn: 'shared' {FORM}"),
        (
            {"alb_listener_arn": LISTENER.replace("/app/", "/net/")},
            f"$.alb_listener_arn: '{LISTENER.replace('/app/', '/net/')}' {FORM}",
        ),
        (
            {"stages": {"dev": {"alb_listener_arn": ["x"]}}},
            "$.stages.dev.alb_listener_arn: must be a string, not a list. Write a string in double quotes.",
        ),
        ({"alb_acm_cert_dns_name": "localhost"}, f"$.alb_acm_cert_dns_name: 'localhost' {DOMAIN}"),
        (
            {"alb_acm_cert_dns_name": "Shop.example.com"},
            f"$.alb_acm_cert_dns_name: 'Shop.example.com' {DOMAIN}",
        ),
        ({"alb_acm_cert_dns_name": "a.*.com"}, f"$.alb_acm_cert_dns_name: 'a.*.com' {DOMAIN}"),
        (
            {"alb_acm_cert_dns_name": f"{'a.' * 126}com"},
            f"$.alb_acm_cert_dns_name: '{'a.' * 126}com' {DOMAIN}",
        ),
        (
            {"alb_acm_cert_dns_name": "shop.example.com", "alb_listener_arn": LISTENER},
            "$: has both alb_acm_cert_dns_name and alb_listener_arn: "
            "remove the first to use an existing listener, or the second to create a load balancer.",
        ),
        (
            {"alb_subnet_ids": "subnet-1"},
            '$.alb_subnet_ids: must be a list, not the string "subnet-1". Write ["subnet-1"].',
        ),
        ({"alb_subnet_ids": []}, "$.alb_subnet_ids: has 0 items, but at least 2 are needed."),
        ({"alb_subnet_ids": ["subnet-1", "subnet-1"]}, ZONES),
        (
            {"alb_subnet_ids": ["subnet-1", "vpc-1"]},
            "$.alb_subnet_ids[1]: 'vpc-1' is not the id of a subnet, such as subnet-0123456789abcdef0.",
        ),
        ({"tags": {"": "x"}}, f"$.tags['']: '' {TAG_KEY}"),
        ({"tags": {"aws:x": "x"}}, f"$.tags['aws:x']: 'aws:x' {TAG_KEY}"),
        ({"tags": {"AWS:x": "x"}}, f"$.tags['AWS:x']: 'AWS:x' {TAG_KEY}"),
        ({"tags": {"k" * 129: "x"}}, f"$.tags.{'k' * 129}: '{'k' * 129}' {TAG_KEY}"),
        ({"tags": {"${x}": "x"}}, f"$.tags['${{x}}']: '${{x}}' {TAG_KEY}"),
        ({"tags": {'a"': "x"}}, f"$.tags['a\"']: 'a\"' {TAG_KEY}"),
        ({"tags": {"a": "${x}"}}, f"$.tags.a: '${{x}}' {TAG_VALUE}"),
        ({"tags": {"a": "🍺"}}, f"$.tags.a: '🍺' {TAG_VALUE}"),
        ({"tags": {"a": "x\x01"}}, f"$.tags.a: 'x\\x01' {TAG_VALUE}"),
        ({"tags": {"a": "x" * 257}}, f"$.tags.a: '{'x' * 257}' {TAG_VALUE}"),
        ({"tags": {f"t{n}": "" for n in range(51)}}, "$.tags: has 51 entries, but at most 50 are allowed."),
    ],
)
def test_one_problem_is_reported(project: Path, config: dict[str, Any], problem: str) -> None:
    assert problems(project, **config) == problem


@pytest.mark.parametrize("stage", ["../up", "a b", "", "dev\n", "${x}"])
def test_stage_name_must_fit_names_and_paths(project: Path, stage: str) -> None:
    assert (
        problems(project, stage)
        == f".chalice/config.json: stage: {stage!r} is not a valid name. Use only letters, digits, - and _."
    )


def test_unusual_tags_and_variables_are_accepted(project: Path) -> None:
    tags = {"k" * 128: "v" * 256, "Kräuter 酒": "a.b:c/d=e+f-g@h_i j", "empty": ""}
    variables = {"BEER": '${x} %{y} "\\\n\t🍺\u2028', "ZZ": ""}
    settings = read(project, tags=tags, environment_variables=variables)
    assert settings.tags == tags
    assert settings.environment_variables == variables


def test_environment_may_have_exactly_4_kb(project: Path) -> None:
    value = "x" * (4096 - len('{"BEER":""}'))
    assert read(project, environment_variables={"BEER": value}).environment_variables == {"BEER": value}


def test_problems_of_all_stages_are_reported_together(project: Path) -> None:
    config = {
        "app_name": "my bar",
        "lamda_timeout": 3,
        "lambda_timeout": 1000,
        "stages": {
            "prod": {
                "tags": {"a": "$"},
                "lambda_memory_size": "1",
                "reserved_concurrency": 1,
                "reserved_concurrent_executions": 1,
            }
        },
    }
    assert said(configure(project, config), "dev").splitlines() == [
        ".chalice/config.json:1: $.app_name: 'my bar' is not a name of letters, digits, - and _.",
        ".chalice/config.json:1: $.lamda_timeout: unknown key; did you mean lambda_timeout?",
        ".chalice/config.json:1: $.lambda_timeout: must be a whole number from 1 to 900, not 1000.",
        f".chalice/config.json:1: $.stages.prod.tags.a: '$' {TAG_VALUE}",
        ".chalice/config.json:1: $.stages.prod.lambda_memory_size: must be a whole number from 128 to 10240, "
        'not the string "1". Write 1, without quotes.',
        ".chalice/config.json:1: $.stages: there is no stage 'dev'; the stages are: prod. "
        'Choose one with --stage, or add "dev": {} there.',
        ".chalice/config.json:1: $.stages.prod: has both reserved_concurrent_executions and "
        "reserved_concurrency, which have the same meaning. Remove the first.",
    ]


def test_problems_and_notices_name_their_lines(project: Path) -> None:
    """That of the key, or of the object that lacks a key, and of the last one of equal keys."""
    text = """{
  "app_name": "bar",
  "profile": "x",
  "stages": {
    "dev": {
      "lambda_timeout": 901,
      "package_s3": {
        "prefix": "x"
      },
      "layers": [
        "arn:aws:lambda:eu-west-1:123456789012:layer:pandas:1",
        7
      ]
    }
  }
}
"""
    assert said(configure(project, text)).splitlines() == [
        ".chalice/config.json:6: $.stages.dev.lambda_timeout: must be a whole number from 1 to 900, not 901.",
        '.chalice/config.json:7: $.stages.dev.package_s3.bucket: is missing. Add "bucket": "my-packages".',
        ".chalice/config.json:12: $.stages.dev.layers[1]: must be a string, not the number 7. "
        'Write "7", in double quotes.',
    ]
    valid = text.replace("901", "900").replace('"prefix": "x"', '"bucket": "states"').replace("7\n", "")
    notices = load(configure(project, valid.replace(':1",', ':1"')), "dev").notices
    assert notices == (".chalice/config.json:3: $.profile: is not used: set AWS_PROFILE",)


def test_keys_that_occur_twice_are_reported_with_all_other_problems(project: Path) -> None:
    """The last one counts in Python, the first one is what somebody may read."""
    text = """{
  "app_name": "bar",
  "lambda_timeout": 60,
  "environment_variables": {
    "A B": "x",
    "A B": "y"
  },
  "stages": {"dev": {"tags": {}}, "prod": {"tags": {}}},
  "lambda_timeout": 901
}
"""
    keep = "Only the last one would count: remove one of them."
    assert said(configure(project, text)).splitlines() == [
        f".chalice/config.json:6: $.environment_variables['A B']: this key is also in line 5. {keep}",
        f".chalice/config.json:9: $.lambda_timeout: this key is also in line 3. {keep}",
        ".chalice/config.json:9: $.lambda_timeout: must be a whole number from 1 to 900, not 901.",
        f".chalice/config.json:6: $.environment_variables['A B']: 'A B' {ENVIRONMENT_NAME}",
    ]
