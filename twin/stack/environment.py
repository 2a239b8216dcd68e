"""`environment.sh` in the stack's folder: what a shell needs so that `slipway`, `aws`, `kubectl` and `helm` mean this stack. Written by the supervisor."""

import shlex

from twin.stack.description import Description

OPERATOR = "operator"


def write_environment(description: Description) -> None:
    """A file for `.` of a POSIX shell; whoever reads it acts as the operator, another person sets AWS_PROFILE."""
    values = {
        "AWS_ENDPOINT_URL": description.aws_endpoint,
        "AWS_SHARED_CREDENTIALS_FILE": description.credentials,
        "AWS_CONFIG_FILE": description.folder / "config",
        "AWS_PROFILE": OPERATOR,
        "AWS_DEFAULT_REGION": "us-east-1",
        "SLIPWAY_URL": description.console,
        "KUBECONFIG": description.kubeconfig,
    }
    (description.folder / "environment.sh").write_text("".join(f"export {name}={shlex.quote(str(value))}\n" for name, value in values.items()))
