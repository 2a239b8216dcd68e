"""Step Functions state machines."""

import json

from twin.aws.provision.account import Account, Created, Wanted, tags
from twin.aws.template.definition import substituted
from twin.aws.template.errors import TemplateError
from twin.member_names import shapes, to_request


def state_machine(account: Account, wanted: Wanted) -> Created:
    """`AWS::StepFunctions::StateMachine`, its substitutions applied. TemplateError for a placeholder without a value."""
    properties = wanted.properties
    name = account.physical_name(wanted, "StateMachineName")
    definition = properties["Definition"] if "Definition" in properties else json.loads(properties["DefinitionString"])
    try:
        text = json.dumps(substituted(definition, properties.get("DefinitionSubstitutions", {})))
    except ValueError as error:
        raise TemplateError(f"state machine {wanted.name}: {error}") from error
    request, _ = shapes("stepfunctions", "create_state_machine")
    settings = to_request(wanted.only("LoggingConfiguration", "TracingConfiguration"), request)
    made = account.client("stepfunctions").create_state_machine(
        name=name,
        definition=text,
        roleArn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
        tags=[{"key": key, "value": value} for key, value in tags(wanted).items()],
        **settings,
    )
    return Created(ref=made["stateMachineArn"], attributes={"Arn": made["stateMachineArn"], "Name": name})
