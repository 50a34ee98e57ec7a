"""Strategies for random Python values, among them objects whose every use raises an exception."""

from __future__ import annotations

import datetime
import decimal
import enum
import pathlib
import uuid
from collections import OrderedDict, UserString, defaultdict, namedtuple
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from types import MappingProxyType, SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from domovoi_tf import Domovoi, scoped, variable
from domovoi_tf.model.names import Scoped, Variable


class Text(str):
    """A string of a class of the app."""

    __slots__ = ()


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Word(str, enum.Enum):
    ALE = "ale"


def fail(*_: Any) -> Any:
    raise RuntimeError("hostile")


def make_hostile(base: type) -> Any:
    """Returns a class derived from another one, every use of whose objects raises an exception."""
    methods = (
        "repr",
        "str",
        "eq",
        "len",
        "iter",
        "bool",
        "getitem",
        "contains",
        "lt",
        "le",
        "gt",
        "ge",
        "index",
    )
    special = {f"__{name}__": fail for name in (*methods, "format", "int", "float", "hash")}
    own = dict.fromkeys(("items", "values", "keys", "get", "startswith", "endswith", "encode", "strip"), fail)
    return type("Hostile", (base,), {**special, **own})


def make_loop() -> list[Any]:
    loop: list[Any] = []
    loop.append({"a": loop})
    return loop


def make_deep(levels: int) -> Any:
    value: Any = "a"
    for _ in range(levels):
        value = {"States": {"A": {"Type": "Map", "Iterator": value}}}
    return value


class Client:
    """An object like those of boto3."""

    meta = SimpleNamespace(endpoint_url="http://localhost")


def wrong(**values: Any) -> Any:
    """Returns values for a record, which type checkers accept."""
    return values


Point = namedtuple("Point", "x y")
ODD: list[Callable[[], Any]] = [
    object,
    lambda: make_hostile(object)(),
    lambda: make_hostile(dict)(a=1),
    lambda: make_hostile(list)([1]),
    lambda: make_hostile(str)("orders"),
    lambda: make_hostile(int)(5),
    lambda: Text("orders"),
    lambda: Colour.RED,
    lambda: Colour,
    lambda: Level.LOW,
    lambda: Word.ALE,
    lambda: UserString("orders"),
    lambda: datetime.datetime(2030, 1, 1),
    lambda: datetime.timedelta(minutes=5),
    lambda: decimal.Decimal("1.5"),
    lambda: Fraction(1, 3),
    lambda: uuid.UUID(int=5),
    lambda: pathlib.Path("a.json"),
    lambda: OrderedDict(a=1),
    lambda: defaultdict(list),
    lambda: MappingProxyType({"a": 1}),
    lambda: Point(1, 2),
    lambda: {1, 2},
    lambda: frozenset("a"),
    lambda: range(3),
    lambda: iter([1]),
    lambda: (x for x in "ab"),
    lambda: b"orders",
    lambda: bytearray(b"a"),
    lambda: memoryview(b"a"),
    lambda: 1j,
    lambda: ...,
    lambda: NotImplemented,
    lambda: ValueError("x"),
    lambda: enum,
    Client,
    lambda: Client().meta,
    lambda: len,
    lambda: lambda event, context: None,
    lambda: partial(len, "a"),
    lambda: Client,
    lambda: type("\x1b[2J" * 30, (), {}),
    make_loop,
    lambda: make_deep(5),
    lambda: make_deep(40),
    lambda: make_deep(3000),
    lambda: "a" * 3_000_000,
    lambda: ["a"] * 5000,
    lambda: 10**400,
    lambda: 10**5000,
    lambda: -(10**5000),
    lambda: {"a": 10**5000},
    lambda: {10**5000: 1},
    lambda: {1: 2},
    lambda: {None: "a", "b": {(1, 2): 3}},
    lambda: Domovoi(),
    lambda: Scoped(**wrong(name=5)),
    lambda: Variable(**wrong(name=None)),
    lambda: Scoped(**wrong(name="a", form=make_hostile(object)())),
    lambda: Variable(**wrong(name="own", sensitive="no")),
]
HOSTILE_TEXTS = """false True 0 10 null ${a} %{b} orders.fifo https://a.example STANDARD EXPRESS NONE LATEST
MessageBody at(2030-01-01T00:00:00) Europe/Vienna a.json ../a.yaml /api {} [] {name} A
arn:aws:sqs:eu-west-1:123456789012:orders"""
hostile_texts = st.sampled_from(
    ["", "\0", "\ud800", "\x1b[2J", "e\u0301", "\u202e", "a b", "a\nb", "é" * 50, "a" * 2000, "rate(1 day)"]
) | st.sampled_from(HOSTILE_TEXTS.split())
texts = hostile_texts | st.text(max_size=20) | st.from_regex(r"[a-z][a-z0-9_-]{0,30}", fullmatch=True)
numbers = (
    st.integers(-3, 1001)
    | st.integers()
    | st.sampled_from([2**31, 2**63, 2**64, 50000, 50001, 10240, 604800])
)
scalars = (
    st.none()
    | st.booleans()
    | numbers
    | st.floats()
    | texts
    | st.binary(max_size=4)
    | st.decimals()
    | st.times()
)
names = st.sampled_from([scoped("a"), variable("b"), scoped("c", form="{name}.{stage}"), scoped("d.fifo")])
FIELDS = """a body data prefix $or States StartAt Type Resource Effect password Policy RedrivePolicy FifoQueue
VisibilityTimeout KmsMasterKeyId allow_origins allow_methods max_age anything-but numeric exists Branches
maxReceiveCount deadLetterTargetArn"""
fields = st.sampled_from(FIELDS.split())
odd = st.sampled_from(ODD).map(lambda make: make())
values = st.recursive(
    scalars | names | odd,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(fields | texts, inner, max_size=3)
    ),
    max_leaves=6,
)
documents = st.recursive(
    st.none() | st.booleans() | numbers | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields | texts, inner, max_size=3),
    max_leaves=8,
)
