"""Temporary credentials of roles, as Lambda and CodeBuild get them for the code that they run."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Credentials:
    """What STS gives for an assumed role."""

    access_key_id: str
    secret_access_key: str
    session_token: str


class RoleCredentials:
    """`sts` is a boto3 client of the account. Roles are assumed anew each time, so no session outlives its work."""

    def __init__(self, sts: Any) -> None:
        self._sts = sts

    def of(self, role_arn: str, session: str) -> Credentials:
        """Credentials of a role; the session's name shows in GetCallerIdentity. At most 64 characters of it are kept."""
        given = self._sts.assume_role(RoleArn=role_arn, RoleSessionName=session[:64])["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
