"""The bundle: the same chart gives the same bytes, and what doesn't belong in a chart is refused."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CHART = {"Chart.yaml": "name: sample\n", "values.yaml": "replicas: 1\n", "values-dev.yaml": "replicas: 2\n", "templates/a.yaml": "a", "templates/b.yaml": "b"}


def write(folder: Path, names: list[str]) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(CHART[name])
    return folder


def bundle(chart: Path, output: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, ROOT / "build/bundle.py", "--chart", chart, "--output", output]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_same_chart_gives_the_same_bytes_whatever_its_times_modes_and_order(tmp_path: Path) -> None:
    one = write(tmp_path / "one", list(CHART))
    other = write(tmp_path / "elsewhere/other", list(reversed(CHART)))
    for path in other.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(path, 1234, 1234)
    (other / "templates/empty").mkdir()
    first, second = bundle(one, tmp_path / "one.tgz"), bundle(other, tmp_path / "other.tgz")
    content = (tmp_path / "one.tgz").read_bytes()
    assert content == (tmp_path / "other.tgz").read_bytes()
    assert first.stdout == second.stdout == f"sha256:{hashlib.sha256(content).hexdigest()}\n"
    with tarfile.open(tmp_path / "one.tgz") as archive:
        assert archive.getnames() == sorted(CHART)
        assert {(member.mtime, member.uid, member.gid, member.uname, member.mode) for member in archive} == {(0, 0, 0, "", 0o644)}


def test_one_changed_byte_gives_another_digest(tmp_path: Path) -> None:
    chart = write(tmp_path / "chart", list(CHART))
    before = bundle(chart, tmp_path / "before.tgz").stdout
    (chart / "values-dev.yaml").write_text("replicas: 3\n")
    assert bundle(chart, tmp_path / "after.tgz").stdout != before


def test_the_bundle_of_this_checkouts_chart_holds_exactly_its_files(tmp_path: Path) -> None:
    assert bundle(ROOT / "helm/sample-app", tmp_path / "bundle.tgz").returncode == 0
    with tarfile.open(tmp_path / "bundle.tgz") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    files = {path.relative_to(ROOT / "helm/sample-app"): path.read_bytes() for path in (ROOT / "helm/sample-app").rglob("*") if path.is_file()}
    assert {path.relative_to(tmp_path / "unpacked"): path.read_bytes() for path in (tmp_path / "unpacked").rglob("*") if path.is_file()} == files


def link_to_a_file(chart: Path) -> None:
    (chart / "templates/passwords.yaml").symlink_to("/etc/passwd")


def link_to_a_folder(chart: Path) -> None:
    (chart / "charts").symlink_to("/etc")


def chart_that_is_a_link(chart: Path) -> None:
    chart.rename(chart.with_name("real"))
    chart.symlink_to(chart.with_name("real"))


def pipe(chart: Path) -> None:
    os.mkfifo(chart / "templates/pipe")


def too_large(chart: Path) -> None:
    with (chart / "values.yaml").open("w") as file:
        file.truncate(1_000_001)


def too_long_a_name(chart: Path) -> None:
    folder = chart / "/".join(["n" * 100] * 3)
    folder.mkdir(parents=True)
    (folder / "values.yaml").touch()


def no_chart(chart: Path) -> None:
    (chart / "Chart.yaml").unlink()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (link_to_a_file, "templates/passwords.yaml is neither a file nor a folder"),
        (link_to_a_folder, "charts is neither a file nor a folder"),
        (chart_that_is_a_link, "There is no chart in chart"),
        (pipe, "templates/pipe is neither a file nor a folder"),
        (too_large, "more than 1000000 bytes"),
        (too_long_a_name, "is too long a name"),
        (no_chart, "Chart.yaml is missing"),
        (shutil.rmtree, "Chart.yaml is missing"),
    ],
)
def test_what_is_no_chart_is_refused_with_one_sentence(tmp_path: Path, spoil: Callable[[Path], None], words: str) -> None:
    chart = write(tmp_path / "chart", list(CHART))
    spoil(chart)
    refused = bundle(chart, tmp_path / "bundle.tgz")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert words in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "bundle.tgz").exists()
