"""docs/cli.md is what the commands say, the commands say something, and both programs start from anywhere."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cli import app, dev_cli
from cli.reference import reference

ROOT = Path(__file__).parents[3]


def test_the_reference_is_up_to_date() -> None:
    assert (ROOT / "docs/cli.md").read_text() == reference(), "run: .venv/bin/python -m cli.reference > docs/cli.md"


@pytest.mark.parametrize("application", [app.application, dev_cli.application])
def test_every_command_option_and_argument_is_documented(application: typer.Typer) -> None:
    group = typer.main.get_command(application)
    assert isinstance(group, typer.core.TyperGroup) and group.help
    assert group.commands
    for name, command in group.commands.items():
        assert command.help and command.help.splitlines()[0].endswith("."), name
        assert all(getattr(parameter, "help", "") for parameter in command.params), name


def test_slipway_is_installed_for_every_folder_and_imports_nothing_of_it(tmp_path: Path) -> None:
    found = importlib.util.spec_from_file_location("setup", ROOT / "scripts/setup.py")
    assert found is not None and found.loader is not None
    setup = importlib.util.module_from_spec(found)
    found.loader.exec_module(setup)
    command, elsewhere = tmp_path / "slipway", tmp_path / "elsewhere"
    (elsewhere / "cli").mkdir(parents=True)
    (elsewhere / "cli/__init__.py").write_text("raise SystemExit('the wrong cli')")
    assert setup.install_command(command)
    assert not setup.install_command(command)
    done = subprocess.run([command, "status"], cwd=elsewhere, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Set SLIPWAY_URL" in done.stderr


@pytest.mark.parametrize("python", [[], [sys.executable]])
def test_dev_cli_starts_from_a_clean_shell(tmp_path: Path, python: list[str]) -> None:
    command = [*python, str(ROOT / "scripts/dev-cli.py"), "rollback", "--environment", "prod", "--revision", "3"]
    done = subprocess.run(command, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Set SLIPWAY_URL" in done.stderr
