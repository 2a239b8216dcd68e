"""Lints the template as CloudFormation gets it: after SAM's transform, with the state machines' definitions inside.

    python -m scripts.lint_template cfn-lint [TEMPLATE]
    python -m scripts.lint_template checkov [TEMPLATE]

cfn-lint sees in it the events, roles, versions and permissions that SAM makes, and the definitions' substitutions. checkov asks for what
makes a template safe; what it asks for in vain is in `.checkov.yaml` with the reason or, where it is about one resource, in its Metadata.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from twin.aws.server import REGION
from twin.aws.template.source import read_source
from twin.aws.template.translation import transform

ROOT = Path(__file__).resolve().parent.parent
PARAMETERS = {"MailFrom": "slipway@example.com"}
CHECKOV = ROOT / ".slipway/environments/checkov/bin/checkov"
LINTERS = {
    "cfn-lint": (Path(sys.executable).with_name("cfn-lint"),),
    "checkov": (CHECKOV, "--config-file", ROOT / ".checkov.yaml", "--framework", "cloudformation", "--file"),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        translated = Path(folder) / "template.json"
        translated.write_text(json.dumps(_translated(Path(sys.argv[2]) if sys.argv[2:] else ROOT / "template.yaml"), indent=1))
        sys.exit(subprocess.run([*LINTERS[sys.argv[1]], translated], check=False).returncode)


def _translated(path: Path) -> dict[str, Any]:
    source = read_source(path, PARAMETERS)
    definitions = {name: resource["Properties"].get("Definition") for name, resource in source.template["Resources"].items()}
    template = dict(transform(source, region=REGION))
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            # SAM writes a definition as lines that are joined, which linters don't look into.
            del resource["Properties"]["DefinitionString"]
            resource["Properties"]["Definition"] = definitions[name]
    return template


if __name__ == "__main__":
    main()
