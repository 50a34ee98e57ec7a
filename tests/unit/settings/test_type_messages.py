"""Messages about values of wrong types say what is expected, what is there, and what to write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
import pytest

from domovoi_tf.settings import keys
from domovoi_tf.settings.formats import (
    ACCOUNTS,
    BACKEND,
    FILES,
    KMS_KEY,
    RETENTION,
    ROLE_PATH,
    TAGS,
    Meta,
    array_of,
    convert_type,
)
from domovoi_tf.settings.keys import Named, Object
from domovoi_tf.settings.type_checks import _is_plainly_valid, check_types

WHOLE = "Write a whole number without quotes, such as"
OBJECT = 'Write keys and values in { and }: {"KEY": ...}'
RANGE, BOOL = "must be a whole number from 128 to 10240", "must be true or false"
LIST = "Write its items in [ and ], with commas."
STRING = "Write a string in double quotes."
ONE_BACKEND = 'must be one backend type and its arguments, such as {"s3": {"bucket": "my-state"}}'
MEMORY = keys.FUNCTION["lambda_memory_size"].type
COUNT = keys.FUNCTION["reserved_concurrency"].type
TEXT = keys.FUNCTION["description"].type
SUBNETS = keys.STAGE["alb_subnet_ids"].type
#: A value of each type of JSON.
VALUES: tuple[Any, ...] = (None, True, 1, 1.5, "x", [], ["x"], {}, {"x": 1})


@pytest.mark.parametrize(
    ("of", "value", "message"),
    [
        (MEMORY, "512", f'{RANGE}, not the string "512". Write 512, without quotes.'),
        (MEMORY, " 512 ", f'{RANGE}, not the string " 512 ". Write 512, without quotes.'),
        (MEMORY, "512 MB", f'{RANGE}, not the string "512 MB". {WHOLE} 128.'),
        (MEMORY, 1.5, f"{RANGE}, not the number 1.5. {WHOLE} 128."),
        (MEMORY, True, f"{RANGE}, not true. {WHOLE} 128."),
        (MEMORY, [512], f"{RANGE}, not a list. {WHOLE} 128."),
        (MEMORY, {}, f"{RANGE}, not an object. {WHOLE} 128."),
        (MEMORY, None, f"{RANGE}, not null. Leave it out, or write a value."),
        (MEMORY, 127, f"{RANGE}, not 127."),
        (COUNT, -1, "must be a whole number of at least 0, not -1."),
        (COUNT, "many", f'must be a whole number of at least 0, not the string "many". {WHOLE} 0.'),
        (bool, "true", 'must be true or false, not the string "true". Write true, without quotes.'),
        (bool, "Off", 'must be true or false, not the string "Off". Write false, without quotes.'),
        (bool, 0, "must be true or false, not the number 0. Write false, without quotes."),
        (bool, "maybe", f'{BOOL}, not the string "maybe". Write true or false, without quotes.'),
        (bool, [], "must be true or false, not a list. Write true or false, without quotes."),
        (bool, None, "must be true or false, not null. Leave it out, or write a value."),
        (str, 7, 'must be a string, not the number 7. Write "7", in double quotes.'),
        # Python reads 3.10 as 3.1.
        (str, 3.1, 'must be a string, not the number 3.1. Write it in double quotes: "..."'),
        (str, False, 'must be a string, not false. Write it in double quotes: "..."'),
        (str, ["x"], f"must be a string, not a list. {STRING}"),
        (str, {}, f"must be a string, not an object. {STRING}"),
        (str, None, "must be a string, not null. Leave it out, or write a value."),
        (TEXT, "x" * 257, "has 257 characters, but at most 256 are allowed."),
        (KMS_KEY, "x", "'x' is not the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID."),
        (KMS_KEY, 1, 'must be a string, not the number 1. Write "1", in double quotes.'),
        (list[str], "x", 'must be a list, not the string "x". Write ["x"].'),
        (list[str], {}, f"must be a list, not an object. {LIST}"),
        (list[str], 1, f"must be a list, not the number 1. {LIST}"),
        (list[FILES], None, "must be a list, not null. Leave it out, or write a value."),
        (SUBNETS, ["subnet-1"], "has 1 item, but at least 2 are needed."),
        (array_of(str, 1), ["x", "y"], "has 2 items, but at most 1 are allowed."),
        (dict[str, str], [], f"must be an object, not a list. {OBJECT}"),
        (dict[str, str], "x", f'must be an object, not the string "x". {OBJECT}'),
        (TAGS, {f"t{n}": "" for n in range(51)}, "has 51 entries, but at most 50 are allowed."),
        (BACKEND, {}, f"{ONE_BACKEND}."),
        (BACKEND, "s3", f'{ONE_BACKEND}, not the string "s3".'),
        (Literal["Text", "JSON"], "json", "'json' is not one of Text, JSON. Write \"JSON\"."),
        (Literal["Text", "JSON"], "xml", "'xml' is not one of Text, JSON."),
        (Literal["Text", "JSON"], ["JSON"], "must be one of Text, JSON, not a list."),
        (Literal["Text", "JSON"], None, "must be one of Text, JSON, not null."),
        (Literal[1, 3], "3", "'3' is not one of 1, 3. Write 3."),
        (Literal[1, 3], 2, "2 is not one of 1, 3."),
    ],
)  # fmt: skip
def test_message_names_type_value_and_remedy(of: Any, value: object, message: str) -> None:
    assert list(check_types("$.key", value, of)) == [f"$.key: {message}"]


@pytest.mark.parametrize("of", [str, int, bool, list[str], dict[str, str], RETENTION])
def test_no_message_shows_a_secret(of: Any) -> None:
    """A number may be one too, such as a PIN."""
    for value in (737373, 7.37373, "737373", "AKIAIOSFODNN7EXAMPLE", "sk_live_737373"):
        assert "7373" not in "".join(check_types("$.environment_variables.API_TOKEN", value, of))
        assert "AKIA" not in "".join(check_types("$.environment_variables.API_TOKEN", value, of))


def test_every_type_of_the_configuration_has_messages() -> None:
    """None of them is msgspec's, which names types of Python."""
    for of in set(map(id, list_types(keys.CONFIGURATION))):
        (type_,) = [each for each in list_types(keys.CONFIGURATION) if id(each) == of][:1]
        for value in VALUES:
            for problem in check_types("$", value, type_):
                assert "`" not in problem, problem
                assert "xpected" not in problem, problem
                assert problem.endswith((".", "...}", '"..."')), problem


