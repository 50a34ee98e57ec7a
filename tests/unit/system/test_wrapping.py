"""Lines and tables that fit a terminal."""

from __future__ import annotations

import re

import pytest

from domovoi_tf.system.wrapping import format_table, measure, wrap_text

ARN = "arn:aws:sns:eu-central-1:123456789012:bartender-dev-announcements"
WARNING = (
    "Warning: app.py:11: the stages dev and prod would both create the SNS topic 'no beer left', which can "
    "exist only once in an account and Region: use scoped('no beer left') to give each stage its own"
)


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (
            60,
            [
                "Warning: app.py:11: the stages dev and prod would both",
                "  create the SNS topic 'no beer left', which can exist only",
                "  once in an account and Region: use scoped('no beer left')",
                "  to give each stage its own",
            ],
        ),
        (
            80,
            [
                "Warning: app.py:11: the stages dev and prod would both create the SNS topic",
                "  'no beer left', which can exist only once in an account and Region: use",
                "  scoped('no beer left') to give each stage its own",
            ],
        ),
        (len(WARNING), [WARNING]),
        (39, [WARNING]),
        (None, [WARNING]),
    ],
)
def test_lines_are_broken_between_words(width: int | None, lines: list[str]) -> None:
    assert wrap_text(WARNING, width).split("\n") == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "Fix the cause and run `domovoi-tf deploy --stage test` again, to apply the others.",
            ["Fix the cause and run `domovoi-tf deploy --stage test`", "  again, to apply the others."],
        ),
        (
            'Use the emulator in this shell with: eval "$(domovoi-tf local env)"',
            ["Use the emulator in this shell with:", '  eval "$(domovoi-tf local env)"'],
        ),
        (
            "Follow the execution that was started with: domovoi-tf executions follow brew-7",
            ["Follow the execution that was started with:", "  domovoi-tf executions follow brew-7"],
        ),
        (
            'for the local emulator add --emulator, or use eval "$(domovoi-tf local env)".',
            ["for the local emulator add --emulator, or use", '  eval "$(domovoi-tf local env)".'],
        ),
        (f"published to {ARN}", [f"published to {ARN}"]),
        (
            f"This is a sentence of more than one line about {ARN}, which does not fit one.",
            [f"This is a sentence of more than one line about {ARN},", "  which does not fit one."],
        ),
        (
            'posted to http://127.0.0.1:4566/_aws/orders/: 200 {"order": [1, 2], "of": "two beers"}',
            ["posted to http://127.0.0.1:4566/_aws/orders/: 200", '  {"order": [1, 2], "of": "two beers"}'],
        ),
        ("  domovoi-tf deploy --stage production        # deploy to AWS, after asking", None),
    ],
)
def test_what_a_user_copies_stays_whole(text: str, lines: list[str] | None) -> None:
    assert wrap_text(text, 60).split("\n") == (lines or [text])


def test_text_may_be_any_data() -> None:
    """What AWS or a handler returns. A search for the end at each brace would need minutes."""
    text = "{ " * 100_000 + "[x"
    assert wrap_text(text, 60).split() == text.split()
    assert wrap_text(f"sent {text}]", 60) == f"sent {text}]"


def test_columns_continue_below_themselves() -> None:
    text = "  function orders  + role, + policy logs, + log group, ~ memory 128 → 256, ± function"
    assert wrap_text(text, 60, 19).split("\n") == [
        "  function orders  + role, + policy logs, + log group,",
        "                   ~ memory 128 → 256, ± function",
    ]
    assert wrap_text(text, 60, 31).split("\n")[1].index("~") == 4, "no room for a column in the right half"
    address = f"  function url serve  http://{'x' * 40}/"
    assert wrap_text(address, 60, 21).split("\n") == ["  function url serve", f"    http://{'x' * 40}/"]
    assert wrap_text(address, 45, 21) == address
    assert wrap_text(f"{'':40}{text}", 60).split("\n")[0].strip()


def test_paragraphs_keep_their_lines_and_indentation() -> None:
    text = f"first\n\n    {'word ' * 20}\nlast"
    lines = wrap_text(text, 60).split("\n")
    assert [lines[0], lines[1], lines[-1]] == ["first", "", "last"]
    assert [len(line) - len(line.lstrip()) for line in lines[2:-1]] == [4, 6]
    assert " ".join(wrap_text(text, 60).split()) == " ".join(text.split())


def test_colours_and_wide_characters_count_as_shown() -> None:
    assert measure("\x1b[31mError:\x1b[0m no 啤酒") == 14
    assert measure("Ko\u0308lsch") == 6
    coloured = re.sub(r"\b(\w+)\b", "\x1b[31m\\1\x1b[0m", "word " * 30).strip()
    assert re.sub(r"\x1b\[\d+m", "", wrap_text(coloured, 60)) == wrap_text(("word " * 30).strip(), 60)


ROWS = [
    ["count", "schedule", "rate(1 hour)", "app.py:8"],
    ["announce", "sns", f"SNS topic {ARN}", "app.py:13"],
    ["serve", "url", "", "app.py:29"],
    ["print", "s3", "S3 bucket labels", "app.py:19"],
]


def test_table_is_aligned_if_it_fits() -> None:
    rows = [ROWS[0], ROWS[2]]
    aligned = "count  schedule  rate(1 hour)  app.py:8\nserve  url                     app.py:29"
    assert format_table(rows) == format_table(rows, 60) == aligned
    assert len(format_table(ROWS).split("\n")) == len(ROWS)


def test_long_rows_continue_below_and_the_others_stay_aligned() -> None:
    assert format_table(ROWS, 70).split("\n") == [
        "count     schedule  rate(1 hour)      app.py:8",
        "announce  sns",
        "    SNS topic",
        f"    {ARN}",
        "    app.py:13",
        "serve     url                         app.py:29",
        "print     s3        S3 bucket labels  app.py:19",
    ]


def test_columns_without_room_for_most_rows_continue_below_in_each_row() -> None:
    rows = [["function", "beers", f"https://{name * 20}"] for name in ("ab", "cdef", "g")]
    assert format_table(rows, 50).split("\n") == [
        "function  beers",
        f"    https://{'ab' * 20}",
        "function  beers",
        f"    https://{'cdef' * 20}",
        "function  beers",
        f"    https://{'g' * 20}",
    ]
