"""Files that look like secrets are refused: those of the project by name, all by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.errors import PackageError
from domovoi_tf.packaging.build import Options, Target, build
from domovoi_tf.packaging.contents import Entry
from domovoi_tf.packaging.secret_files import check_secret_files, has_private_key, identify_name

#: Put together here, so that no scanner takes alarm.
BEGIN, END = "-----BEGIN {}PRIVATE" + " KEY{}-----", "-----END {}PRIVATE" + " KEY{}-----"
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"


def make_key(kind: str = "", block: str = "", header: str = "", newline: str = "\n") -> bytes:
    lines = [BEGIN.format(kind, block), *([header, ""] if header else []), BODY, END.format(kind, block), ""]
    return newline.join(lines).encode()


@pytest.mark.parametrize(
    "content",
    [
        make_key(),
        make_key("RSA "),
        make_key("EC "),
        make_key("OPENSSH "),
        make_key("ENCRYPTED "),
        make_key("PGP ", " BLOCK", "Version: GnuPG v2"),
        make_key(
            "RSA ", "", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF"
        ),
        make_key(newline="\r\n"),
        make_key(newline="\\n"),  # in JSON, such as the key of a service account
        b"x = '''\n" + make_key() + b"'''",
        b"PuTTY-User-Key-File-3: ssh-ed25519\n",
        b"AGE-SECRET-KEY-1" + b"Q" * 58,
        b"\x00\xff" * 1000 + make_key(),
    ],
)
def test_private_key_is_recognised(content: bytes) -> None:
    assert has_private_key(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\n" + BODY.encode() + b"\n-----END CERTIFICATE-----\n",
        make_key().replace(b"PRIVATE", b"PUBLIC"),
        f'KEY_START = b"{BEGIN.format("", "")}"\nKEY_END = b"{END.format("", "")}"\n'.encode(),
        f"A PEM file starts with {BEGIN.format('RSA ', '')} and then has Base64.\n".encode(),
        f'regex = r"{BEGIN.format("[A-Z ]*", "")}"\n'.encode(),
        b"PuTTY-User-Key-File-",
    ],
)
def test_mention_of_a_key_is_accepted(content: bytes) -> None:
    assert not has_private_key(content)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("domovoilib/.env", "environment variables"),
        (".env.production", "environment variables"),
        ("x/.envrc", "environment variables"),
        ("domovoilib/.aws/credentials", "credentials"),
        ("vendor/.netrc", "credentials"),
        (".npmrc", "credentials"),
        (".pypirc", "credentials"),
        (".git-credentials", "credentials"),
        ("x/kubeconfig", "credentials"),
        ("x/id_rsa", "a private key"),
        ("x/id_ed25519", "a private key"),
        ("x/.ssh/config", "private keys"),
        ("x/keys.p12", "a store of keys"),
        ("x/terraform.tfstate", "a Terraform state"),
        ("x/terraform.tfstate.backup", "a Terraform state"),
        ("x/prod.tfvars", "Terraform variables"),
        ("x/.env.example", ""),
        ("x/.env.sample", ""),
        ("x/.env.template", ""),
        ("x/id_rsa.pub", ""),
        ("x/environment.py", ""),
        ("x/env", ""),
        ("x/credentials.py", ""),
        ("x/cacert.pem", ""),
        ("app.py", ""),
    ],
)
def test_file_of_the_project_is_judged_by_its_name(path: str, what: str) -> None:
    assert identify_name(path) == what


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "domovoilib" / ".aws").mkdir(parents=True)
    (tmp_path / "vendor").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "app.py").write_text("app = None\n")
    for name in (
        "domovoilib/.env",
        "domovoilib/.aws/credentials",
        "vendor/.netrc",
        "domovoilib/.env.example",
    ):
        (tmp_path / name).touch()
    (tmp_path / "domovoilib" / "x.pem").write_bytes(make_key())
    return tmp_path


def build_project(project: Path, **options: tuple[str, ...]) -> None:
    build(project, project / "out" / "package.zip", Target(), options=Options(**options))  # type: ignore[arg-type]


def test_all_files_are_named_with_the_ways_out(project: Path) -> None:
    with pytest.raises(PackageError) as raised:
        build_project(project)
    names = '"domovoilib/.aws/credentials", "domovoilib/.env", "domovoilib/x.pem", ".netrc"'
    assert str(raised.value) == (
        "These files look like secrets, and everyone who may read the function's code could read them:\n"
        "  domovoilib/.aws/credentials: credentials, by its name\n"
        "  domovoilib/.env: environment variables, by its name\n"
        "  domovoilib/x.pem: contains a private key\n"
        "  vendor/.netrc: credentials, by its name\n"
        "Keep secrets in Secrets Manager or SSM Parameter Store. Move the files away, or leave them out with "
        f'"package_exclude": [{names}] in .chalice/config.json. If they are not secrets, add '
        f'"package_allow": [{names}].'
    )
    assert list((project / "out").iterdir()) == []


def test_excluded_and_allowed_files_are_no_error(project: Path) -> None:
    rest = ("domovoilib/x.pem", ".netrc")
    build_project(project, exclude=("domovoilib/.env", "*/.aws"), allow=rest)
    build_project(project, allow=("domovoilib/.*", *rest))


def test_file_that_package_include_names_is_allowed(project: Path) -> None:
    (project / ".env").write_text("BEER=ale\n")
    options = {"exclude": ("domovoilib", ".netrc")}
    build_project(project, **options, include=(".env",))
    build_project(project, **options, include=("./.env",))


def test_key_of_a_dependency_is_found_and_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "digest"
    (installed / "pkg").mkdir(parents=True)
    (installed / "pkg" / "test.key").write_bytes(make_key())
    (installed / "pkg" / "test_keys.py").write_bytes(make_key())
    (installed / "pkg" / "tests").mkdir()
    (installed / "pkg" / "tests" / "server.pem").write_bytes(make_key())
    (installed / "pkg" / ".env").touch()  # names decide about files of the project only
    entries = [
        Entry(name, installed / name, "pkg 1.0 of requirements.txt", "pkg 1.0")
        for name in ("pkg/.env", "pkg/test.key", "pkg/test_keys.py", "pkg/tests/server.pem")
    ]
    for _ in range(2):
        with pytest.raises(PackageError) as raised:
            check_secret_files([], entries, installed, ())
        assert "  pkg/test.key of pkg 1.0 of requirements.txt: contains a private key\n" in str(raised.value)
        check_secret_files([], entries, installed, ["pkg/*.key"])
        check_secret_files([], [entries[0], *entries[2:]], installed, ())
        # The second time nothing is read.
        monkeypatch.setattr("domovoi_tf.packaging.secret_files.has_private_key", None)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "null", "[" * 100_000, "\ud800"])
def test_damaged_cache_is_written_again(tmp_path: Path, text: str) -> None:
    installed = tmp_path / "digest"
    installed.mkdir()
    (installed / "test.key").write_bytes(make_key())
    cache = tmp_path / "digest.keys.json"
    cache.write_text(text, errors="surrogatepass")
    with pytest.raises(PackageError):
        check_secret_files([], [Entry("test.key", installed / "test.key", "x", "x")], installed, ())
    assert cache.read_text() == '["test.key"]'
