"""Commands in the text of pages exist, with their options."""

from __future__ import annotations

import pytest

from documentation.checks.mentions import check_mention, list_wrong_mentions
from documentation.pages import list_pages, read_page


@pytest.mark.parametrize("path", [path for path in list_pages() if path != "CHANGELOG.md"])
def test_commands_in_the_text_exist(path: str) -> None:
    assert list_wrong_mentions(read_page(path)) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("domovoi-tf plam --json", "there is no command 'plam'"),
        ("domovoi-tf local plam", "there is no command 'plam'"),
        ("domovoi-tf plan --jsn", "plan has no option --jsn"),
        ("plan --jsn", "plan has no option --jsn"),
        ("domovoi-tf logs -z", "logs has no option -z"),
        ("local send tend --fil cat.png", "send has no option --fil"),
    ],
)
def test_wrong_commands_are_found(code: str, message: str) -> None:
    assert [*check_mention(code)] == [message]


@pytest.mark.parametrize(
    "code",
    [
        "domovoi-tf invoke --event",
        "domovoi-tf COMMAND --help",
        "domovoi-tf deploy -vv",
        "domovoi-tf plan [OPTIONS] -- -destroy --target=x",
        "domovoi-tf plan | head --lines",
        "plan",
        "terraform plan --jsn",
        "DOMOVOI_TF_HOME",
    ],
)
def test_placeholders_and_other_programs_are_no_problem(code: str) -> None:
    assert [*check_mention(code)] == []
