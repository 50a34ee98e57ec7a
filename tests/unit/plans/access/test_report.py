"""The permissions that plans change, statement by statement, and what is public."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domovoi_tf.plans.access.report import (
    Report,
    build_documents,
    list_changed_exposures,
    report_access,
)
from domovoi_tf.plans.access.sentences import format_markdown, format_text
from domovoi_tf.plans.callers.instances import PlanOwners
from domovoi_tf.plans.resource_owners import Owners

from ..test_summary import make_resource

IAM = "module.app.module.iam"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"
TREE = Owners({"tend": "tend", "iam": "", "lambda": ""})
Resource = dict[str, Any]


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    """Returns a statement."""
    return {"Effect": "Allow", "Action": [*actions], "Resource": [QUEUE], **more}


def spell(*statements: Any) -> str:
    """Returns a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


def make_role(name: str = "bar", **more: Any) -> Resource:
    values = {"name": name, "assume_role_policy": "{}", **more}
    return make_resource(IAM, "aws_iam_role", ["no-op"], values, values, index="this")


def change_policy(before: str | None, after: str | None, key: str = "sqs", **more: Any) -> Resource:
    """Returns the change of an inline policy of the role `bar`."""
    sides = [{"name": key, "role": "bar", "policy": each} if each else None for each in (before, after)]
    return change("aws_iam_role_policy", sides[0], sides[1], IAM, "needed", index=key, **more)


def change(
    resource_type: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    module: str = "module.app",
    name: str = "this",
    **more: Any,
) -> Resource:
    action = "create" if before is None else "delete" if after is None else "update"
    return make_resource(module, resource_type, [action], before, after, name, **more)


def report(*resources: Resource, **more: Any) -> Report:
    plan = {"resource_changes": [*resources], **more}
    return report_access(plan, PlanOwners(plan, TREE, is_stage=True))


def list_permissions(*resources: Resource, **more: Any) -> list[str]:
    lines = report(*resources, **more).permissions
    return [f"{line.owner.title}: {format_text(line.sentence)}" for line in lines]


def list_public(*resources: Resource) -> list[str]:
    return [f"{line.owner.title}: {format_text(line.sentence)}" for line in report(*resources).public]


# Policies of roles


def test_statements_are_compared_and_put_together() -> None:
    before = spell(allow("sqs:ReceiveMessage", "sqs:DeleteMessage"), allow("s3:GetObject", Resource="*"))
    after = spell(
        allow("sqs:ReceiveMessage"),
        allow("kms:Decrypt", Resource=["a", "b"]),
        allow("kms:Encrypt", Resource=["b", "a"]),
        {"Effect": "Deny", "NotAction": ["s3:*", "ec2:*"], "NotResource": "c"},
    )
    assert list_permissions(make_role(), change_policy(before, after)) == [
        "function: is now denied everything except ec2:*, s3:* on everything except c",
        "function: may no longer s3:GetObject on *",
        f"function: may no longer sqs:DeleteMessage on {QUEUE}",
        "function: may now kms:Decrypt, kms:Encrypt on a, b",
    ]
    assert list_permissions(make_role(), change_policy(after, None))[:1] == [
        "function: is no longer denied everything except ec2:*, s3:* on everything except c",
    ]


ACTIONS = st.sampled_from(["s3:Get*", "S3:get*", "sqs:SendMessage", "*"])
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.lists(ACTIONS, min_size=1, max_size=3),
        "Resource": st.lists(st.sampled_from(["*", QUEUE, "x"]), min_size=1, max_size=2),
    },
    optional={
        "Sid": st.text(max_size=3),
        "Condition": st.just({"StringEquals": {"aws:SourceAccount": ["1", "2"]}}),
    },
)


