"""Reading module calls from Terraform files, and comparing them with the installed modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.hcl.module_calls import find_uninstalled, read_module_calls


def test_calls_are_followed_into_local_modules(tmp_path: Path) -> None:
    files = {
        "stage/main.tf": 'module "app" {\n  source = "../app"\n\n  providers = {\n    aws = aws\n  }\n}\n',
        "stage/extra.tf": 'module "net" {\n  version = "5.0.0"\n  source  = "a/vpc/aws"\n}\n',
        "app/sns.tf": '# module "old" {\nmodule "tend" {\n  source = "./modules/sns"\n}\n\nmodule "pour" {\n'
        '  source = "./modules/missing"\n}\n',
        "app/modules/sns/main.tf": 'module "inner" {\n  source = "../inner"\n}\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert read_module_calls(tmp_path / "stage") == {
        "app": "../app",
        "app.pour": "./modules/missing",
        "app.tend": "./modules/sns",
        "app.tend.inner": "../inner",
        "net": "a/vpc/aws",
    }


def test_override_files_replace_sources(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "app" {\n  source = "../app"\n}\n')
    (tmp_path / "a_override.tf").write_text('module "app" {\n  source = "../mine"\n}\n')
    assert read_module_calls(tmp_path) == {"app": "../mine"}


@pytest.mark.parametrize(
    ("source", "recorded", "is_installed"),
    [
        ("./modules/sns", None, False),
        ("./modules/sns", "./modules/sns", True),
        ("./modules/sns/", "./modules/sns", True),
        ("./modules/sns", "./modules/sqs", False),
        ("./modules/sns", "registry.terraform.io/a/b/aws", False),
        ("a/b/aws", "registry.terraform.io/a/b/aws", True),
        ("a/b/aws", "./modules/sns", False),
    ],
)
def test_local_modules_must_have_the_recorded_source(
    source: str, recorded: str | None, is_installed: bool
) -> None:
    installed = {} if recorded is None else {"app": recorded}
    assert find_uninstalled({"app": source}, installed) == ([] if is_installed else ["app"])
