"""The twin's CodeBuild container: one build of one commit, one process, started by `twin.aws`.

Imitates what `build/buildspec.yml` does on AWS with the same gate and the same bundle; writes the image itself, since
there is no container engine: an OCI image without a base, with a layer of dependencies and a layer of the service.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class BuildBroken(Exception):
    """The build couldn't tell: something that isn't the gate's answer went wrong in a phase."""

    phase: str
    message: str