@given(st.lists(STATEMENTS, max_size=4), st.randoms(use_true_random=False))
def test_order_sids_and_spelling_make_no_difference(statements: list[Any], random: Any) -> None:
    others = []
    for statement in statements:
        other = {**statement, "Sid": f"S{random.random()}"}
        for name in ("Action", "Resource"):
            values = random.sample(statement[name], len(statement[name]))
            values = [each.swapcase() for each in values] if name == "Action" else values
            other[name] = values[0] if len(values) == 1 else values
        if "Condition" in other:
            other["Condition"] = {"stringEquals": {"AWS:SourceAccount": ["2", "1"]}}
        others.append(other)
    random.shuffle(others)
    half = random.randint(0, len(others))
    resources = [
        change_policy(spell(*statements), spell(*others[:half])),
        change_policy(None, spell(*others[half:]), "more"),
    ]
    assert list_permissions(make_role(), *resources) == []


@given(st.lists(STATEMENTS, min_size=1, max_size=3))
def test_each_removed_statement_is_listed(statements: list[Any]) -> None:
    lines = list_permissions(make_role(), change_policy(spell(*statements), None))
    listed = "\n".join(lines).lower()
    for statement in statements:
        assert all(each.lower() in listed for each in (*statement["Action"], *statement["Resource"]))
    assert list_permissions(make_role(), change_policy(spell(*statements), spell(*statements))) == []


def test_renames_in_place_are_no_difference() -> None:
    policy = spell(allow("sqs:ReceiveMessage"))
    moved = change_policy(policy, policy) | {
        "previous_address": "module.app.module.old.aws_iam_role_policy.x"
    }
    assert list_permissions(make_role(), moved) == []
    renamed = [change_policy(policy, None), change_policy(None, policy, "queues")]
    assert list_permissions(make_role(), *renamed) == []


def test_only_handler_of_a_function_is_named() -> None:
    call = {"expressions": {"function": {"references": ["module.lambda.function", "module.lambda"]}}}
    machine: dict[str, Any] = {"state_machine": {"expressions": {}}}
    grant = [make_role(), change_policy(None, spell(allow("sqs:ReceiveMessage")))]

    def configure(calls: dict[str, Any]) -> dict[str, Any]:
        app = {"source": "../../app", "module": {"module_calls": calls}}
        return {"root_module": {"module_calls": {"app": app}}}

    sentence = f"may now sqs:ReceiveMessage on {QUEUE}"
    assert list_permissions(*grant, configuration=configure({"tend": call})) == [f"tend: {sentence}"]
    for calls in ({"tend": call, "pour": call}, {"tend": call, **machine}):
        (line,) = report(*grant, configuration=configure(calls)).permissions
        assert (line.owner.title, "tend" in line.handlers) == ("function", True)
        assert format_text(line.sentence) == sentence


