"""The image registry: which digest a commit's tag stands for. Tags are immutable there."""

from botocore.exceptions import ClientError

from slipway.adapters.aws import client, error_code, translated


class EcrRegistry:
    def __init__(self, account_id: str) -> None:
        """`account_id` is the AWS account that owns the registry."""
        self._account_id = account_id
        self._client = client("ecr")

    @translated()
    def digest(self, service: str, commit: str) -> str:
        try:
            found = self._client.describe_images(registryId=self._account_id, repositoryName=service, imageIds=[{"imageTag": commit}])
        except ClientError as error:
            if error_code(error) in ("ImageNotFoundException", "RepositoryNotFoundException"):
                return ""
            raise
        return str(found["imageDetails"][0]["imageDigest"])

    def reference(self, service: str) -> str:
        return f"{self._account_id}.dkr.ecr.{self._client.meta.region_name}.amazonaws.com/{service}"
