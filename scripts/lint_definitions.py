"""Lints the state machine definitions, which linters of the template don't see: they replace a local DefinitionUri by a dummy.

cfn-lint checks each definition against its schema of the Amazon States Language; what a schema can't say is checked here:
every transition leads to a state that exists, and every state is reached.

    python scripts/lint_definitions.py [DEFINITION ...]
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


def main() -> None:
    paths = [Path(argument) for argument in sys.argv[1:]] or sorted(Path("statemachines").glob("*.asl.yaml"))
    faults = [f"{path}: {fault}" for path in paths for fault in faults_of(path.read_text())]
    print("\n".join(faults), end="\n" if faults else "")
    sys.exit(1 if faults else 0)


def faults_of(text: str) -> Iterator[str]:
    """One sentence a fault of a definition in YAML."""
    definition = yaml.safe_load(re.sub(r"\$\{(\w+)\}", r"arn:aws:lambda:us-east-1:123456789012:function:\1", text))
    yield from _schema_faults(definition)
    yield from _graph_faults(definition)


def _schema_faults(definition: dict[str, Any]) -> Iterator[str]:
    properties = {"RoleArn": "arn:aws:iam::123456789012:role/lint", "Definition": definition}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as template:
        json.dump({"Resources": {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}}, template)
        template.flush()
        linter = Path(sys.executable).with_name("cfn-lint")
        done = subprocess.run([linter, "--format", "parseable", template.name], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        yield line.rpartition(":")[2]
    if done.returncode and not done.stdout:
        yield f"cfn-lint failed: {done.stderr.strip()}"


def _graph_faults(machine: dict[str, Any]) -> Iterator[str]:
    states = machine["States"]
    reached, waiting = set(), [machine["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        if name not in states:
            yield f"a transition leads to {name}, which isn't there"
            continue
        waiting += _transitions(states[name])
    for name in states.keys() - reached:
        yield f"no transition leads to {name}"
    for state in states.values():
        for inner in [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", []):
            yield from _graph_faults(inner)


def _transitions(state: dict[str, Any]) -> list[str]:
    rules = [*state.get("Choices", []), *state.get("Catch", []), state]
    return [rule[key] for rule in rules for key in ("Next", "Default") if key in rule]


if __name__ == "__main__":
    main()
