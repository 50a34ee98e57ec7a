"""The stack that the templates print: frozen values with all names, labels and Terraform addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from domovoi_tf.hcl.syntax import Reference
from domovoi_tf.system.records import Record


class Statement(Record):
    """Actions that a role may take on resources. A condition has values by operator and key."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def group_statements(
    resources: Mapping[tuple[str, tuple[str, ...]], Iterable[str]],
) -> dict[str, tuple[Statement, ...]]:
    """Returns sorted statements by concern, from the ARNs by concern and actions."""
    statements: dict[str, tuple[Statement, ...]] = {}
    for (concern, actions), arns in sorted(resources.items()):
        statement = Statement(actions, tuple(sorted(arns)))
        statements[concern] = (*statements.get(concern, ()), statement)
    return statements


class Function(Record):
    """A Lambda function and its role.

    ``name`` is empty for the default function, and ``key`` is its key in maps of functions. ``declared`` has
    the memory (MB) and timeout (s) that the app declares. ``settings`` is the address of all its settings,
    and ``role`` that of the settings of its execution role. ``statements`` are the permissions of its
    handlers, ``mapping_statements`` those of its event source mappings, by concern.
    """

    name: str
    label: str
    role_label: str
    aws_name: str
    key: str
    settings: Reference
    role: Reference
    declared: Mapping[str, int]
    statements: Mapping[str, tuple[Statement, ...]]
    mapping_statements: Mapping[str, tuple[Statement, ...]]


class Reader(NamedTuple):
    """A function that reads a source: the address of its timeout, and how long Lambda gathers records."""

    timeout: Reference
    batching_window: int = 0


class Base(Record):
    """The functions whose log groups tell the partition, the Region and the account in ARNs.

    ``labels`` are the labels of all functions by their keys. ``main`` is the key of the function for ARNs
    that no function needs alone; None if the app deploys no function.
    """

    labels: Mapping[str, str]
    main: str | None


class Source(Record):
    """A resource that triggers listen to: owned by the app, referred to by its name, or passed in.

    ``key`` is the part of its name that is the same in every stage. ``value`` is the attribute that triggers
    refer to, usually its ARN. ``readers`` are the functions that read it. ``spelled`` is its name as the app
    spells it. ``companions`` are the types of other resources with its label. ``known_name`` is its name, or
    that of the variable with its ARN: each plan knows it. ``url`` is composed from its name, as for a queue
    that the app does not own.
    """

    type: str
    label: str
    key: str
    name: str
    owned: bool
    value: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    readers: tuple[Reader, ...] = ()
    spelled: str = ""
    companions: tuple[str, ...] = ()
    known_name: str = ""
    url: str = ""

    @property
    def identity(self) -> tuple[str, str, bool]:
        """Its type, its label, and whether the app owns it: other sources differ in one of them."""
        return self.type, self.label, self.owned

    def get_attribute(self, attribute: str) -> str:
        """Returns the address of another attribute of the resource, or its composed value."""
        if self.owned:
            return Reference(f"{self.type}.{self.label}.{attribute}")
        return self.url if attribute == "url" else self.value


class Trigger(Record):
    """A trigger of a handler: one call of the kind's module, which has the ``label``, or a part of a call.

    The label is empty if the kind has no call. ``unique_name`` is a name that no other trigger of the kind
    has, and ``file`` the file that declares the handler. ``mapping_role`` is the address of the role with the
    permissions for event source mappings. ``outputs`` are the values that the app's outputs
    collect, by the output's name. ``call`` tells the call from others of its kind and function, whatever the
    handler's name is; None if the trigger has no call of its own. ``names`` are the names on AWS that derive
    from the handler's.
    """

    label: str
    handler: str
    unique_name: str
    file: str
    description: str
    function_name: str
    function: Reference
    mapping_role: Reference
    source: Source | None
    needs: tuple[Source, ...]
    arguments: Mapping[str, object]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    call: str | None = None
    names: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """The source, if the trigger has one, and what belongs to it."""
        return () if self.source is None else (self.source, *self.needs)

    @property
    def row(self) -> tuple[str, ...]:
        """The trigger's row in tables for people."""
        return self.handler, self.description, self.function_name, self.file


