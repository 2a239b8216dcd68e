"""Environment variables of the functions as a typed model; `template.yaml` sets them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Settings:
    """Each function has only the variables of what it may use; asking for a missing one is a fault of the template."""

    table_name: str = ""
    bundles_bucket: str = ""
    signing_key_arn: str = ""
    """Of the KMS key that admits releases."""
    webhook_secret_arn: str = ""
    link_secret_arn: str = ""
    session_secret_arn: str = ""
    """What the console signs cookies and forms with. Apart from the links', which more functions make: `sign_in` has to hold when links leak."""
    github_app_secret_arn: str = ""
    """Where it is missing, a function knows nothing of GitHub but what webhooks bring."""
    github_sign_in_secret_arn: str = ""
    github_url: str = "https://api.github.com"
    """Of the REST API, without a slash at the end; another one for GitHub Enterprise Server."""
    github_web_url: str = "https://github.com"
    """Where people sign in at GitHub, without a slash at the end."""
    release_state_machine_arn: str = ""
    deploy_state_machine_arn: str = ""
    build_project: str = ""
    notices_queue_url: str = ""
    """Where it is missing, what happens in a function is told to nobody outside."""
    news_topic_arn: str = ""
    account_id: str = ""
    console_url: str = ""
    """Where people reach the console, without a slash at the end."""
    mail_from: str = ""
    configuration: str = "slipway.yaml"
    """Path of slipway.yaml inside the function's package."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        return cls(**{field.name: environment[f"SLIPWAY_{field.name.upper()}"] for field in fields(cls) if f"SLIPWAY_{field.name.upper()}" in environment})
