"""Invoked by EventBridge when a build of our project changed its status."""

from typing import Annotated

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field
from pydantic.dataclasses import dataclass

from slipway.bootstrap import platform
from slipway.handlers.state import state_handler
from slipway.steps.build_finished import BuildFinishedRequest, build_finished


@dataclass(frozen=True)
class BuildStateChange:
    """`build` is the build's ARN, out of the detail of CodeBuild's event.

    https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
    """

    build: Annotated[str, Field(validation_alias="build-id")]


@state_handler(BuildStateChange)
def handler(request: BuildStateChange, context: LambdaContext) -> object:
    return build_finished(
        BuildFinishedRequest(build=request.build.rpartition("build/")[2]),
        builds=platform.builds,
        releases=platform.releases,
        workflows=platform.workflows,
        timeline=platform.timeline,
        now=platform.clock(),
    )
