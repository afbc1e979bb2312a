from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from dpnb import __version__
from dpnb.cli.app import COMMANDS, app


def call(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_help_lists_every_command_in_one_line():
    text = call("--help").output
    for name, meaning in COMMANDS.items():
        assert f"{name} " in text
        assert meaning in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name):
    result = call(name, "--help")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: app {name}")


def test_version_is_the_packages():
    assert __version__ in call("--version").output


def test_unknown_command_is_wrong_usage():
    assert call("rnu").exit_code == 2


def test_parameter_without_value_is_wrong_usage(tmp_path):
    notebook = tmp_path / "a.ipynb"
    notebook.touch()
    result = call("run", str(notebook), "-p", "year")
    assert result.exit_code == 2
    assert "'year' is not of the form name=value" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-p", "class=1"), "'class' is a word of Python's own"),
        (("--tags", ","), "',' names no tag"),
        (("--tags", ""), "'' names no tag"),
        (("--timeout", "nan"), "nan is no number of seconds"),
        (("--timeout", "0"), "0.0 is not in the range x>0"),
        (("--cell-timeout", "inf"), "inf is no number of seconds"),
    ],
)
def test_values_that_mean_nothing_are_wrong_usage(tmp_path, arguments, said):
    notebook = tmp_path / "a.ipynb"
    notebook.touch()
    result = call("run", str(notebook), *arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_help_loads_nothing_heavy():
    heavy = ["pandas", "sqlalchemy", "nbclient", "IPython", "rich"]
    code = f"""
import sys
from click.testing import CliRunner
from dpnb.cli.app import app
CliRunner().invoke(app, ["--help"])
print([name for name in {heavy} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