def test_attachments_boundaries_and_trust() -> None:
    boundary = "arn:aws:iam::123456789012:policy/bounds"
    trust = spell(
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {
            "Effect": "Allow",
            "Principal": {"Federated": "accounts.google.com"},
            "Action": ["sts:AssumeRoleWithWebIdentity"],
            "Condition": {"StringEquals": {"accounts.google.com:aud": "x"}},
        },
    )
    role = make_role()
    role["change"]["before"] = {"name": "bar", "permissions_boundary": boundary}
    role["change"]["after"] = {"name": "bar", "assume_role_policy": trust}
    attachment = {"role": "bar", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    other = {"role": "another", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    kind = "aws_iam_role_policy_attachment"
    resources = [role, change(kind, None, attachment), change(kind, other, None, "", "other")]
    assert list_permissions(*resources) == [
        "function: accounts.google.com may now sts:AssumeRoleWithWebIdentity on its role "
        "if accounts.google.com:aud StringEquals x",
        f"function: is no longer limited by the permissions boundary {boundary}",
        "function: lambda.amazonaws.com may now assume its role",
        "function: now has the managed policy arn:aws:iam::aws:policy/ReadOnlyAccess",
        "stage: the role another no longer has the managed policy "
        "arn:aws:iam::aws:policy/AdministratorAccess",
    ]


def test_roles_of_two_accounts_with_one_name_are_told_apart() -> None:
    policy = spell(allow("sqs:ReceiveMessage"))
    other = make_resource(
        "module.other", "aws_iam_role", ["no-op"], {"name": "bar"}, {"name": "bar"}, index="this"
    )
    change_there = change("aws_iam_role_policy", None, {"role": "bar", "policy": policy}, "module.other")
    assert list_permissions(make_role(), other, change_there) == [
        f"stage: the role bar may now sqs:ReceiveMessage on {QUEUE}"
    ]


def test_sensitive_and_unreadable_policies_are_named_only() -> None:
    secret = spell(allow("secret:Action"))
    sensitive = change_policy(secret, spell(allow("x:Y")), before_sensitive={"policy": True})
    sensitive["change"]["after_sensitive"] = {"policy": True}
    lines = report(make_role(), sensitive, change_policy("[", "{", "bad")).permissions
    address = f"{IAM}.aws_iam_role_policy.needed"
    assert [format_text(line.sentence) for line in lines] == [
        f'the policy changes, and cannot be read: {address}["bad"]',
        f'the policy changes, and is sensitive: {address}["sqs"]',
    ]
    assert "ecret" not in str(lines)
    unchanged = change_policy(
        secret, secret, before_sensitive={"policy": True}, after_sensitive={"policy": True}
    )
    assert list_permissions(make_role(), unchanged) == []


def test_statements_of_a_policy_that_becomes_unknown_do_not_count_as_removed() -> None:
    unknown = change_policy(spell(allow("sqs:ReceiveMessage")), None, after_unknown={"policy": True})
    unknown["change"].update(actions=["update"], after={"name": "sqs", "role": "bar"})
    assert list_permissions(make_role(), unknown) == [
        f'function: the policy is known after the apply: {IAM}.aws_iam_role_policy.needed["sqs"]'
    ]


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            '{ Effect = "Allow", Action = "s3:*", Resource = data.aws_ssm_parameter.key.value }',
            f"may now s3:* on {IAM}.data.aws_ssm_parameter.key",
        ),
        (
            '{ Effect = "Allow", Action = "s3:*", Resource = data.aws_ssm_parameter.key.arn }',
            "may now s3:* on arn:key",
        ),
        ('{ Effect = "Allow", Action = lower("S3:*"), Resource = "*" }', ""),
        ('{ Effect = var.missing, Action = "s3:*", Resource = "*" }', ""),
        ('{ for key, value in { Effect = "Allow", Action = "s3:*" } : key => value if var.missing }', ""),
        (
            '{ Effect = "Allow", Action = "s3:*", Resource = "*", Condition = { for key, value in '
            '{ StringEquals = { "aws:SourceAccount" = "1" } } : key => value if var.missing } }',
            "",
        ),
    ],
)
def test_unknown_policy_is_read_from_the_text_of_its_module(
    tmp_path: Path, statement: str, sentence: str
) -> None:
    """Sensitive values are not read, and what may be otherwise is not told."""
    (tmp_path / "modules" / "iam").mkdir(parents=True)
    policy = f"jsonencode({{ Statement = [{statement}] }})"
    text = f'resource "aws_iam_role_policy" "needed" {{\n  policy = {policy}\n}}\n'
    (tmp_path / "modules" / "iam" / "main.tf").write_text(text)
    unknown = change_policy(None, "", after_unknown={"policy": True})
    unknown["change"].update(actions=["create"], after={"name": "sqs", "role": "bar"})
    del unknown["index"]
    app = {"module": {"module_calls": {"iam": {"source": "./modules/iam"}}}}
    parameter = {
        "address": f"{IAM}.data.aws_ssm_parameter.key",
        "values": {"value": "s3cret", "arn": "arn:key"},
        "sensitive_values": {"value": True},
    }
    plan = {
        "resource_changes": [make_role(), unknown],
        "configuration": {"root_module": {"module_calls": {"app": app}}},
        "prior_state": {"values": {"root_module": {"resources": [parameter]}}},
    }
    (line,) = report_access(plan, PlanOwners(plan, TREE, is_stage=True, folder=tmp_path)).permissions
    hidden = f'the policy is known after the apply: {IAM}.aws_iam_role_policy.needed["sqs"]'
    assert format_text(line.sentence) == (sentence or hidden)


