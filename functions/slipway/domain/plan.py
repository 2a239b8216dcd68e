"""What a deployment would change, as it is kept for the people who decide on it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlanDocument:
    """From the live release to the planned one. `from_*` are empty for a first deployment.

    `digest` is the planned image's, `sha256:<hex>`. `summary` is one sentence and `difference` the differing lines of the
    rendered manifests, both as `manifests.difference` makes them: no value of a Secret is in them.
    """

    from_version: str
    from_commit: str
    to_version: str
    to_commit: str
    digest: str
    summary: str
    difference: str
