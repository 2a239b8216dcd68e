"""The caller's region, and AWS's errors as sentences. Credentials come from botocore's ordinary chain: environment, profile, SSO, role."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from cli.failures import No, Unreachable, WrongUsage

STALE = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""Codes that mean: these credentials are no good (any more). https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"""
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_API_HOST = re.compile(r"[a-z0-9-]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
SIGN_IN = "Sign in again, for example with `aws sso login`, or choose another AWS_PROFILE."


def region_of(url: str, session: boto3.Session) -> str:
    """Where the console runs: named by API Gateway's own host names, otherwise the session's region. WrongUsage when nobody names one."""
    if named := _API_HOST.fullmatch(urlsplit(url).hostname or ""):
        return named[1]
    if not session.region_name:
        raise WrongUsage("Which AWS region? Set AWS_DEFAULT_REGION, or a region in your AWS profile.")
    return session.region_name


@contextmanager
def translated() -> Iterator[None]:
    """botocore's exceptions as this command's failures."""
    try:
        yield
    except ClientError as error:
        raise _of_code(error) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise WrongUsage(f"There are no AWS credentials: set AWS_PROFILE, or sign in. ({error})") from error
    except (SSOError, TokenRetrievalError, CredentialRetrievalError) as error:
        raise WrongUsage(f"The AWS credentials can't be had or have expired: {error}. {SIGN_IN}") from error
    except (ProfileNotFound, NoRegionError) as error:
        raise WrongUsage(f"AWS: {error}.") from error
    except BotoCoreError as error:
        raise Unreachable(f"AWS doesn't answer: {error}") from error


def _of_code(error: ClientError) -> WrongUsage | No | Unreachable:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if code in STALE:
        return WrongUsage(f"AWS doesn't accept the credentials ({code}: {message}). {SIGN_IN}")
    if code in _DENIED:
        return No(f"AWS doesn't allow this to you: {message}")
    return Unreachable(f"AWS: {code}: {message}")