def configure_role(**expressions: Any) -> dict[str, Any]:
    """Returns the configuration of the role `bar`."""
    resource = {"address": "aws_iam_role.this", "expressions": expressions}
    app = {"module": {"module_calls": {"iam": {"module": {"resources": [resource]}}}}}
    return {"root_module": {"module_calls": {"app": app}}}


ROLE_ADDRESS = f'{IAM}.aws_iam_role.this["this"]'
KNOWN_LATER = f"is known after the apply: {ROLE_ADDRESS} (refers to {IAM}.aws_iam_policy.own)"


@pytest.mark.parametrize(
    ("change_of_role", "expected"),
    [
        ({"after": {}, "after_unknown": {"{name}": True}}, f"function: the {{relation}} {KNOWN_LATER}"),
        ({"after_unknown": {"{name}": [{"policy": True}]}}, f"function: the {{relation}} {KNOWN_LATER}"),
        (
            {"after": {}, "after_sensitive": {"{name}": [True]}},
            f"function: the {{relation}} changes, and is sensitive: {ROLE_ADDRESS}",
        ),
        ({"after": {}}, "function: {removed}"),
    ],
    ids=["unknown", "partly_unknown", "sensitive", "removed"],
)
@pytest.mark.parametrize(
    ("name", "policies", "partly_known", "relation", "removed"),
    [
        (
            "managed_policy_arns",
            ["arn:other"],
            ["arn:other", None],
            "managed policy",
            "no longer has the managed policy arn:other",
        ),
        (
            "inline_policy",
            [{"name": "x", "policy": spell(allow("s3:GetObject"))}],
            [{"name": "x"}],
            "policy",
            f"may no longer s3:GetObject on {QUEUE}",
        ),
    ],
)
def test_policies_in_attributes_of_a_role_are_removed_only_if_that_is_known(
    name: str,
    policies: list[Any],
    partly_known: list[Any],
    relation: str,
    removed: str,
    change_of_role: dict[str, Any],
    expected: str,
) -> None:
    more = json.loads(json.dumps(change_of_role).replace("{name}", name))
    role = make_role()
    role["change"] |= {
        "actions": ["update"],
        "before": {"name": "bar", name: policies},
        "after": {"name": "bar", name: partly_known},
        **more,
    }
    expressions = {name: {"references": ["aws_iam_policy.own.arn", "aws_iam_policy.own"]}}
    assert list_permissions(role, configuration=configure_role(**expressions)) == [
        expected.format(relation=relation, removed=removed)
    ]


def test_unknown_trust_does_not_hide_that_policies_are_removed() -> None:
    role = make_role(managed_policy_arns=["arn:other"])
    role["change"] |= {"actions": ["update"], "after": {"name": "bar", "managed_policy_arns": []}}
    role["change"]["after_unknown"] = {"assume_role_policy": True}
    configuration = configure_role(managed_policy_arns={}, assume_role_policy={})
    assert list_permissions(role, configuration=configuration) == [
        "function: no longer has the managed policy arn:other",
        f"function: the trust is known after the apply: {ROLE_ADDRESS}",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": None, "Action": "s3:*", "Resource": "*"},
        {"Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": [f"s3:{n}" for n in range(200)], "Resource": [*map(str, range(200))]},
    ],
    ids=["lower_case", "null", "missing", "too_many_combinations"],
)
def test_statements_that_iam_rejects_or_that_are_too_many_are_unreadable(statement: dict[str, Any]) -> None:
    assert list_permissions(make_role(), change_policy(None, spell(statement))) == [
        f'function: the policy changes, and cannot be read: {IAM}.aws_iam_role_policy.needed["sqs"]'
    ]


def test_statement_without_principals_is_not_one_for_everyone() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": []}, "Action": "sqs:*", "Resource": "*"}
    queue = change("aws_sqs_queue_policy", None, {"queue_url": "jobs", "policy": spell(statement)})
    assert report(queue) == Report()


