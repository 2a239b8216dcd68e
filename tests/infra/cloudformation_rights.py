"""Which actions CloudFormation needs to deploy template.yaml, by the handlers in AWS's own schemas of resource types, as cfn-lint ships them.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

import json
import re
from collections.abc import Collection
from pathlib import Path

import cfnlint

from tests.infra.translated import translated

SCHEMAS = Path(cfnlint.__file__).parent / "data/schemas/resources"
WITHOUT_HANDLERS = {
    # https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-permissions-reference.html
    "AWS::CodeBuild::Project": {
        "codebuild:BatchGetProjects",
        "codebuild:CreateProject",
        "codebuild:DeleteProject",
        "codebuild:UpdateProject",
        "iam:PassRole",
    },
}
"""Types of before there were handlers."""
ACCESS_LOGS = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}
"""What no schema names: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html"""
UNUSED = {
    "tables that are global, imported, streamed to Kinesis, watched by insights, or shared": (
        r"dynamodb:(.*(Replica|Kinesis|Import|ContributorInsights|ResourcePolicy).*|Scan|Query|\w+Item)|kinesis:\w+|iam:CreateServiceLinkedRole"
        r"|kms:RevokeGrant|logs:(CreateLogStream|DescribeLogStreams|PutLogEvents)|s3:GetObjectMetadata"
    ),
    "buckets with a website, copies, metrics, notices, access lists or tables": (
        r"s3tables:\w+|s3:\w*(Analytics|CORS|Cors|Inventory|Metrics|Notification|Replication|Website|Accelerate|ObjectLock|Logging|IntelligentTiering|Metadata|Abac)"
        r"\w*|s3:(PutObjectAcl|PutBucketAcl|DeleteObject|getObject|REST\.PUT\.OBJECT)"
    ),
    "secrets in several regions": r"secretsmanager:\w+Regions\w*",
    "topics that hide data, and delivery to Firehose": r"sns:PutDataProtectionPolicy|firehose:\w+",
    "senders with a domain, DKIM or feedback of their own": r"ses:PutEmailIdentity\w+",
    "functions with signed code, file systems, provisioned concurrency, recursion, gradual deployments or runtimes of their own": (
        r"lambda:(Put|Delete)\w*(CodeSigning|Recursion|Scaling|RuntimeManagement|Provisioned)\w*"
        r"|lambda:(AssociateRuntimeAlias|PassCapacityProvider|GetCodeSigningConfig)|elasticfilesystem:\w+|s3files:\w+|codedeploy:\w+"
    ),
    "log groups with indexes, masks, deliveries or deletion protection": (
        r"logs:\w*(DataProtectionPolicy|IndexPolic|ResourcePolic|LogDelivery|BearerToken|DeletionProtection)\w*"
    ),
    "distributions with tenants, origins in a VPC or staging": r"cloudfront:\w*(ConnectionGroup|VpcOrigin|StagingConfig)",
    "permissions boundaries, and policies attached by themselves": r"iam:\w+PermissionsBoundary|iam:(Attach|Detach)(Group|User)Policy",
}
"""What the schemas name for properties that the template doesn't set, by what it would be for."""


def types_of_the_template() -> set[str]:
    """Of the plain template that SAM makes."""
    return {resource["Type"] for resource in translated()["Resources"].values()}


def needed(types: Collection[str]) -> set[str]:
    """The actions for those types; listing all resources of a type is left to whoever asks for that."""
    found: set[str] = set()
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text())
        if schema.get("typeName") in types:
            handlers = schema.get("handlers", {})
            found |= {action for name, handler in handlers.items() if name != "list" for action in handler["permissions"]}
    found |= {action for name in types for action in WITHOUT_HANDLERS.get(name, set())}
    return {action for action in found if not any(re.fullmatch(pattern, action) for pattern in UNUSED.values())}
