"""CodeBuild projects and ECR repositories."""

from twin.aws.provision.account import Account, Created, Wanted
from twin.member_names import shapes, to_request

_PASSED_ON = (
    "Artifacts",
    "Cache",
    "Description",
    "Environment",
    "LogsConfig",
    "QueuedTimeoutInMinutes",
    "ServiceRole",
    "Source",
    "SourceVersion",
    "TimeoutInMinutes",
)


def project(account: Account, wanted: Wanted) -> Created:
    """`AWS::CodeBuild::Project`. What a build of it does on the twin is `twin.aws.builds`."""
    wanted.without_effect("EncryptionKey", "Tags", "VpcConfig")
    name = account.physical_name(wanted, "Name")
    request, _ = shapes("codebuild", "create_project")
    given = to_request(wanted.only(*_PASSED_ON), request)
    if given["source"].get("type") == "NO_SOURCE":
        given["source"].setdefault("location", "none")  # moto asks for one in any case
    made = account.client("codebuild").create_project(name=name, **given)["project"]
    return Created(ref=name, attributes={"Arn": made["arn"]})


def repository(account: Account, wanted: Wanted) -> Created:
    """`AWS::ECR::Repository`. Nothing scans or expires images on the twin."""
    wanted.without_effect("EncryptionConfiguration", "ImageScanningConfiguration", "LifecyclePolicy", "RepositoryPolicyText", "Tags")
    name, mutability = account.physical_name(wanted, "RepositoryName").lower(), wanted.properties.get("ImageTagMutability", "MUTABLE")
    made = account.client("ecr").create_repository(repositoryName=name, imageTagMutability=mutability)["repository"]
    return Created(ref=made["repositoryName"], attributes={"Arn": made["repositoryArn"], "RepositoryUri": made["repositoryUri"]})