@pytest.mark.parametrize("key", ["this", "a.this.b", 'x["this"]'])
def test_key_that_contains_the_name_of_its_resource(key: str) -> None:
    """An unknown value of an instance comes from the instance with the same key."""
    queue = make_resource("", "aws_sqs_queue", ["create"], None, {}, index=key)
    policy = spell({"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"})
    values = {"policy": policy}
    unknown = {"queue_url": True}
    own = make_resource(
        "", "aws_sqs_queue_policy", ["create"], None, values, index=key, after_unknown=unknown
    )
    expressions = {"queue_url": {"references": ["aws_sqs_queue.this"]}}
    configuration = {"resources": [{"address": "aws_sqs_queue_policy.this", "expressions": expressions}]}
    assert list_permissions(queue, own, configuration={"root_module": configuration}) == [
        f"stage: everyone may now sqs:* on {queue['address']}"
    ]


def test_deposed_object_does_not_stand_for_its_successor() -> None:
    """An interrupted replacement leaves it at the same address."""
    deposed = make_role("old") | {"deposed": "byebye01"}
    deposed["change"] |= {"actions": ["delete"], "after": None}
    own = make_role()
    own["module_address"] = deposed["module_address"] = "module.other"
    policy = change_policy(None, spell(allow("sqs:ReceiveMessage")))
    assert list_permissions(own, deposed, policy) == [
        f"stage: the role bar may now sqs:ReceiveMessage on {QUEUE}"
    ]


def test_unknown_parts_of_a_document_are_named_in_any_order() -> None:
    """Terraform sorts the blocks of a set: the plan has them in another order than the configuration."""

    def constant(value: Any) -> dict[str, Any]:
        return {"constant_value": value}

    def condition(test: str, key: str, values: Any) -> dict[str, Any]:
        return {"test": constant(test), "variable": constant(key), "values": values}

    topic, account = ({"references": [f"{each}.arn", each]} for each in ("aws_sns_topic.t", "aws_x.account"))
    configured = {
        "actions": constant(["sqs:SendMessage"]),
        "principals": [
            {
                "type": constant("AWS"),
                "identifiers": {"references": ["aws_iam_role.r.arn", "aws_iam_role.r"]},
            },
            {"type": constant("Service"), "identifiers": constant(["sns.amazonaws.com"])},
        ],
        "condition": [
            condition("StringEquals", "aws:SourceAccount", account),
            condition("ArnEquals", "aws:SourceArn", topic),
        ],
    }
    planned = {
        "actions": ["sqs:SendMessage"],
        "principals": [
            {"type": "Service", "identifiers": ["sns.amazonaws.com"]},
            {"type": "AWS", "identifiers": [None]},
        ],
        "condition": [
            {"test": "ArnEquals", "variable": "aws:SourceArn", "values": [None]},
            {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [None]},
        ],
    }
    source = make_resource("", "aws_iam_policy_document", ["read"], None, {"statement": [planned]}, "q")
    source |= {"mode": "data", "address": "data.aws_iam_policy_document.q"}
    policy = change("aws_sqs_queue_policy", None, {"queue_url": "jobs"}, "", after_unknown={"policy": True})
    references = ["data.aws_iam_policy_document.q.json", "data.aws_iam_policy_document.q"]
    resources = [
        {"address": source["address"], "expressions": {"statement": [configured]}},
        {"address": "aws_sqs_queue_policy.this", "expressions": {"policy": {"references": references}}},
    ]
    lines = list_permissions(source, policy, configuration={"root_module": {"resources": resources}})
    rest = "may now sqs:SendMessage from aws_sns_topic.t for account aws_x.account"
    assert lines == [f"stage: aws_iam_role.r {rest}", f"stage: sns.amazonaws.com {rest}"]


