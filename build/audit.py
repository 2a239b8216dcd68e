"""What is known against the packages that a service's lock names, and a bill of materials of them. Run by CodeBuild and by the twin's builder.

    python audit.py --lock CHECKOUT/service/requirements.txt --audit audit.json --sbom sbom.json

pip-audit asks the OSV database (https://google.github.io/osv.dev/post-v1-query/) about every pinned package; the registry's own scan knows only those of the
image's operating system. Whether what it finds keeps a release out isn't decided here, but by `Admit`: advisories and exceptions come and go, a build doesn't.
`audit.json` is pip-audit's `json` format, `sbom.json` CycloneDX. Exit code 0: both are written; 2: couldn't tell. Only after `lock.py` has accepted the file.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL


def main() -> int:
    parser = argparse.ArgumentParser(description="Look up what is known against the packages of a lock file.")
    parser.add_argument("--lock", type=Path, required=True, help="the commit's requirements.txt")
    parser.add_argument("--audit", type=Path, required=True, help="where the advisories are written as JSON")
    parser.add_argument("--sbom", type=Path, required=True, help="where the bill of materials is written as CycloneDX JSON")
    parser.add_argument("--osv-url", help="another address of OSV's query")
    arguments = parser.parse_args()
    command = [
        sys.executable,
        "-I",
        "-m",
        "pip_audit",
        "--requirement",
        str(arguments.lock),
        "--disable-pip",
        "--require-hashes",
        "--vulnerability-service",
        "osv",
    ]
    command += ["--format", "json", "--desc", "off", "--aliases", "on", "--progress-spinner", "off"]
    command += ["--osv-url", arguments.osv_url] if arguments.osv_url else []
    with tempfile.TemporaryDirectory(prefix="slipway-audit-") as cache:
        asked = subprocess.run([*command, "--cache-dir", cache], capture_output=True, text=True, check=False)  # nosec B603 - no shell
    found = understood(asked.stdout) if asked.returncode in (0, 1) else None
    if found is None:
        print(f"pip-audit ended with {asked.returncode} and no answer: {(asked.stderr.strip().splitlines() or [''])[-1]}", file=sys.stderr)
        return 2
    arguments.audit.write_text(json.dumps(found, indent=1))
    arguments.sbom.write_text(bill_of_materials(found["dependencies"]))
    return 0


def understood(answer: str) -> dict[str, Any] | None:
    """pip-audit ends with 1 when it finds something and when it fails, and only then says nothing. None also when it has left a package out."""
    try:
        found: dict[str, Any] = json.loads(answer)
    except ValueError:
        return None
    return None if any("skip_reason" in dependency for dependency in found["dependencies"]) else found


def bill_of_materials(dependencies: list[dict[str, Any]]) -> str:
    bom = Bom()
    for dependency in dependencies:
        name, version = dependency["name"], dependency["version"]
        bom.components.add(Component(type=ComponentType.LIBRARY, name=name, version=version, purl=PackageURL("pypi", None, name, version)))
    return str(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1))


if __name__ == "__main__":
    sys.exit(main())
