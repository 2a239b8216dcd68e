"""The two steps that approval pages and the JSON API share, over a platform's adapters: looking at a question, and voting on it."""

from slipway.bootstrap import Platform
from slipway.steps.show_approval import ShowApprovalRequest, ShownApproval, show_approval
from slipway.steps.vote import Voted, VoteRequest, vote


def look(platform: Platform, request: ShowApprovalRequest) -> ShownApproval | None:
    """None when there is no such approval."""
    return show_approval(
        request,
        configurations=platform.configurations,
        deployments=platform.deployments,
        approvals=platform.approvals,
        plans=platform.plans,
        workflows=platform.workflows,
        now=platform.clock(),
    )


def cast(platform: Platform, request: VoteRequest) -> Voted:
    """InvalidInput when there is no such approval."""
    return vote(
        request,
        configurations=platform.configurations,
        deployments=platform.deployments,
        approvals=platform.approvals,
        workflows=platform.workflows,
        timeline=platform.timeline,
        now=platform.clock(),
    )