@pytest.mark.parametrize(
    ("values", "more"),
    [
        ({"source_policy_documents": [None]}, {}),
        ({"override_policy_documents": ["{}"]}, {}),
        ({}, {"after_sensitive": {"statement": [{"resources": True}]}}),
    ],
    ids=["source", "override", "sensitive"],
)
def test_document_with_other_statements_is_known_after_the_apply(
    values: dict[str, Any], more: dict[str, Any]
) -> None:
    statement = {"actions": ["sqs:*"], "resources": ["secret"]}
    source = make_resource(
        "", "aws_iam_policy_document", ["read"], None, {"statement": [statement], **values}, "q", **more
    )
    source |= {"mode": "data", "address": "data.aws_iam_policy_document.q"}
    policy = change("aws_sqs_queue_policy", None, {"queue_url": "jobs"}, "", after_unknown={"policy": True})
    references = ["data.aws_iam_policy_document.q.json", "data.aws_iam_policy_document.q"]
    own = {"address": "aws_sqs_queue_policy.this", "expressions": {"policy": {"references": references}}}
    resources = [{"address": source["address"]}, own]
    assert list_permissions(source, policy, configuration={"root_module": {"resources": resources}}) == [
        "stage: the resource policy is known after the apply: aws_sqs_queue_policy.this "
        "(refers to data.aws_iam_policy_document.q)"
    ]


def test_forgotten_policy_still_counts() -> None:
    forgotten = change_policy(spell(allow("sqs:ReceiveMessage")), None)
    forgotten["change"]["actions"] = ["forget"]
    assert list_permissions(make_role(), forgotten) == []


# Policies of resources


def test_permissions_to_invoke_functions() -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
    before = {"function_name": arn, "principal": "sns.amazonaws.com", "action": "lambda:InvokeFunction"}
    after = {**before, "function_name": "bar-dev", "source_arn": "arn:aws:sns:us-east-1:1:wines"}
    place = "module.app.module.tend"
    assert list_permissions(change("aws_lambda_permission", before, after, place)) == [
        "tend: sns.amazonaws.com may no longer invoke bar-dev",
        "tend: sns.amazonaws.com may now invoke bar-dev from arn:aws:sns:us-east-1:1:wines",
    ]
    account = {**before, "principal": "123456789012", "qualifier": "live", "action": "lambda:GetFunction"}
    replaced = [
        change("aws_lambda_permission", {**account, "statement_id": "a"}, None, place),
        change("aws_lambda_permission", None, {**account, "statement_id": "b"}, place, "that"),
    ]
    assert list_permissions(*replaced) == []
    assert list_permissions(replaced[1]) == [
        "tend: account 123456789012 may now lambda:GetFunction on bar-dev:live"
    ]


def test_policies_of_queues_are_read_once() -> None:
    """The provider reads the policy that is a resource of its own, or that AWS gives, into the queue, too."""
    statement = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sqs:*"}
    policy = spell({**statement, "Resource": "*"})
    queue = {"url": "https://sqs/jobs", "policy": policy}
    resources = [
        change("aws_sqs_queue", queue, queue),
        change("aws_sqs_queue_policy", {"queue_url": "https://sqs/jobs", "policy": policy}, None),
    ]
    expected = "sources: account 123456789012 may no longer sqs:* on https://sqs/jobs"
    assert list_permissions(*resources) == [expected]
    inline = change("aws_sqs_queue", queue, {**queue, "policy": spell()})
    assert list_permissions(inline) == [expected]
    assert list_permissions(change("aws_sqs_queue", queue, None)) == []


def test_policy_that_the_provider_will_read_into_a_queue_is_not_one_of_its_own() -> None:
    policy = spell({"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"})
    queue = {"url": "jobs", "policy": policy}
    unknown = change("aws_sqs_queue", queue, {"url": "jobs"}, after_unknown={"policy": True})
    assert report(unknown) == Report()


def test_permission_of_a_new_function_names_it_as_the_call_of_its_module_does() -> None:
    values = {"principal": "sns.amazonaws.com", "action": "lambda:InvokeFunction"}
    permission = change(
        "aws_lambda_permission", None, values, "module.app.module.tend", after_unknown={"function_name": True}
    )
    function = make_resource(
        "module.app.module.lambda", "aws_lambda_function", ["create"], None, {"function_name": "bar-dev"}
    )
    output = {"expression": {"references": ["aws_lambda_function.this.arn", "aws_lambda_function.this"]}}
    calls = {
        "tend": {"expressions": {"function": {"references": ["module.lambda.arn", "module.lambda"]}}},
        "lambda": {"module": {"outputs": {"arn": output}}},
    }
    configuration = {"root_module": {"module_calls": {"app": {"module": {"module_calls": calls}}}}}
    assert list_permissions(permission, function, configuration=configuration) == [
        "tend: sns.amazonaws.com may now invoke bar-dev"
    ]


