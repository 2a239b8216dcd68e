"""Admission's key in KMS: an asymmetric one that never leaves it (https://docs.aws.amazon.com/kms/latest/developerguide/symmetric-asymmetric.html)."""

import base64
from typing import Any

from botocore.exceptions import ClientError

from slipway.adapters.aws import client, error_code, translated


class KmsSignatures:
    """ECDSA over P-256 with SHA-256. Which key counts is the template's to say, never the release's."""

    def __init__(self, key_arn: str) -> None:
        self._algorithm: dict[str, Any] = {"KeyId": key_arn, "MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256"}
        self._client = client("kms")

    @translated()
    def sign(self, statement: bytes) -> str:
        return base64.b64encode(self._client.sign(**self._algorithm, Message=statement)["Signature"]).decode()

    @translated()
    def is_valid(self, statement: bytes, signature: str) -> bool:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html"""
        try:
            given = base64.b64decode(signature, validate=True)
        except ValueError:
            return False
        if not given:
            return False
        try:
            return bool(self._client.verify(**self._algorithm, Message=statement, Signature=given)["SignatureValid"])
        except ClientError as error:
            if error_code(error) == "KMSInvalidSignatureException":
                return False
            raise
