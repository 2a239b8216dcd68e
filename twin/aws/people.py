"""People as AWS knows them: an IAM user with an access key for everybody in `slipway.yaml`, and one for the operator, whom every stack has.

A request to a route with IAM authorization carries such a key, so its function sees `arn:aws:iam::123456789012:user/ada`. Everybody may do everything.
"""

import configparser
import io
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from twin.aws import server

OPERATOR = "operator"
_USER_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


def create_people(names: Collection[str], iam: Any, folder: Path) -> None:
    """Make the users, and write into `folder` what the AWS CLI and SDKs read: `credentials` (for its owner only) and `config`, a profile for each.

    A name that can't be an IAM user's is passed over. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    users = sorted({OPERATOR, *(name for name in names if _USER_NAME.fullmatch(name))})
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "credentials", {user: _key_of_new_user(iam, user) for user in users}, mode=0o600)
    _write(folder / "config", {f"profile {user}": {"region": server.REGION} for user in users}, mode=0o644)


def _key_of_new_user(iam: Any, name: str) -> Mapping[str, str]:
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def _write(path: Path, profiles: Mapping[str, Mapping[str, str]], *, mode: int) -> None:
    file = configparser.ConfigParser(interpolation=None, default_section="")
    file.read_dict(profiles)
    text = io.StringIO()
    file.write(text)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as opened:
        opened.write(text.getvalue())
