"""`plan`, `apply` and `drift`, with a program in Terraform's place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from fake_terraform import FakeTerraform

from domovoi_tf.cli.terraform import plan as commands

from ..conftest import Done, Invoke

TEXT = "Terraform will perform the following actions:\n\n  # terraform_data.beer will be created\n"
PROGRESS = "terraform_data.malt: Refreshing state... [id=1]\n"
SUMMARY = "  stage  + terraform data beer\n1 to add, 0 to change, 0 to destroy.\n\n"


def make_change(actions: list[str], before: Any, after: Any) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after}
    resource = {"address": "terraform_data.beer", "mode": "managed", "type": "terraform_data", "name": "beer"}
    return {**resource, "change": change}


CREATION = make_change(["create"], None, {"input": "pils"})
MODIFICATION = make_change(["update"], {"input": "pils"}, {"input": "stout"})


@pytest.fixture(autouse=True)
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terraform: FakeTerraform) -> Path:
    """The folder of a stage for which Terraform plans to create a resource."""
    folder = tmp_path / "terraform" / "stages" / "dev"
    (tmp_path / "terraform" / "app").mkdir(parents=True)
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text("")
    monkeypatch.chdir(tmp_path)
    terraform.on("state pull", '{"lineage": "l", "serial": 1}')
    terraform.on("apply")
    terraform.on("show -json", json.dumps({"resource_changes": [CREATION]}))
    terraform.on("plan", PROGRESS + TEXT, code=2, files={"-out": "plan"})
    return folder


def list_plan_files(stage: Path) -> list[str]:
    return sorted(path.name for path in (stage / ".terraform" / "domovoi-tf").glob("*"))


def find_commands(terraform: FakeTerraform, name: str) -> list[list[str]]:
    return [call["args"] for call in terraform.calls if call["args"][0] == name]


def test_plan_prints_the_changes_and_saves_the_plan(
    invoke: Invoke, stage: Path, terraform: FakeTerraform
) -> None:
    hint = "Apply this plan with: domovoi-tf apply\n"
    assert invoke(commands.plan) == Done(0, f"{PROGRESS}{SUMMARY}{TEXT}{hint}")
    assert list_plan_files(stage) == ["plan", "plan.json"]
    [arguments] = find_commands(terraform, "plan")
    out = f"-out={stage.resolve() / '.terraform' / 'domovoi-tf'}"
    assert arguments[-1].startswith(out)
    assert arguments[-3:-1] == ["-no-color", "-detailed-exitcode"]


@pytest.mark.parametrize("arguments", [["--detailed-exitcode"], ["--", "-detailed-exitcode"]])
def test_changes_have_their_own_exit_code_on_request(invoke: Invoke, arguments: list[str]) -> None:
    assert invoke(commands.plan, *arguments).code == 2


def test_plan_without_changes_is_not_saved(invoke: Invoke, stage: Path, terraform: FakeTerraform) -> None:
    invoke(commands.plan)
    terraform.on("plan", "No changes. Your infrastructure matches.\n", files={"-out": "plan"})
    terraform.forget()
    assert invoke(commands.plan, "--detailed-exitcode") == Done(
        0, "No changes. Your infrastructure matches.\n"
    )
    assert list_plan_files(stage) == []
    # To read a plan takes as long as to make it; the state shows whose resources it has.
    assert (find_commands(terraform, "show"), len(find_commands(terraform, "state"))) == ([], 1)


@pytest.mark.parametrize("option", ["--json", "--markdown"])
def test_report_about_a_plan_without_changes_reads_it(
    invoke: Invoke, terraform: FakeTerraform, option: str
) -> None:
    terraform.on("plan", "No changes.\n", files={"-out": "plan"})
    terraform.on("show -json", "{}")
    assert invoke(commands.plan, option).code == 0
    assert len(find_commands(terraform, "show")) == 1


def test_failed_plan_is_not_saved(invoke: Invoke, stage: Path, terraform: FakeTerraform) -> None:
    terraform.on("plan", PROGRESS + TEXT, code=1, files={"-out": "plan"})
    assert invoke(commands.plan) == Done(1, PROGRESS + TEXT)
    assert list_plan_files(stage) == []


def test_json_and_markdown_are_printed_alone_and_the_plan_is_saved(invoke: Invoke, stage: Path) -> None:
    document = json.loads(invoke(commands.plan, "--json").out)
    assert document["stage"] == "dev"
    assert [change["address"] for change in document["changes"]] == ["terraform_data.beer"]
    assert invoke(commands.plan, "--markdown").out == (
        "### Plan for dev: 1 to add, 0 to change, 0 to destroy\n\n"
        "| | |\n|---|---|\n| stage | + terraform data beer |\n\n"
        "<details>\n<summary>Terraform's plan</summary>\n\n"
        f"```text\n{TEXT}```\n\n</details>\n"
    )
    assert list_plan_files(stage) == ["plan", "plan.json"]


def test_json_is_alone_on_standard_output_also_if_terraform_fails(
    stage: Path, terraform: FakeTerraform, capfd: pytest.CaptureFixture[str]
) -> None:
    terraform.on("plan", f"{PROGRESS}{TEXT}Planning failed.\n", err="Error: no beer\n", code=1)
    with pytest.raises(SystemExit) as exited:
        commands.plan.main(["--json"], standalone_mode=False)
    assert exited.value.code == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.endswith(f"{TEXT}Planning failed.\n") or f"{TEXT}Planning failed.\n" in err
    assert "Error: no beer\n" in err


def test_json_and_markdown_exclude_each_other(invoke: Invoke) -> None:
    with pytest.raises(click.UsageError, match=r"^--json and --markdown cannot be used together\.$"):
        invoke(commands.plan, "--markdown", "--json")


@pytest.mark.parametrize(
    "arguments",
    [
        ["-out=mine"],
        ["-out", "mine"],
        ["-refresh=false", "--out=mine"],
        ["--out", "mine"],
        ["-out=other", "-out=mine"],
    ],
)
def test_plan_file_that_the_user_names_is_read_and_not_saved(
    invoke: Invoke, stage: Path, terraform: FakeTerraform, arguments: list[str]
) -> None:
    terraform.on("plan", PROGRESS + TEXT, code=2, files={"-out": "plan"})
    assert invoke(commands.plan, "--", *arguments) == Done(0, f"{PROGRESS}{SUMMARY}{TEXT}")
    planned = find_commands(terraform, "plan")[0]
    assert planned[planned.index("-detailed-exitcode") + 1 :] == arguments
    assert Path(find_commands(terraform, "show")[0][-1]).name == "mine"
    assert list_plan_files(stage) == []


@pytest.mark.parametrize("arguments", [[], ["--", "-out=mine"]])
def test_plan_that_crashed_is_not_taken_for_one_with_changes(
    invoke: Invoke,
    stage: Path,
    terraform: FakeTerraform,
    arguments: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    (stage / "mine").write_text("an earlier plan")
    terraform.on("plan", PROGRESS, err="fatal error: out of memory\n", code=2)
    done = invoke(commands.plan, *arguments)
    assert (done.code, done.out) == (1, PROGRESS)
    assert find_commands(terraform, "show") == []
    assert list_plan_files(stage) == []


@pytest.mark.parametrize("code", [0, 1, 2])
def test_json_of_terraform_is_passed_on(invoke: Invoke, terraform: FakeTerraform, code: int) -> None:
    terraform.on("plan", "{}\n", code=code)
    assert invoke(commands.plan, "--", "-json") == Done(code, "{}\n")
    assert len(find_commands(terraform, "plan")) == 1


def test_apply_applies_the_saved_plan_once(invoke: Invoke, stage: Path, terraform: FakeTerraform) -> None:
    invoke(commands.plan)
    terraform.forget()
    first, _, rest = invoke(commands.apply).out.partition("\n\n")
    assert first.startswith("The plan of 20")
    assert rest == SUMMARY
    [arguments] = find_commands(terraform, "apply")
    assert Path(arguments[-1]).parent == stage.resolve() / ".terraform" / "domovoi-tf"
    assert find_commands(terraform, "plan") == []
    assert list_plan_files(stage) == []


def test_apply_refuses_a_stale_plan(invoke: Invoke, terraform: FakeTerraform) -> None:
    invoke(commands.plan)
    terraform.on("state pull", '{"lineage": "l", "serial": 2}')
    error = invoke(commands.apply).error
    assert error
    assert error.message.endswith(" is stale: the state has changed (serial 1, now 2).")
    assert find_commands(terraform, "apply") == []


def test_apply_without_a_saved_plan_plans_and_needs_an_answer(
    invoke: Invoke, stage: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    error = invoke(commands.apply).error
    assert error
    assert error.remedy == "Add --yes to apply the plan."
    assert find_commands(terraform, "plan") == []
    assert invoke(commands.apply, "--yes", "--lock-timeout", "5s") == Done(0, f"{PROGRESS}{SUMMARY}{TEXT}")
    for name in ("plan", "apply"):
        assert "-lock-timeout=5s" in find_commands(terraform, name)[0]
    assert list_plan_files(stage) == []


@pytest.mark.parametrize("answer", ["y", "n"])
def test_apply_asks_after_it_has_shown_the_plan(
    invoke: Invoke, stage: Path, terraform: FakeTerraform, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", ask)
    done = invoke(commands.apply)
    assert (done.code, len(find_commands(terraform, "apply"))) == ((0, 1) if answer == "y" else (1, 0))
    assert (
        f"{done.out}{''.join(questions)}".rstrip(" ") == f"{PROGRESS}{SUMMARY}{TEXT}Apply this plan? [y/N]:"
    )
    assert list_plan_files(stage) == []


def test_apply_of_no_changes_does_nothing(invoke: Invoke, stage: Path, terraform: FakeTerraform) -> None:
    terraform.on("plan", "No changes.\n", files={"-out": "plan"})
    assert invoke(commands.apply, "--yes") == Done(0, "No changes.\n")
    assert find_commands(terraform, "apply") == []
    assert list_plan_files(stage) == []


def test_failed_apply_has_the_exit_code_of_terraform_and_leaves_no_plan(
    invoke: Invoke, stage: Path, terraform: FakeTerraform
) -> None:
    terraform.on("apply", code=3)
    assert invoke(commands.apply, "--yes").code == 3
    assert list_plan_files(stage) == []


def test_apply_with_arguments_for_terraform_uses_no_plan(invoke: Invoke, terraform: FakeTerraform) -> None:
    invoke(commands.plan)
    terraform.forget()
    assert invoke(commands.apply, "--lock-timeout", "5s", "--", "-auto-approve") == Done(0, "")
    assert find_commands(terraform, "apply")[0][-2:] == ["-lock-timeout=5s", "-auto-approve"]
    assert find_commands(terraform, "show") == []


STATE = json.dumps({"serial": 1, "lineage": "l", "resources": [{"mode": "managed"}]})


def test_drift_lists_changes_outside_of_terraform(invoke: Invoke, terraform: FakeTerraform) -> None:
    terraform.on("state pull", STATE)
    terraform.on("plan", code=2, files={"-out": "plan"})
    terraform.on("show -json", json.dumps({"resource_drift": [MODIFICATION]}))
    done = invoke(commands.drift)
    lines = done.out.splitlines()
    assert (done.code, lines[0]) == (2, "Changed outside of Terraform in dev:")
    assert lines[-1] == (
        "To undo these changes, run `domovoi-tf deploy`. "
        "To keep them, add them to the app or its configuration."
    )
    done = invoke(commands.drift, "--json")
    document = json.loads(done.out)
    assert (done.code, document["stage"], document["deployed"], len(document["changes"])) == (
        2,
        "dev",
        True,
        1,
    )
    assert "-refresh-only" in find_commands(terraform, "plan")[0]


def test_no_drift_exits_with_0(invoke: Invoke, terraform: FakeTerraform) -> None:
    terraform.on("state pull", STATE)
    terraform.on("plan", files={"-out": "plan"})
    assert invoke(commands.drift) == Done(0, "Nothing was changed outside of Terraform in dev.\n")
    assert find_commands(terraform, "show") == []


def test_crash_of_terraform_is_no_drift(invoke: Invoke, terraform: FakeTerraform) -> None:
    terraform.on("state pull", STATE)
    terraform.on("plan", err="fatal error: out of memory\n", code=2)
    done = invoke(commands.drift)
    error = "`terraform plan` failed with exit code 2:\nfatal error: out of memory"
    assert (done.code, str(done.error)) == (1, error)
    assert find_commands(terraform, "show") == []


EMPTY = {"serial": 7, "lineage": "l", "resources": [{"mode": "data"}]}


@pytest.mark.parametrize("state", ["", json.dumps(EMPTY)], ids=["no state", "destroyed"])
def test_drift_of_nothing_deployed(invoke: Invoke, terraform: FakeTerraform, state: str) -> None:
    terraform.on("state pull", state)
    expected = "Nothing is deployed in dev. To deploy it, run `domovoi-tf deploy`.\n"
    assert invoke(commands.drift) == Done(0, expected)
    totals = {"add": 0, "change": 0, "destroy": 0}
    expected_document = {"stage": "dev", "deployed": False, "changes": [], "totals": totals}
    assert json.loads(invoke(commands.drift, "--json").out) == expected_document
    assert find_commands(terraform, "plan") == []


def test_killed_run_is_a_warning_until_an_apply_has_ended(
    invoke: Invoke, stage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr("domovoi_tf.cli.output.print_warning", warnings.append)
    invoke(commands.plan)
    assert warnings == []
    mark = stage / ".terraform" / "domovoi-tf.running"
    mark.touch()
    invoke(commands.plan)
    invoke(commands.drift)
    assert mark.exists()
    assert invoke(commands.apply, "--yes").code == 0
    expected = (
        "the last run of Terraform for dev was killed, and its state may lack what it created. "
        "To import that, run `domovoi-tf backend recover` first."
    )
    assert warnings == [expected, expected, expected]
    assert not mark.exists()
    invoke(commands.plan)
    assert warnings == [expected, expected, expected]


@pytest.mark.parametrize(
    ("options", "expected"),
    [(["--yes"], ["-auto-approve", "-target=module.app"]), ([], ["-target=module.app"])],
)
def test_yes_answers_terraform_too(
    invoke: Invoke, terraform: FakeTerraform, options: list[str], expected: list[str]
) -> None:
    assert invoke(commands.apply, *options, "--", "-target=module.app").code == 0
    (apply,) = find_commands(terraform, "apply")
    assert [argument for argument in apply[1:] if argument not in ("-input=false", "-no-color")] == expected
