"""Who signed a request to the JSON API. API Gateway has verified the signature before the function is called; without its word nobody gets in."""

from http import HTTPStatus

from fastapi import HTTPException, Request


def principal(request: Request) -> str:
    """The ARN of the user or assumed role. HTTPException 403 when the request didn't come through a route with IAM authorization.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    match request.scope.get("aws.event"):
        case {"requestContext": {"authorizer": {"iam": {"userArn": str(arn)}}}} if arn:
            return arn
    raise HTTPException(HTTPStatus.FORBIDDEN, "Sign the request with AWS credentials (Signature Version 4, service execute-api).")
