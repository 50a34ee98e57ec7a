"""What the templates print: frozen values, already named and resolved to Terraform's addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domovoi_tf.hcl.syntax import Reference


@dataclass(frozen=True)
class Statement:
    """Actions that a role may take on resources."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True)
class Function:
    """A Lambda function and its role.

    ``name`` is empty for the default one, ``key`` is how it is called beside others. ``declared`` is what the
    app itself says of memory (MB) and timeout (s), ``settings`` the address of all that is said of the
    function. ``statements`` are what its handlers need, ``mapping_statements`` what its event source mappings
    need, by concern.
    """

    name: str
    label: str
    role_label: str
    aws_name: str
    key: str
    settings: Reference
    declared: Mapping[str, int]
    statements: Mapping[str, tuple[Statement, ...]]
    mapping_statements: Mapping[str, tuple[Statement, ...]]


@dataclass(frozen=True)
class Source:
    """A resource that triggers listen to: the app's own, looked up, or passed in.

    ``key`` is the part of its name that is the same in every stage; ``value`` is what triggers need of it,
    its ARN mostly; ``timeouts`` are those of the functions that read it.
    """

    type: str
    label: str
    key: str
    name: str
    owned: bool
    value: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    timeouts: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Trigger:
    """A handler's trigger: one call of the kind's module.

    ``mapping_role`` is the address of the role that may do what an event source mapping needs. ``outputs``
    are the attributes of that call that the app's outputs collect, by output.
    """

    label: str
    handler: str
    location: str
    description: str
    function_name: str
    function: Reference
    mapping_role: Reference
    source: Source | None
    needs: tuple[Source, ...]
    arguments: Mapping[str, object]
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def row(self) -> tuple[str, ...]:
        """What a person is told of it."""
        return self.handler, self.description, self.function_name, self.location


@dataclass(frozen=True)
class Kind:
    """All of an event source kind: one file."""

    name: str
    sources: tuple[Source, ...]
    triggers: tuple[Trigger, ...]


@dataclass(frozen=True)
class Input:
    """An input variable of the app, declared with ``variable()`` or needed by a kind.

    ``runtime`` says whether the functions are to know its value; ``default`` is that of the stage's root. One
    without a pattern may be any text, and a ``sensitive`` one is hidden in what Terraform shows.
    """

    name: str
    description: str
    pattern: str
    expectation: str
    runtime: bool = True
    sensitive: bool = False
    default: str | None = None


@dataclass(frozen=True)
class Output:
    """An output of the app: one value, or values by name."""

    name: str
    description: str
    value: Reference | Mapping[str, Reference]


@dataclass(frozen=True)
class Backend:
    """Where a stage's state is kept, as Terraform's backend block has it."""

    type: str
    arguments: Mapping[str, object]
    blocks: Mapping[str, Mapping[str, object]]


@dataclass(frozen=True)
class Provider:
    """How the stage's root reaches AWS, as Terraform's provider block has it."""

    arguments: Mapping[str, object] = field(default_factory=dict)
    blocks: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer of the stage's own: the domain name of its certificate, and its subnets if given."""

    domain_name: str
    subnet_ids: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """A stage's root module.

    ``inputs`` are the root's own variables; ``arguments`` is what it gives for the app's inputs beside the
    name, which is ``app``. ``policies`` are the texts of the user's policy files, by the name that each has
    here. ``required_version`` is the constraint on Terraform's version.
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


@dataclass(frozen=True)
class StateMachine:
    """A Step Functions state machine: one call of its module, and its definition in a file of its own.

    ``path`` is that of the file in the app's module, ``definition`` its text, and ``functions`` are those
    that it names.
    """

    name: str
    label: str
    aws_name: str
    location: str
    path: str
    definition: str
    functions: Mapping[str, Reference]
    type: str
    log_level: str
    include_execution_data: bool
    tracing: bool | None
    statements: Mapping[str, tuple[Statement, ...]]
    policy: Mapping[str, object] | None


@dataclass(frozen=True)
class Stack:
    """The app's module, and one stage that calls it.

    ``services`` are those of which resources are known by ARNs put together from their names. ``layer`` says
    whether the dependencies have a layer of their own. ``function_inputs`` are the inputs of the app's module
    that hold for all functions.
    """

    app_name: str
    functions: tuple[Function, ...]
    kinds: tuple[Kind, ...]
    state_machines: tuple[StateMachine, ...]
    services: tuple[str, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    stage: Stage
    layer: bool = False
    function_inputs: tuple[str, ...] = ()