def test_role_whose_name_is_known_later_is_named_by_its_address() -> None:
    role = make_resource("", "aws_iam_role", ["create"], None, {}, after_unknown={"name": True})
    policy = spell(allow("sqs:*", Resource=["b", "a"]))
    own = make_resource(
        "", "aws_iam_role_policy", ["create"], None, {"policy": policy}, after_unknown={"role": True}
    )
    expressions = {"role": {"references": ["aws_iam_role.this.id", "aws_iam_role.this"]}}
    resource = {"address": "aws_iam_role_policy.this", "expressions": expressions}
    assert list_permissions(role, own, configuration={"root_module": {"resources": [resource]}}) == [
        "stage: the role aws_iam_role.this may now sqs:* on a, b"
    ]


# Public


def test_what_is_public_before_and_after() -> None:
    url = {"function_name": "bar-dev", "authorization_type": "NONE"}
    permission = {
        "function_name": "bar-dev",
        "principal": "*",
        "action": "lambda:InvokeFunctionUrl",
        "function_url_auth_type": "NONE",
    }
    balancer = {"name": "bar", "internal": True}
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
    policy = {"arn": "arn:topic", "policy": spell(everyone)}
    flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    block = {"bucket": "photos", **dict.fromkeys(flags, True)}
    place = "module.app.module.tend"
    resources = [
        change("aws_lambda_function_url", url, {**url, "invoke_mode": "BUFFERED"}, place),
        change("aws_lambda_permission", None, permission, place),
        change("aws_lb", balancer, {**balancer, "internal": False}, "module.load_balancer"),
        change("aws_sns_topic_policy", policy, None),
        change("aws_s3_bucket_public_access_block", block, {**block, "block_public_acls": False}),
        change("aws_s3_bucket_public_access_block", block, None, "module.app", "gone"),
        change("aws_s3_bucket_acl", None, {"bucket": "pages", "acl": "public-read"}),
    ]
    assert list_public(*resources) == [
        "tend: everyone may call the URL of bar-dev",
        "sources: new: the bucket pages has the ACL public-read",
        "sources: new: the bucket photos has no public access block any more",
        "sources: new: the public access block of photos is off: block_public_acls",
        "sources: no longer: everyone may sns:Publish on arn:topic",
        "load balancer: new: the load balancer bar is internet-facing",
    ]
    changed = [line.document["change"] for line in list_changed_exposures(report(*resources))]
    assert changed == ["added", "added", "added", "removed", "added"]


def test_settings_that_are_not_public() -> None:
    block = {"bucket": "photos"}
    resources = [
        change("aws_lambda_function_url", None, {"authorization_type": "AWS_IAM"}),
        change("aws_lb", None, {"name": "x", "load_balancer_type": "gateway"}),
        change("aws_s3_bucket_acl", None, {"bucket": "b", "acl": "private"}),
        change("aws_s3_bucket", {"bucket": "photos"}, None),
        change(
            "aws_s3_bucket_public_access_block",
            {**block, "block_public_acls": True},
            None,
            after_unknown={},
        ),
    ]
    assert [each for each in list_public(*resources) if "no longer" not in each] == []


def test_url_with_credentials_of_any_account_is_public() -> None:
    """A URL without credentials is found by its settings, so that its permission is not listed."""

    def permit(kind: str) -> list[str]:
        values = {"function_name": "bar", "principal": "*", "action": "lambda:InvokeFunctionUrl"}
        return list_public(change("aws_lambda_permission", None, {**values, "function_url_auth_type": kind}))

    assert permit("AWS_IAM") == ["sources: new: everyone may call the URL of bar"]
    assert permit("NONE") == []


