"""Each lock has a folder of its own, whole or not at all."""

import hashlib
from pathlib import Path

import pytest

from twin.builder import BuildBroken
from twin.builder.dependencies import CACHE, installed

ROOT = Path(__file__).resolve().parents[4]


def test_this_checkouts_lock_is_installed_already() -> None:
    folder = installed(ROOT / "service/requirements.txt")
    assert folder == CACHE / hashlib.sha256((ROOT / "service/requirements.txt").read_bytes()).hexdigest()
    assert (folder / "fastapi/__init__.py").is_file()


def test_another_lock_has_another_folder_which_is_made_once(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("# nothing yet\n")
    first = installed(lock, tmp_path / "cache")
    (first / "mark").touch()
    assert installed(lock, tmp_path / "cache") == first and (first / "mark").exists()
    lock.write_text("# still nothing\n")
    second = installed(lock, tmp_path / "cache")
    assert second != first and sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted([first.name, second.name])


def test_a_lock_that_cannot_be_installed_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"slipway-has-no-such-package==1.0 --hash=sha256:{'ab' * 32}\n")
    with pytest.raises(BuildBroken) as broken:
        installed(lock, tmp_path / "cache")
    assert broken.value.phase == "dependencies" and "slipway-has-no-such-package" in broken.value.message
    assert list((tmp_path / "cache").iterdir()) == []
