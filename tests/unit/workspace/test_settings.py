"""What a workspace is made of: code before variables before the file, and nothing wrong is taken in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace
from dpnb.errors import SettingsError
from dpnb.orchestrator import PoolExecutor
from dpnb.workspace import find_home, get_workspace
from dpnb.workspace.settings import Settings

ALL = """
home = "기록/.dpnb"
database = "postgresql://etl:${PASSWORD}@db/dpnb"
broker = "${BROKER_URL}"
user = "김"
host = "gpu-3"
notebook = "밤.ipynb"

[storage]
url = "file:결과"
key = "${PASSWORD}"
[executor]
url = "inline:"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch) -> Path:
    """Give a project's folder, which is the working directory; no variable names a workspace."""
    monkeypatch.delenv("DPNB_HOME")
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PASSWORD", "p@ss/word")
    monkeypatch.setenv("BROKER_URL", "redis://:p@ss@host/0")
    return folder


def write(folder: Path, text: str) -> Path:
    file = folder / "dpnb.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_file_names_all_in_one_place(project):
    file = write(project, ALL)
    settings = Settings.of(file)
    assert settings.home == project / "기록/.dpnb"
    assert settings.database == "postgresql://etl:p%40ss%2Fword@db/dpnb"  # as URLs want it
    assert settings.broker == "redis://:p@ss@host/0"  # a whole value is taken as it is
    assert settings.storage.url == f"file:{project}/결과"
    assert settings.storage.plain_options == {"key": "p@ss/word"}
    assert settings.executor.url == "inline:"
    assert (settings.user, settings.host, settings.notebook) == ("김", "gpu-3", "밤.ipynb")


def test_the_file_is_found_from_below_and_given_by_name_or_by_a_variable(project, monkeypatch, tmp_path):
    file = write(project, 'user = "여기"')
    (project / "notebooks").mkdir()
    monkeypatch.chdir(project / "notebooks")
    assert Settings.of().user == "여기"
    assert Settings.of().home == find_home() == project / ".dpnb"
    assert Settings.of(project / ".dpnb").file == file  # its folder belongs to it
    assert Settings.of(project / ".other").file is None
    other = write(tmp_path, 'user = "저기"\nhome = "/srv/저기"')
    assert Settings.of(other).home == Path("/srv/저기")
    monkeypatch.setenv("DPNB_CONFIG", str(other))
    assert Settings.of().user == "저기"
    assert Settings.of("/srv/저기").user == "저기"


def test_a_file_above_the_projects_root_is_not_meant(project):
    write(project.parent, 'user = "남"')
    assert Settings.of().user == ""


def test_code_comes_before_variables_and_these_before_the_file(project, monkeypatch):
    write(project, 'database = "postgresql://file/x"\nbroker = "memory:"\nstorage = "file:/file"')
    monkeypatch.setenv("DPNB_DATABASE", "postgresql://variable/x")
    monkeypatch.setenv("DPNB_STORAGE", "file:/variable")
    assert Workspace(database="postgresql://code/x").database == "postgresql://code/x"
    workspace = Workspace()
    assert workspace.database == "postgresql://variable/x"
    assert workspace.base_path == Path("/variable")
    assert workspace.settings.broker == "memory:"
    monkeypatch.setenv("DPNB_HOME", str(project / "elsewhere"))
    assert Workspace().home == project / "elsewhere"
    assert Workspace("dpnb.toml").home == project / ".dpnb"  # what code names


def test_options_go_with_the_url_that_they_were_said_with(project, monkeypatch):
    write(project, '[storage]\nurl = "file:/file"\nkey = "1"')
    monkeypatch.setenv("DPNB_STORAGE", "file:/variable")
    assert Settings.of().storage.plain_options == {}
    monkeypatch.setenv("DPNB_STORAGE_OPTIONS", '{"key": "2"}')
    assert Settings.of().storage.plain_options == {"key": "2"}


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ('databse = "x"', "'databse' of .*there is no such setting.\nHint: did you mean 'database'?"),
        ('[database]\nurl = "x"', "'database' of .*it is to be text, and is dict"),
        ("[storage]\nulr = 'x'", "'storage' of .*names no url.\nHint: did you mean 'url' by 'ulr'"),
        ('[storage]\nurl = "file:x"\ntrust = true', "'storage.trust' of .*no file can say"),
        ("executor = 4", "'executor' of .*text or a table, and is int"),
        ('broker = "redis://:${NOWHERE}@h"', "'broker' of .*the environment variable 'NOWHERE' is not set"),
        ('[storage]\nurl="s3:"\nkey = "${NOWHERE}"', "'storage.key' of .*'NOWHERE' is not set"),
        ('user = "geheim', r"it is no TOML \(at .*\)"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_is_near_and_without_its_value(project, text, refusal):
    file = write(project, text)
    with pytest.raises(SettingsError, match=refusal) as caught:
        Settings.of(file)
    assert "geheim" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_file_that_is_not_there_is_said(project):
    with pytest.raises(SettingsError, match="nowhere.toml' is refused: it cannot be read: No such file"):
        Workspace("nowhere.toml")


def test_a_variable_that_is_nearly_one_of_ours_is_refused_and_others_are_not(project, monkeypatch):
    monkeypatch.setenv("DPNB_SOMETHING_ELSE", "1")
    assert Settings.of().database == ""
    monkeypatch.setenv("DPNB_DATABSE", "postgresql://h/x")
    with pytest.raises(SettingsError, match="'DPNB_DATABSE' of the environment.*\nHint: did you mean 'DPNB_DATABASE'?"):
        Settings.of()


def test_options_in_a_variable_are_json(project, monkeypatch):
    monkeypatch.setenv("DPNB_EXECUTOR", "pool:")
    monkeypatch.setenv("DPNB_EXECUTOR_OPTIONS", "workers=4")
    with pytest.raises(SettingsError, match="'DPNB_EXECUTOR_OPTIONS'.*JSON object"):
        Settings.of()


def test_another_process_comes_to_the_same_by_variables(project, monkeypatch):
    settings = Settings.of(write(project, ALL))
    for name, value in settings.environment.items():
        monkeypatch.setenv(name, value)
    (project / "dpnb.toml").write_text("", "utf-8")
    again = Settings.of()
    assert again == settings


def test_no_secret_shows_in_a_repr(project):
    settings = Settings.of(write(project, ALL))
    workspace = Workspace(project / "dpnb.toml", database="postgresql://u:geheim@h/x?password=geheim")
    shown = f"{settings!r} {workspace!r} {workspace.database!r} {workspace.settings!r} {vars(workspace)!r}"
    assert "geheim" not in shown
    assert "p@ss" not in shown
    assert "p%40ss" not in shown
    assert "postgresql://etl@db/dpnb" in shown
    assert "key=…" in shown


def test_the_default_workspace_is_opened_anew_when_its_settings_change(project):
    file = write(project, 'user = "하나"')
    first = get_workspace()
    assert get_workspace() is first
    file.write_text('user = "둘째"', "utf-8")
    assert get_workspace().who.user == "둘째"


def test_an_orchestrator_runs_where_the_settings_say_unless_it_is_told(project):
    write(project, 'executor = "inline:"')
    assert isinstance(Orchestrator()._executor, InlineExecutor)
    assert isinstance(Orchestrator(workers=1)._executor, PoolExecutor)
    write(project, '[executor]\nurl = "pool:"\nworkers = 3')
    assert Orchestrator()._executor.capacity == 3
