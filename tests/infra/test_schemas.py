"""Every manifest of the charts is what Kubernetes' own schemas allow, without a field that they don't know. https://github.com/willthames/kubernetes-validate"""

import copy
from collections.abc import Sequence

import kubernetes_validate
import pytest

from tests.infra.test_charts import ENVIRONMENTS, Manifest, environment_chart, one, whole_sample_app

VERSIONS = ("1.34", "1.36")
"""That of Terraform's `kubernetes_version`, and the twin's."""


def check(manifests: Sequence[Manifest], version: str) -> None:
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_manifest_of_every_environment_is_valid(environment: str, version: str) -> None:
    check([*whole_sample_app(environment), *environment_chart(environment)], version)


def test_an_unknown_field_and_a_wrong_type_are_found() -> None:
    for field, value in (("replica", 1), ("replicas", "three")):
        wrong = copy.deepcopy(one(whole_sample_app("dev"), "Deployment"))
        wrong["spec"][field] = value
        with pytest.raises(kubernetes_validate.ValidationError):
            check([wrong], VERSIONS[0])
