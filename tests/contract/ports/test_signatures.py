"""What steps may rely on from the key that admits releases: the fake, and the adapter on moto's KMS."""

from collections.abc import Iterator

import boto3
import pytest

from slipway.adapters.kms import KmsSignatures
from slipway.ports import Signatures
from tests.contract.account import account
from tests.fakes.world import FakeSignatures


@pytest.fixture(params=["fake", "kms"])
def signatures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Signatures]:
    if request.param == "fake":
        yield FakeSignatures()
        return
    with account(monkeypatch):
        yield KmsSignatures(new_key())


def new_key() -> str:
    return str(boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"])


def test_what_was_signed_is_valid(signatures: Signatures) -> None:
    assert signatures.is_valid(b"image and bundle", signatures.sign(b"image and bundle"))


def test_another_statement_is_not(signatures: Signatures) -> None:
    assert not signatures.is_valid(b"another image", signatures.sign(b"image and bundle"))


@pytest.mark.parametrize("signature", ["", "not base64!", "bm90IGEgc2lnbmF0dXJl", "é"])
def test_what_is_no_signature_is_not_valid(signatures: Signatures, signature: str) -> None:
    assert not signatures.is_valid(b"image and bundle", signature)


def test_another_keys_signature_is_not_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    with account(monkeypatch):
        mine, theirs = KmsSignatures(new_key()), KmsSignatures(new_key())
        assert not mine.is_valid(b"image and bundle", theirs.sign(b"image and bundle"))
