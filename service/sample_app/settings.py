"""What the environment decides. The chart sets it: see `helm/sample-app/templates/deployment.yaml`."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """One field for each variable, named like it in lower case. What the process was built and deployed as comes from outside, never from the sources."""

    model_config = ConfigDict(frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    version: str = "unknown"
    commit: str = "unknown"
    image_digest: str = "unknown"
    environment: str = "local"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    faults: bool = Field(default=False, description="whether /faults is there")
    drain_seconds: float = Field(default=1.0, ge=0, le=60, description="between the end of readiness and the end of listening")
    shutdown_seconds: int = Field(default=20, ge=1, le=300, description="for requests in flight once listening has ended")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Pydantic's ValidationError names every bad variable at once. An empty variable counts as absent."""
    given = {name: environment.get(name.upper(), "") for name in Settings.model_fields}
    return Settings.model_validate({name: value for name, value in given.items() if value})