@pytest.mark.parametrize(
    ("condition", "is_public"),
    [
        ({}, True),
        ({"StringEquals": {"aws:SourceAccount": "123456789012"}}, False),
        ({"StringEquals": {"AWS:PrincipalOrgID": ["o-1"]}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::photos"}}, False),
        ({"ArnLike": {"aws:SourceArn": "*"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}}, True),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}, True),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}}, True),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-1/r-1/ou-1/"}}, False),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-1/r-1/*"]}}, False),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-*/r-1/*"]}}, True),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-*"}}, False),
        ({"StringLike": {"aws:SourceAccount": "1234567890??"}}, True),
        ({"StringLike": {"aws:userid": "AROA1:*"}}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}}, False),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:*:*:photos"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, True),
        ({"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::photos", "arn:*"]}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}, True),
    ],
)
def test_conditions_that_keep_the_public_out(condition: dict[str, Any], is_public: bool) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "r"}
    policy = {"bucket": "photos", "policy": spell({**statement, "Condition": condition})}
    assert bool(list_public(change("aws_s3_bucket_policy", None, policy))) == is_public
    denied = {"bucket": "photos", "policy": spell({**statement, "Effect": "Deny"})}
    assert list_public(change("aws_s3_bucket_policy", None, denied)) == []


def test_settings_that_are_known_later_are_not_public_unless_their_default_is() -> None:
    block = change(
        "aws_s3_bucket_public_access_block",
        None,
        {"bucket": "photos", "block_public_acls": True, "ignore_public_acls": True},
        after_unknown={"block_public_policy": True},
    )
    balancer = change("aws_lb", None, {"name": "bar"}, after_unknown={"internal": True})
    found = [
        "sources: new: the public access block of photos is off: restrict_public_buckets",
        "sources: new: the load balancer bar is internet-facing",
    ]
    assert sorted(list_public(block, balancer)) == sorted(found)
    expressions = {"internal": {"references": ["var.internal"]}}
    resource = {"address": "aws_lb.this", "expressions": expressions}
    calls = {"app": {"module": {"resources": [resource]}}}
    (only,) = report(block, balancer, configuration={"root_module": {"module_calls": calls}}).public
    assert only.document["address"] == "module.app.aws_s3_bucket_public_access_block.this"


def test_everyone_except_somebody_is_the_public() -> None:
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "s3:*", "Resource": "r"}
    policy = {"bucket": "photos", "policy": spell(statement)}
    assert list_public(change("aws_s3_bucket_policy", None, policy)) == [
        "sources: new: everyone except 1 may s3:* on r"
    ]


# Formats


def test_json_has_the_parts_of_a_statement() -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "1"}}
    grant = change_policy(None, spell(allow("sqs:ReceiveMessage", Condition=condition)))
    url = change("aws_lambda_function_url", None, {"function_name": "f", "authorization_type": "NONE"})
    address = f'{IAM}.aws_iam_role_policy.needed["sqs"]'
    assert build_documents(report(make_role(), grant, url)) == {
        "permissions": [
            {
                "owner": {"kind": "function", "name": ""},
                "change": "added",
                "relation": "policy",
                "address": address,
                "effect": "Allow",
                "actions": ["sqs:ReceiveMessage"],
                "resources": [QUEUE],
                "conditions": [{"operator": "StringEquals", "key": "aws:SourceAccount", "values": ("1",)}],
                "holder": "its role",
                "text": f"may now sqs:ReceiveMessage on {QUEUE} for account 1",
            }
        ],
        "public": [
            {
                "owner": {"kind": "sources", "name": ""},
                "change": "added",
                "address": "module.app.aws_lambda_function_url.this",
                "text": "new: everyone may call the URL of f",
            }
        ],
    }


def test_texts_of_policies_cannot_break_out_of_markdown_or_terminals() -> None:
    hostile = "a`b``c\n| <b> \x1b[2J"
    (line,) = report(make_role(), change_policy(None, spell(allow(hostile)))).permissions
    assert format_text(line.sentence) == f"may now a`b``c�| <b> �[2J on {QUEUE}"
    assert format_markdown(line.sentence) == f"may now ```a`b``c�| <b> �[2J``` on `{QUEUE}`"
    assert format_markdown(
        report(make_role(), change_policy(None, spell(allow("`x")))).permissions[0].sentence
    ).startswith("may now `` `x `` on ")
