"""The handlers are tested on Lambda's Python where a machine has it; on another, one line says that they aren't."""

import platform
import sys
from pathlib import Path

import pytest

from scripts import handlers_on_lambdas_python
from scripts.handlers_on_lambdas_python import candidates, wanted_version, works


def test_where_there_is_none_a_line_says_so_and_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(handlers_on_lambdas_python, "wanted_version", lambda _: "3.99")
    handlers_on_lambdas_python.main()
    assert capsys.readouterr().out == "handlers on Lambda's Python 3.99: not tested, there is none on PATH or in pyenv\n"


def test_that_of_path_comes_first_then_pyenvs_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("3.99.2", "3.99.10", "3.99-dev", "3.98.1"):
        (tmp_path / "versions" / name).mkdir(parents=True)
    on_path = tmp_path / "python3.99"
    on_path.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert list(candidates("3.99")) == [on_path, *(tmp_path / "versions" / name / "bin/python" for name in ("3.99.10", "3.99.2"))]


def test_one_that_doesnt_start_is_none(tmp_path: Path) -> None:
    shim = tmp_path / "python"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    version = ".".join(platform.python_version_tuple()[:2])
    assert [works(python, version) for python in (Path(sys.executable), shim, tmp_path / "nowhere")] == [True, False, False]
    assert not works(Path(sys.executable), "3.99")


def test_the_template_asks_for_one_version() -> None:
    assert wanted_version("Globals:\n  Function:\n    Runtime: python3.13\n") == "3.13"
