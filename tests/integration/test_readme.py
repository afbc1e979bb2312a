"""What the README promises is true, in both languages."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from dpnb.cli.app import COMMANDS, app

pytestmark = pytest.mark.integration

TOP = Path(__file__).parents[2]
READMES = [TOP / "README.md", TOP / "README.ko.md"]


def blocks(readme: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", readme.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(readme: Path) -> list[str]:
    lines = "\n".join(blocks(readme, "sh")).splitlines()
    return [line.partition("#")[0].strip() for line in lines if line]


def test_code_runs_from_top_to_bottom_as_a_script(tmp_path):
    checks = """
assert plan.execution_order == ["orders", "average", "good_days"]
assert run.status == "succeeded", run.failures
assert str(again.summary()) == "nothing runs; 3 tasks are reused."
assert set(run.tasks["state"]) == {"reused"}
assert len(runs()) == 3
assert list(run["good_days"].columns) == ["day", "amount"]
assert len(run["orders"]) == 14
"""
    script = tmp_path / "readme.py"
    script.write_text("\n".join([*blocks(READMES[0], "python"), checks]), encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_cells_run_from_top_to_bottom_in_ipython(tmp_path):
    (text,) = blocks(READMES[0], "ipython")
    program = f"""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(history_length=0)
for cell in {text.split(chr(10) * 2)!r}:
    shell.run_cell(cell, store_history=True).raise_error()
assert shell.user_ns["run"].wait()["mean"] == 81 / 14
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_korean_readme_has_the_same_code_commands_and_shape():
    english, korean = READMES
    for language in ("python", "ipython"):
        assert blocks(korean, language) == blocks(english, language)
    assert commands(korean) == commands(english)
    for structure in (r"^#+ ", r"^\d\. ", r"^\| ", r"^!\["):
        counts = [len(re.findall(structure, readme.read_text(encoding="utf-8"), re.MULTILINE)) for readme in READMES]
        assert counts[0] == counts[1] > 0, structure


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_links_and_pictures_lead_somewhere(readme):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", readme.read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (TOP / target).exists()] == []


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_commands_exist(readme):
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`", readme.read_text(encoding="utf-8")))
    words = [line.split() for line in commands(readme)]
    assert named | {word for program, word, *_ in words if program == "make"} <= targets
    assert {word for program, word, *_ in words if program == "dpnb"} <= COMMANDS.keys()


@pytest.mark.parametrize("line", [line for line in commands(READMES[0]) if line.startswith("dpnb ")])
def test_commands_are_called_as_they_want_to_be(line):
    _, name, *arguments = shlex.split(line)
    context = click.Context(app)
    command = app.get_command(context, name)
    if isinstance(command, click.Group) and arguments[:1] and arguments[0] in command.commands:
        command = command.commands[arguments.pop(0)]
    assert command is not None
    given, rest, _ = command.make_parser(click.Context(command)).parse_args(list(arguments))
    assert rest == []
    if "notebook" in given:
        assert (TOP / given["notebook"]).is_file()


def test_a_command_that_does_not_exist_would_be_noticed():
    command = app.get_command(click.Context(app), "plan")
    assert command is not None
    with pytest.raises(click.NoSuchOption):
        command.make_parser(click.Context(command)).parse_args(["a.ipynb", "--swg", "dag.svg"])