class Kind(Record):
    """All sources and triggers of one kind, which are rendered to one file unless they have no resources."""

    name: str
    sources: tuple[Source, ...]
    triggers: tuple[Trigger, ...]
    has_file: bool = True


class Input(Record):
    """An input variable of the app, declared with ``variable()`` or needed by a kind.

    ``functions`` are the keys of the functions that get its value. Without a ``default`` it needs a value.
    Without a ``pattern`` any string is valid. ``expectation`` is the error message for invalid values.
    Terraform hides the values of ``sensitive`` inputs. ``is_stage`` tells that it is the stage's name,
    and ``is_arn`` that it is the ARN of a source, which has a Region.
    """

    name: str
    description: str
    pattern: str
    expectation: str
    functions: tuple[str, ...] = ()
    sensitive: bool = False
    default: str | None = None
    is_stage: bool = False
    is_arn: bool = False


class Output(Record):
    """An output of the app: one value, or values by name."""

    name: str
    description: str
    value: Reference | Mapping[str, str]


class Backend(Record):
    """The backend block of a stage's root."""

    type: str
    arguments: Mapping[str, object]
    blocks: Mapping[str, Mapping[str, object]]


class Provider(Record):
    """The provider block of a stage's root. Blocks of one type can be repeated; their order counts.

    ``restricts_accounts`` tells that the stage may be deployed to certain accounts only.
    """

    arguments: Mapping[str, object] = field(default_factory=dict)
    blocks: tuple[tuple[str, Mapping[str, object]], ...] = ()
    restricts_accounts: bool = False


class LoadBalancer(Record):
    """A load balancer that belongs to the stage, with the domain name of its certificate and its subnets.

    ``arguments`` are the other arguments of its module, as far as the configuration sets them.
    """

    domain_name: str
    subnet_ids: tuple[str, ...]
    arguments: Mapping[str, object] = field(default_factory=dict)


class SkippedChecks(Record):
    """The checks that scanners skip for a stage, by the reason: those of checkov, and those of trivy."""

    checkov: tuple[tuple[str, str], ...] = ()
    trivy: tuple[tuple[str, str], ...] = ()


class Stage(Record):
    """A stage's root module.

    ``inputs`` are the root's own variables. ``arguments`` are the arguments that it passes to the app's
    module, except for the name, which is ``app``. ``policies`` are the contents of the user's policy files,
    by the names of the copies. ``required_version`` is the constraint on Terraform's version.
    """

    name: str
    app: str
    arguments: Mapping[str, object]
    tags: Mapping[str, str]
    policies: Mapping[str, str]
    backend: Backend | None
    required_version: str = ">= 1.10"
    provider: Provider = field(default_factory=Provider)
    inputs: tuple[Input, ...] = ()
    load_balancer: LoadBalancer | None = None
    skipped: SkippedChecks = field(default_factory=SkippedChecks)


class StateMachine(Record):
    """A Step Functions state machine: one call of its module, and one file with its definition.

    ``arn`` is composed from its name. ``path`` is the path of that file in the app's module, ``definition``
    its content, and ``file`` the file that declares the machine. ``functions`` are the functions that it
    invokes.
    """

    name: str
    label: str
    aws_name: str
    arn: str
    file: str
    path: str
    definition: str
    functions: Mapping[str, str]
    type: str
    log_level: str
    include_execution_data: bool
    tracing: bool | None
    statements: Mapping[str, tuple[Statement, ...]]
    policy: Mapping[str, object] | None


class Stack(Record):
    """The app's module, and one stage that calls it.

    ``base`` tells where composed ARNs begin. ``layer`` tells whether the dependencies have their own layer.
    ``unused_labels`` are the labels of the functions that are not deployed because they have no handlers.
    ``has_function_inputs`` tells whether the app's module has inputs for single functions.
    ``policy_sources`` are the keys of the sources whose policies others can add to, by a word for their type.
    ``source_settings`` are its inputs for sources, and ``role_owners`` the machines and handlers with a role.
    """

    app_name: str
    functions: tuple[Function, ...]
    kinds: tuple[Kind, ...]
    state_machines: tuple[StateMachine, ...]
    base: Base
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    stage: Stage
    layer: bool = False
    has_function_inputs: bool = True
    source_settings: tuple[str, ...] = ()
    role_owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unused_labels: tuple[str, ...] = ()
    policy_sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
