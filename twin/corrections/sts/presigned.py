"""GetCallerIdentity by a presigned URL, the form in which EKS tokens carry an identity."""

import io
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from twin.corrections.patching import Patches, correction

MOTO = "moto 5.2.5"
_BODY = b"Action=GetCallerIdentity&Version=2011-06-15"


@correction(MOTO, seen="a presigned GetCallerIdentity GET is taken for a request to S3")
def a_presigned_identity_is_answered(patches: Patches) -> None:
    """A GET with Action=GetCallerIdentity is answered like the signed POST of the same credentials; signatures aren't checked, as anywhere in moto."""
    call = DomainDispatcherApplication.__call__

    def dispatch(application: Any, environ: dict[str, Any], start_response: Any) -> Any:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if environ["REQUEST_METHOD"] == "GET" and query.get("Action") == ["GetCallerIdentity"] and "X-Amz-Credential" in query:
            signed_headers = query.get("X-Amz-SignedHeaders", ["host"])[0]
            environ = environ | {
                "REQUEST_METHOD": "POST",
                "QUERY_STRING": "",
                "CONTENT_LENGTH": str(len(_BODY)),
                "CONTENT_TYPE": "application/x-www-form-urlencoded",
                "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={query['X-Amz-Credential'][0]}, SignedHeaders={signed_headers}, Signature=presigned",
                "wsgi.input": io.BytesIO(_BODY),
            }
        return call(application, environ, start_response)

    patches.replace(DomainDispatcherApplication, "__call__", dispatch)
