"""Environment variables of the functions as a typed model; `template.yaml` sets them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Settings:
    """Each function has only the variables of what it may use; asking for a missing one is a fault of the template."""

    table_name: str = ""
    bundles_bucket: str = ""
    webhook_secret_arn: str = ""
    link_secret_arn: str = ""
    release_state_machine_arn: str = ""
    build_project: str = ""
    account_id: str = ""
    console_url: str = ""
    """Where people reach the console, without a slash at the end."""
    mail_from: str = ""
    configuration: str = "slipway.yaml"
    """Path of slipway.yaml inside the function's package."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        return cls(**{field.name: environment[f"SLIPWAY_{field.name.upper()}"] for field in fields(cls) if f"SLIPWAY_{field.name.upper()}" in environment})