def test_values_that_are_plainly_valid_are_so_for_msgspec() -> None:
    texts = ["", "a", "A1", "a" * 129, "12 ", "1.0", "aws:x", "\u00e9\n", *examples()]
    values = [*VALUES, *texts, -1, 0, 1, 60, 10**9, True, [*texts], {each: each for each in texts}]
    values += [[each] for each in texts] + [{each: each} for each in texts] + [{"a": 1}, [1], [[]], {}, []]
    accepted = 0
    for of in list_types(keys.CONFIGURATION):
        for value in values:
            if _is_plainly_valid(value, of):
                msgspec.convert(value, convert_type(of))
                accepted += 1
    assert accepted > 1000


def examples() -> Iterator[str]:
    """Yields strings that some formats accept."""
    arn = "arn:aws:{}:123456789012:{}"
    yield arn.format("iam:", "role/a")
    yield arn.format("lambda:eu-west-1", "layer:a:1")
    yield arn.format("kms:eu-west-1", "key/a")
    yield arn.format("sqs:eu-west-1", "a")
    yield from ["subnet-0", "sg-0", "3.13", "/a/", "123456789012", "eu-west-1", "1h", ">= 1.0", "CKV_AWS_1"]
    yield from ["shop.example.com", "INFO", "JSON", "x86_64", "policy.json", "data/*.json"]


@pytest.mark.parametrize(
    ("value", "of"),
    [
        (True, Annotated[int, Meta(ge=0)]),
        (1.0, int),
        ("a", RETENTION),
        (True, Literal[1, 2]),
        (1, bool),
        ("a\n", ROLE_PATH),
        ([], ACCOUNTS),
        ({}, BACKEND),
        ({"a": 1, "b": 2}, BACKEND),
        ({1: "a"}, TAGS),
        (None, str),
    ],
)
def test_other_values_are_left_to_msgspec(value: object, of: Any) -> None:
    assert not _is_plainly_valid(value, of)


def list_types(of: Any) -> Iterator[Any]:
    """Yields the types of all values, of items and of entries too."""
    if isinstance(of, Named):
        yield from list_types(of.of)
    elif isinstance(of, Object):
        for key in of.keys.values():
            yield from list_types(key.type)
    else:
        yield of
        bare = get_args(of)[0] if hasattr(of, "__metadata__") else of
        for inner in get_args(bare) if get_origin(bare) in (list, dict) else ():
            yield from list_types(inner)
