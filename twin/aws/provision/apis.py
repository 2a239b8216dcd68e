"""API Gateway HTTP APIs: handed to the twin's gateway instead of being described to moto."""

import hashlib

from twin.aws.gateway.routes import http_api
from twin.aws.provision.account import Account, Created, Wanted


def api(account: Account, wanted: Wanted) -> Created:
    """`AWS::ApiGatewayV2::Api` from its OpenAPI body. Its endpoint is the gateway's address."""
    wanted.without_effect("Description", "Name", "Tags")
    identifier = hashlib.sha256(wanted.name.encode()).hexdigest()[:10]
    account.apis.append(http_api(identifier, wanted.properties.get("Body", {})))
    return Created(ref=identifier, attributes={"ApiEndpoint": account.gateway, "ApiId": identifier})


def stage(_: Account, wanted: Wanted) -> Created:
    """`AWS::ApiGatewayV2::Stage`: the gateway serves the `$default` stage only; throttling and access logs are left out."""
    wanted.without_effect("AccessLogSettings", "ApiId", "AutoDeploy", "DefaultRouteSettings", "Description", "RouteSettings", "Tags")
    return Created(ref=wanted.properties["StageName"])
