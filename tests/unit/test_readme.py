"""Examples in README.md are those of examples/, and work."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from domovoi_tf import settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BARTENDER = ROOT / "examples" / "bartender"


def find_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def read_handlers(source: str) -> dict[str, str]:
    """Returns the text of each function up to its result."""
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return {function.name: "\n".join(map(ast.unparse, list_statements(function))) for function in functions}


def list_statements(function: ast.FunctionDef) -> list[ast.AST]:
    return [*function.decorator_list, *(each for each in function.body if not isinstance(each, ast.Return))]


def write_project(folder: Path, app: str) -> None:
    (folder / ".chalice").mkdir()
    (folder / ".chalice" / "config.json").write_text(find_blocks("json")[0])
    (folder / "app.py").write_text(app)


def test_first_example_is_the_template_that_readme_names() -> None:
    assert "domovoi-tf new-project bartender --template bartender" in README
    assert read_handlers(find_blocks("python")[0]) == read_handlers((BARTENDER / "app.py").read_text())
    config, policy = map(json.loads, find_blocks("json")[:2])
    assert config["app_name"] == "bartender"
    statements = json.loads((BARTENDER / ".chalice" / "policy-dev.json").read_text())["Statement"]
    assert policy["Statement"] == [{k: v for k, v in each.items() if k != "Sid"} for each in statements]


def test_test_of_the_first_example_passes(tmp_path: Path) -> None:
    app, test = find_blocks("python")[:2]
    write_project(tmp_path, app)
    (tmp_path / "test_app.py").write_text(test)
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "1 passed" in done.stdout, done.stdout


def test_example_of_a_state_machine_is_read(tmp_path: Path) -> None:
    (machine,) = [block for block in find_blocks("python") if "step_function_task" in block]
    write_project(tmp_path, f"import domovoi_tf\napp = domovoi_tf.Domovoi()\n{machine}")
    command = [str(Path(sys.executable).with_name("domovoi-tf")), "show", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (function,) = json.loads(done.stdout)["functions"]
    assert [each["handler"] for each in function["handlers"]] == ["brew", "serve", "order"]


def test_example_of_the_configuration_is_valid(tmp_path: Path) -> None:
    write_project(tmp_path, "")
    (config,) = [block for block in find_blocks("json") if '"stages"' in block]
    (tmp_path / ".chalice" / "config.json").write_text(config)
    assert [settings.load(tmp_path, stage).app_name for stage in ("dev", "prod")] == ["bartender"] * 2
