"""`domovoi-tf render` and its --check and --json."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import cast

import pytest

from domovoi_tf import __version__

from ..conftest import (
    APP,
    PROGRAM,
    TWO_STAGES,
    Fails,
    Run,
    Terminal,
    await_end,
    configure,
    configure_stages,
    read_contents,
    read_tree,
)

UP_TO_DATE = f"terraform is up to date, rendered by domovoi-tf {__version__}.\n"


def test_several_stages_are_rendered_and_shown_together(run: Run, project: Path) -> None:
    configure(project, {"app_name": "bar", "stages": {"dev": {}, "prod": {"lambda_timeout": 9}, "test": {}}})
    done = run("render", "--stage", "dev", "--stage", "prod")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if "main.tf" in line] == [
        "  written  terraform/stages/dev/main.tf",
        "  written  terraform/stages/prod/main.tf",
    ]
    assert lines[-1] == (
        "The states of dev, prod are local files. "
        "To share them, configure terraform.backend in .chalice/config.json."
    )
    together = read_contents(project / "terraform")
    shutil.rmtree(project / "terraform")
    for stage in ("dev", "prod"):
        assert run("render", "--stage", stage).returncode == 0
    assert read_contents(project / "terraform") == together
    assert run("render", "--all-stages", "--check").returncode == 1
    assert run("render", "--all-stages").returncode == 0
    assert run("render", "--all-stages", "--check").returncode == 0
    shown = json.loads(run("show", "--all-stages", "--json").stdout)
    assert [(each["stage"], each["functions"][0]["timeout"]) for each in shown] == [
        ("dev", 60),
        ("prod", 9),
        ("test", 60),
    ]


def test_edited_files_and_unwritable_folders_are_errors(fails: Fails, run: Run, rendered_tree: Path) -> None:
    before = (rendered_tree / "app" / "sns.tf").read_text()
    (rendered_tree / "app" / "sns.tf").write_text("mine\n")
    assert fails("render") == (
        "Error: These files were edited, or domovoi-tf did not write them:\n"
        "  terraform/app/sns.tf\n"
        "Move your changes into a file of your own beside them (extra.tf, or main_override.tf), "
        "or overwrite them with --force.\n"
    )
    assert run("render", "--force").returncode == 0
    assert (rendered_tree / "app" / "sns.tf").read_text() == before
    assert fails("render", "--out", "app.py") == (
        "Error: app.py cannot be written: Not a directory.\n"
        "Make the folder writable, or choose another one with --out.\n"
    )


def test_stage_must_not_change_the_app_of_another_stage(fails: Fails, run: Run, project: Path) -> None:
    (project / "app.py").write_text("import os\n" + APP.replace('"bartender"', 'os.environ["TOPIC"]'))
    stages = {name: {"environment_variables": {"TOPIC": f"{name}-topic"}} for name in ("dev", "prod")}
    configure(project, {"app_name": "bar", "stages": stages})
    assert run("render").returncode == 0
    assert fails("render", "--stage", "prod") == (
        "Warning: app.py:7: the SNS topic 'prod-topic' contains the name of the stage prod, but all stages "
        "share app/: use scoped('topic', form='{stage}-{name}') to give each stage its own\n"
        "Error: app.py:7: topic_name of tend is 'prod-topic' in stage prod, but 'dev-topic' in stage dev\n"
        "    All stages share one app/. Use scoped('topic', form='{stage}-{name}'), which is this name in "
        "every stage.\n"
        "Warning: terraform/app would change, which the stage dev shares. If that stage no longer exists, "
        "remove terraform/stages/dev.\n"
    )
    assert not (project / "terraform" / "stages" / "prod").exists()


def test_stage_that_is_not_valid_does_not_stop_another_one(run: Run, project: Path) -> None:
    configure_stages(project, "dev", "prod")
    assert run("render", "--all-stages").returncode == 0
    (project / "app.py").write_text(
        APP.replace(
            "app =", "import os\n\nif os.environ['TOPIC'] == 'prod':\n    raise OSError('no')\napp ="
        ).replace("def tend", "def serve")
    )
    done = run("render")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        0,
        "Warning: terraform/app changes for the stage prod too, which is not valid: app.py:6: OSError: no",
    )


def test_comment_in_the_app_changes_no_file_of_the_tree(run: Run, project: Path, rendered_tree: Path) -> None:
    before = read_tree(rendered_tree)
    (project / "app.py").write_text(APP + "# A comment, which is the same on every machine.\n")
    assert run("render").returncode == 0
    assert read_tree(rendered_tree) == before


def test_stage_with_a_removed_folder_is_forgotten(run: Run, project: Path) -> None:
    (project / "app.py").write_text(TWO_STAGES.partition("\n\n\nif")[0])
    configure_stages(project, "dev", "prod")
    assert run("render").returncode == 0
    assert run("render", "--stage", "prod").returncode == 1
    shutil.rmtree(project / "terraform" / "stages" / "dev")
    assert run("render", "--stage", "prod").returncode == 0
    assert "stages/dev" not in (project / "terraform" / ".domovoi-tf.json").read_text()


def test_check_lists_outdated_files_and_writes_nothing(run: Run, project: Path, tree: Path) -> None:
    before = read_tree(project)
    missing = run("render", "--check")
    assert missing.returncode == 1
    assert "  stale  terraform/app/sns.tf\n" in missing.stdout
    assert missing.stderr == "terraform is out of date. Run `domovoi-tf render`.\n"
    assert read_tree(project) == before

    shutil.copytree(tree, project / "terraform")
    fresh = run("render", "--check")
    assert (fresh.returncode, fresh.stdout, fresh.stderr) == (0, UP_TO_DATE, "")

    configure(project, {"app_name": "bar", "lambda_timeout": 30})
    before = read_tree(project)
    stale = run("render", "--check")
    assert (stale.returncode, stale.stdout, stale.stderr) == (
        1,
        "  stale  terraform/stages/dev/main.tf\n",
        f"terraform is out of date, rendered by domovoi-tf {__version__}. Run `domovoi-tf render`.\n",
    )
    assert read_tree(project) == before


def test_check_names_the_stages_to_render(run: Run, project: Path) -> None:
    configure_stages(project, "dev", "prod")
    command = "terraform is out of date. Run `domovoi-tf render --stage dev --stage prod`."
    assert run("render", "--check", "--all-stages").stderr.splitlines()[-1] == command


def test_rendering_again_changes_no_file(run: Run, project: Path, rendered_tree: Path) -> None:
    before = read_tree(project)
    again = run("render")
    assert again.stdout.splitlines()[0] == "terraform: 0 of 28 files changed."
    assert read_tree(project) == before


def test_json_lists_written_files(run: Run, project: Path) -> None:
    def render(*args: str) -> tuple[int, dict[str, object]]:
        done = run("render", "--json", *args)
        return done.returncode, json.loads(done.stdout)

    code, outdated = render("--check")
    assert (code, outdated["rendered_by"]) == (1, None)
    assert render() == (0, outdated)
    fresh = {"folder": "terraform", "written": [], "removed": [], "rendered_by": __version__}
    assert render("--check") == (0, fresh)
    (project / "app.py").write_text(APP.replace('sns_topic_subscriber("bartender")', "function_url()"))
    _, changed = render()
    assert "app/url.tf" in cast("list[str]", changed["written"])


def test_check_leaves_the_rest_of_an_interrupted_change_alone(run: Run, rendered_tree: Path) -> None:
    committed = rendered_tree / ".domovoi-tf.committed"
    committed.mkdir()
    before = read_tree(rendered_tree)
    done = run("render", "--check")
    assert (done.returncode, done.stdout) == (0, UP_TO_DATE)
    assert done.stderr == (
        "Warning: A command was interrupted while it wrote terraform: some of the files may be old.\n"
    )
    assert read_tree(rendered_tree) == before
    assert committed.exists()


# Versions


def set_version(tree: Path, version: str, number: int = 2) -> None:
    """Changes the manifest as if another version had rendered the tree."""
    manifest = tree / ".domovoi-tf.json"
    text = manifest.read_text().replace(f'"version": "{__version__}"', f'"version": "{version}"')
    manifest.write_text(text.replace('"format": 2', f'"format": {number}'))


def test_tree_of_another_version_is_named_once(run: Run, rendered_tree: Path) -> None:
    before = read_contents(rendered_tree)
    set_version(rendered_tree, "99.0.0")
    line = f"terraform is up to date, rendered by domovoi-tf 99.0.0, which is newer than this, {__version__}."
    done = run("render", "--check")
    assert (done.returncode, done.stdout) == (0, f"{line}\n")
    assert run("render").stdout.splitlines()[:2] == [
        f"terraform was rendered by domovoi-tf 99.0.0, which is newer than this, {__version__}.",
        "terraform: 0 of 28 files changed.",
    ]
    assert run("render").stdout.splitlines()[0] == "terraform: 0 of 28 files changed."
    assert read_contents(rendered_tree) == before


def test_check_of_a_stale_tree_of_a_newer_version_suggests_that_version(
    fails: Fails, run: Run, project: Path, rendered_tree: Path
) -> None:
    set_version(rendered_tree, "99.0.0")
    configure(project, {"app_name": "bar", "lambda_timeout": 30})
    assert fails("render", "--check") == (
        f"terraform is out of date, rendered by domovoi-tf 99.0.0, which is newer than this, {__version__}. "
        "Run `pip install 'domovoi-tf>=99.0.0'`; `domovoi-tf render` would write the files of "
        f"{__version__}.\n"
    )


def test_tree_of_the_first_release_gets_a_manifest_of_the_new_format(run: Run, rendered_tree: Path) -> None:
    before = read_contents(rendered_tree)
    manifest = rendered_tree / ".domovoi-tf.json"
    manifest.write_text(json.dumps({"files": json.loads(manifest.read_text())["rendered"], "source": "x"}))
    done = run("render", "--check")
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "  stale  terraform/.domovoi-tf.json\n",
        f"terraform is out of date, rendered by domovoi-tf 0.1.0, and this is {__version__}. "
        "Run `domovoi-tf render`.\n",
    )
    assert run("render").stdout.splitlines()[:3] == [
        "  written  terraform/.domovoi-tf.json",
        f"terraform was rendered by domovoi-tf 0.1.0, and this is {__version__}.",
        "terraform: 0 of 28 files changed.",
    ]
    assert read_contents(rendered_tree) == before


@pytest.mark.parametrize("command", ["render", "render --check", "package", "plan", "apply", "validate"])
def test_tree_of_a_newer_format_is_refused(fails: Fails, rendered_tree: Path, command: str) -> None:
    set_version(rendered_tree, "99.0.0", number=3)
    before = read_contents(rendered_tree)
    assert fails(*command.split()) == (
        "Error: terraform was rendered by domovoi-tf 99.0.0, in the format 3. This is domovoi-tf "
        f"{__version__}, which knows the formats up to 2.\n"
        "Install the newer version: pip install 'domovoi-tf>=99.0.0'.\n"
    )
    assert read_contents(rendered_tree) == before


# Differences


def test_check_shows_differences_and_their_reasons(run: Run, project: Path, rendered_tree: Path) -> None:
    assert run("render", "--check", "--diff").stdout == UP_TO_DATE
    configure(
        project, {"app_name": "bar", "lambda_timeout": 30, "environment_variables": {"GLASS": "a pint"}}
    )
    with (rendered_tree / "app" / "iam.tf").open("a") as file:
        file.write("# mine\n")
    before = read_tree(project)
    done = run("render", "--check", "--diff")
    assert (done.returncode, done.stderr) == (
        1,
        f"terraform is out of date, rendered by domovoi-tf {__version__}. Run `domovoi-tf render`.\n",
    )
    assert done.stdout == (
        "  stale  terraform/app/iam.tf: it was edited by hand\n"
        "  stale  terraform/stages/dev/main.tf: the app or its configuration has changed\n"
        "\n"
        "--- a/terraform/app/iam.tf\n"
        "+++ b/terraform/app/iam.tf\n"
        "@@ -9,4 +9,3 @@\n"
        "   statements    = module.lambda.statements\n"
        "   tags          = local.settings.tags\n"
        " }\n"
        "-# mine\n"
        "\n"
        "--- a/terraform/stages/dev/main.tf\n"
        "+++ b/terraform/stages/dev/main.tf\n"
        "@@ -6,6 +6,9 @@\n"
        '   name = "bar-dev"\n'
        "   settings = {\n"
        "     memory_size = 128\n"
        "-    timeout     = 60\n"
        "+    timeout     = 30\n"
        "+    environment_variables = {\n"
        '+      GLASS = "********"\n'
        "+    }\n"
        "   }\n"
        " }\n"
        "\n"
    )
    document = json.loads(run("render", "--check", "--diff", "--json").stdout)
    assert document["written"] == ["app/iam.tf", "stages/dev/main.tf"]
    first, second = document["files"]
    assert first == {
        "path": "app/iam.tf",
        "change": "changed",
        "reason": "it was edited by hand",
        "diff": done.stdout.split("\n\n")[1].split("\n"),
    }
    assert second["diff"] == done.stdout.split("\n\n")[2].split("\n")
    assert read_tree(project) == before


def test_terminal_shows_differences_in_colours(
    terminal: Terminal, project: Path, rendered_tree: Path
) -> None:
    configure(project, {"app_name": "bar", "lambda_timeout": 30})
    code, screen = await_end(terminal(PROGRAM, "render", "--check", "--diff"))
    assert code == 1
    assert "\x1b[31m-    timeout     = 60\x1b[0m" in screen
    assert "\x1b[32m+    timeout     = 30\x1b[0m" in screen
    code, screen = await_end(terminal(PROGRAM, "render", "--check", "--diff", NO_COLOR="1"))
    assert (code, "\x1b" in screen) == (1, False)


def test_differences_need_the_check(fails: Fails) -> None:
    assert fails("render", "--diff", code=2).splitlines()[-1] == "Error: --diff needs --check."
