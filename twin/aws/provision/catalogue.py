"""Which resource type is made where, and the making of all of them in order."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from twin.aws.provision import apis, builds, functions, identity, mail, messages, observability, states, storage
from twin.aws.provision.account import Account, Created, Properties, Wanted
from twin.aws.template.errors import TemplateError
from twin.aws.template.intrinsics import Scope, resolve
from twin.aws.template.translation import Translation

CREATORS: Mapping[str, Callable[[Account, Wanted], Created]] = {
    "AWS::ApiGatewayV2::Api": apis.api,
    "AWS::ApiGatewayV2::Stage": apis.stage,
    "AWS::CloudWatch::Alarm": observability.alarm,
    "AWS::CloudWatch::Dashboard": observability.dashboard,
    "AWS::CodeBuild::Project": builds.project,
    "AWS::DynamoDB::Table": storage.table,
    "AWS::ECR::Repository": builds.repository,
    "AWS::Events::Rule": messages.rule,
    "AWS::IAM::ManagedPolicy": identity.managed_policy,
    "AWS::IAM::Policy": identity.policy,
    "AWS::IAM::Role": identity.role,
    "AWS::KMS::Alias": storage.key_alias,
    "AWS::KMS::Key": storage.key,
    "AWS::Lambda::Alias": functions.alias,
    "AWS::Lambda::EventInvokeConfig": functions.invoke_configuration,
    "AWS::Lambda::EventSourceMapping": functions.event_source_mapping,
    "AWS::Lambda::Function": functions.function,
    "AWS::Lambda::LayerVersion": functions.layer,
    "AWS::Lambda::Permission": functions.permission,
    "AWS::Lambda::Version": functions.version,
    "AWS::Logs::LogGroup": observability.log_group,
    "AWS::S3::Bucket": storage.bucket,
    "AWS::S3::BucketPolicy": storage.bucket_policy,
    "AWS::SES::EmailIdentity": mail.email_identity,
    "AWS::SNS::Subscription": messages.subscription,
    "AWS::SNS::Topic": messages.topic,
    "AWS::SNS::TopicPolicy": messages.topic_policy,
    "AWS::SQS::Queue": messages.queue,
    "AWS::SQS::QueuePolicy": messages.queue_policy,
    "AWS::SSM::Parameter": storage.parameter,
    "AWS::SecretsManager::Secret": storage.secret,
    "AWS::StepFunctions::StateMachine": states.state_machine,
}

NOTHING_OF_THIS: Mapping[str, str] = {
    **dict.fromkeys(
        ("AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::DomainName"), "the gateway has one address of this machine, so leave DomainName empty"
    ),
    "AWS::CloudFront::Distribution": "nothing stands before the gateway, so leave WebAclArn empty",
}
"""Types that `template.yaml` has behind a condition, and why the twin doesn't make them."""


def provision(translation: Translation, parameters: Mapping[str, Any], account: Account) -> Mapping[str, str]:
    """Make every resource and give the template's outputs.

    TemplateError, naming the resource, for a type that the twin doesn't know (before anything is made), a property that it doesn't know
    or a refused call.
    """
    scope = _scope(translation, parameters, account)
    wanted = [resource for resource in translation.resources if resource.condition is None or scope.holds(resource.condition)]
    if unknown := sorted((resource.name, resource.type) for resource in wanted if resource.type not in CREATORS):
        told = "; ".join(f"{name} ({kind}){': ' if kind in NOTHING_OF_THIS else ''}{NOTHING_OF_THIS.get(kind, '')}" for name, kind in unknown)
        raise TemplateError(f"the twin can't make {told}; see twin/aws/provision/catalogue.py")
    for resource in wanted:
        try:
            properties = _at_the_gateway(resolve(dict(resource.properties), scope), account)
            created = _created(account, Wanted(resource.name, resource.type, Properties(properties)))
        except (ClientError, BotoCoreError, KeyError, TemplateError) as error:
            raise TemplateError(f"{resource.name} ({resource.type}): {_told(error)}") from error
        scope.values[resource.name] = created.ref
        scope.attributes.update({f"{resource.name}.{name}": value for name, value in created.attributes.items()})
    shown = {name: output for name, output in translation.outputs.items() if "Condition" not in output or scope.holds(output["Condition"])}
    return {name: str(_at_the_gateway(resolve(output["Value"], scope), account)) for name, output in shown.items()}


def _created(account: Account, wanted: Wanted) -> Created:
    created = CREATORS[wanted.type](account, wanted)
    if passed_over := wanted.properties.passed_over:
        raise TemplateError(f"the twin doesn't support {', '.join(passed_over)}")
    return created


def _scope(translation: Translation, parameters: Mapping[str, Any], account: Account) -> Scope:
    pseudo = {
        "AWS::AccountId": account.identifier,
        "AWS::Partition": "aws",
        "AWS::Region": account.region,
        "AWS::StackId": account.arn("cloudformation", f"stack/{account.stack}/twin"),
        "AWS::StackName": account.stack,
        "AWS::URLSuffix": "amazonaws.com",
    }
    return Scope(values={**pseudo, **parameters}, conditions=translation.conditions, mappings=translation.mappings)


def _at_the_gateway(value: Any, account: Account) -> Any:
    """The address that an HTTP API would have on AWS becomes the gateway's."""
    if isinstance(value, str):
        for api in account.apis:
            value = value.replace(f"https://{api.identifier}.execute-api.{account.region}.amazonaws.com", account.gateway)
        return value
    if isinstance(value, list):
        return [_at_the_gateway(item, account) for item in value]
    if isinstance(value, dict):
        return {key: _at_the_gateway(item, account) for key, item in value.items()}
    return value


def _told(error: Exception) -> str:
    return f"property {error} is missing" if isinstance(error, KeyError) else " ".join(str(error).split())
