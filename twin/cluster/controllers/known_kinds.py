"""The kinds that `namespaces` empties and `garbage_collection` follows. The real controllers ask discovery; here a kind that isn't listed is left alone."""

from twin.cluster.client import kinds
from twin.cluster.client.kinds import Kind

# Owners first, so that they don't replace what is deleted; roles last, so that whoever watches may see it go.
NAMESPACED: tuple[Kind, ...] = (
    kinds.HORIZONTAL_POD_AUTOSCALERS,
    kinds.CRON_JOBS,
    kinds.JOBS,
    kinds.DEPLOYMENTS,
    kinds.STATEFUL_SETS,
    kinds.DAEMON_SETS,
    kinds.REPLICA_SETS,
    kinds.REPLICATION_CONTROLLERS,
    kinds.PODS,
    kinds.INGRESSES,
    kinds.SERVICES,
    kinds.ENDPOINT_SLICES,
    kinds.ENDPOINTS,
    kinds.CONFIG_MAPS,
    kinds.SECRETS,
    kinds.SERVICE_ACCOUNTS,
    kinds.PERSISTENT_VOLUME_CLAIMS,
    kinds.POD_DISRUPTION_BUDGETS,
    kinds.NETWORK_POLICIES,
    kinds.RESOURCE_QUOTAS,
    kinds.LIMIT_RANGES,
    kinds.LEASES,
    kinds.EVENTS,
    kinds.ROLE_BINDINGS,
    kinds.ROLES,
)

# Events are many, and nothing owns them.
COLLECTED: tuple[Kind, ...] = (*(kind for kind in NAMESPACED if kind is not kinds.EVENTS), kinds.NODES, kinds.CLUSTER_ROLES, kinds.CLUSTER_ROLE_BINDINGS)
