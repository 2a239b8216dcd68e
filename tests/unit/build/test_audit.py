"""The audit of a lock: pip-audit asks what is known, here the twin's OSV, and every package stands in the bill of materials."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from twin.builder.advisories import serving

ROOT = Path(__file__).resolve().parents[3]
GATE = ROOT / ".slipway/environments/gate/bin/python"
HASH = f"--hash=sha256:{'ab' * 32}"
ADVISORY = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["CVE-2026-1"],
    "summary": "bad",
    "modified": "2026-01-01T00:00:00Z",
    "published": "2026-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "sample-package", "ecosystem": "PyPI"},
            "versions": ["1.0"],
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


def audit(folder: Path, lines: str, url: str = "") -> "subprocess.CompletedProcess[str]":
    lock = folder / "requirements.txt"
    lock.write_text(lines)
    if url:
        return _run(folder, lock, url)
    with serving(folder / "findings.json") as own:
        return _run(folder, lock, f"{own}/v1/query")


def _run(folder: Path, lock: Path, url: str) -> "subprocess.CompletedProcess[str]":
    command = [GATE, ROOT / "build/audit.py", "--lock", lock, "--audit", folder / "audit.json", "--sbom", folder / "sbom.json", "--osv-url", url]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def known(folder: Path, *advisories: dict[str, Any]) -> None:
    (folder / "findings.json").write_text(json.dumps({"advisories": advisories}))


@pytest.mark.parametrize(("version", "names"), [("1.0", ["CVE-2026-1"]), ("1.1", [])])
def test_what_is_known_against_a_version_is_written_down_and_refuses_nothing(tmp_path: Path, version: str, names: list[str]) -> None:
    known(tmp_path, ADVISORY)
    done = audit(tmp_path, f"sample-package=={version} {HASH}\nother==2.0 {HASH}\n")
    assert done.returncode == 0, done.stderr
    found = {dependency["name"]: dependency["vulns"] for dependency in json.loads((tmp_path / "audit.json").read_text())["dependencies"]}
    assert [advisory["id"] for advisory in found["sample-package"]] == names
    assert all(advisory["fix_versions"] == ["1.1"] and "GHSA-aaaa-bbbb-cccc" in advisory["aliases"] for advisory in found["sample-package"])
    assert found["other"] == []


def test_every_package_stands_in_the_bill_of_materials(tmp_path: Path) -> None:
    assert audit(tmp_path, f"sample-package==1.0 {HASH}\nother==2.0 {HASH}\n").returncode == 0
    bill = json.loads((tmp_path / "sbom.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    assert {component["purl"] for component in bill["components"]} == {"pkg:pypi/sample-package@1.0", "pkg:pypi/other@2.0"}


def test_without_an_answer_it_cannot_tell(tmp_path: Path) -> None:
    done = audit(tmp_path, f"sample-package==1.0 {HASH}\n", url="http://127.0.0.1:1/v1/query")
    assert done.returncode == 2
    assert "pip-audit ended with 1 and no answer: " in done.stderr
    assert not (tmp_path / "audit.json").exists()
