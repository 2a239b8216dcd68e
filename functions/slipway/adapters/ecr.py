"""The image registry: which digest a commit's tag stands for. Tags are immutable there."""

from typing import Any

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

    @translated()
    def tag(self, service: str, digest: str, commit: str) -> bool:
        """https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html"""
        if earlier := self.digest(service, commit):
            return earlier == digest
        place: Any = {"registryId": self._account_id, "repositoryName": service}
        try:
            found = self._client.batch_get_image(**place, imageIds=[{"imageDigest": digest}])["images"]
            if not found:
                return False
            kind: Any = {"imageManifestMediaType": found[0]["imageManifestMediaType"]} if "imageManifestMediaType" in found[0] else {}
            self._client.put_image(**place, **kind, imageManifest=found[0]["imageManifest"], imageTag=commit, imageDigest=digest)
        except ClientError as error:
            if error_code(error) not in ("ImageAlreadyExistsException", "ImageTagAlreadyExistsException", "RepositoryNotFoundException"):
                raise
        return self.digest(service, commit) == digest

    def reference(self, service: str) -> str:
        return f"{self._account_id}.dkr.ecr.{self._client.meta.region_name}.amazonaws.com/{service}"
