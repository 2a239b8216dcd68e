"""Who may ask the embedded API server, and for what: tokens, EKS tokens, RBAC, the first roles, certificates, kubeconfigs."""

import asyncio
import base64
import json
import ssl
import stat
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import pytest
import yaml
from aiohttp import web

from twin.cluster.apiserver.access.authentication import Authenticator
from twin.cluster.apiserver.access.certificates import KUBELET_CLIENT, certificates_in, write_certificates
from twin.cluster.apiserver.access.eks_tokens import EksTokens
from twin.cluster.apiserver.access.first_objects import first_objects
from twin.cluster.apiserver.access.kubeconfigs import ADMIN, CONTROLLERS, FRONT_DOOR, NODE, write_kubeconfigs
from twin.cluster.apiserver.access.presigned import Malformed, read_presigned
from twin.cluster.apiserver.access.rbac import Authorizer, Request, Rule
from twin.cluster.apiserver.access.service_account_tokens import ServiceAccountTokens
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.errors import ApiError
from twin.cluster.apiserver.objects import Object
from twin.cluster.apiserver.resources import CLUSTER_ROLE, ROLE, ROLE_BINDING, Resource
from twin.cluster.client.kubeconfig import read_kubeconfig

Result = TypeVar("Result")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROLE_ARN = "arn:aws:iam::123456789012:role/slipway-environment-dev"
CALLER = "arn:aws:sts::123456789012:assumed-role/slipway-environment-dev/plan"
STATIC = {"a-token": User("ada", frozenset({"people"}))}


# EKS tokens


def token(signed: datetime = NOW, host: str = "https://sts.eu-central-1.amazonaws.com/", **changed: str | None) -> str:
    parameters: dict[str, str | None] = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "ASIAEXAMPLE/20261124/eu-central-1/sts/aws4_request",
        "X-Amz-Date": f"{signed:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
        "X-Amz-Security-Token": "session/token+=",
        "X-Amz-Signature": "0123",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return "k8s-aws-v1." + base64.urlsafe_b64encode(f"{host}?{query}".encode()).decode().rstrip("=")


def test_a_presigned_identity_counts_for_15_minutes_from_its_date() -> None:
    assert read_presigned(token(), NOW + timedelta(minutes=14)).expires == NOW + timedelta(minutes=15)
    with pytest.raises(Malformed, match="expired"):
        read_presigned(token(), NOW + timedelta(minutes=15, seconds=1))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("k8s-aws-v1.not base64!", "not an encoded URL"),
        ("k8s-aws-v1." + "a" * 5000, "too large"),
        (token(host="http://sts.eu-central-1.amazonaws.com/"), "STS endpoint"),
        (token(host="https://sts.eu-central-1.amazonaws.com.evil.example/"), "STS endpoint"),
        (token(host="https://evil.example@sts.amazonaws.com/"), "STS endpoint"),
        (token(host="https://sts.eu-central-1.amazonaws.com:8443/"), "STS endpoint"),
        (token(host="https://sts.eu-central-1.amazonaws.com/other"), "STS endpoint"),
        (token(Action="AssumeRole"), "action"),
        (token(X_Amz_SignedHeaders="host"), "did not sign the x-k8s-aws-id header"),
        (token(X_Amz_Expires="901"), "X-Amz-Expires"),
        (token(X_Amz_Expires="-1"), "X-Amz-Expires"),
        (token(X_Amz_Expires=None), "X-Amz-Expires"),
        (token(X_Amz_Date="yesterday"), "X-Amz-Date"),
        (token(signed=NOW + timedelta(minutes=6)), "future"),
        (token(RoleArn="arn:aws:iam::1:role/other"), "non-whitelisted"),
        (token(action="GetCallerIdentity"), "multiple values"),
    ],
)
def test_anything_but_a_fresh_presigned_identity_for_this_cluster_is_refused(bad: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read_presigned(bad, NOW)


class Sts:
    """Answers as STS does, and remembers what it was asked."""

    def __init__(self, arn: str = CALLER, status: int = 200) -> None:
        self.asked: list[tuple[str, str]] = []
        self._arn, self._status = arn, status

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.raw_path, request.headers.get("x-k8s-aws-id", "")))
        result = f"<GetCallerIdentityResult><Arn>{self._arn}</Arn></GetCallerIdentityResult>"
        body = f'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">{result}</GetCallerIdentityResponse>'
        return web.Response(text=body, status=self._status, content_type="text/xml")


def with_sts(sts: Sts, folder: Path, act: Callable[[EksTokens], Coroutine[Any, Any, Result]]) -> Result:
    entries = folder / "access-entries.json"
    principal = ROLE_ARN.replace("role/", "role/with/a/path/")
    entries.write_text(json.dumps([{"principal": principal, "groups": ["slipway:dev"]}, {"principal": ROLE_ARN, "groups": ["more"]}]))

    async def run() -> Result:
        application = web.Application()
        application.router.add_get("/", sts.answer)
        runner = web.AppRunner(application)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            return await act(EksTokens(f"http://{host}:{port}", entries))
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_sts_says_who_and_the_access_entries_say_which_groups(tmp_path: Path) -> None:
    sts, fresh = Sts(), token(datetime.now(UTC))

    async def twice(eks: EksTokens) -> list[User]:
        return [await eks.user_of(fresh), await eks.user_of(fresh)]

    assert with_sts(sts, tmp_path, twice) == [User(ROLE_ARN, frozenset({"slipway:dev", "more"}))] * 2
    sent = base64.urlsafe_b64decode(fresh.removeprefix("k8s-aws-v1.") + "===").decode().partition("?")[2]
    assert sts.asked == [(f"/?{sent}", "slipway")], "once, with the query as it was signed"


@pytest.mark.parametrize(
    ("sts", "code"),
    [
        (Sts(arn=CALLER.replace("-dev/", "-prod/")), 401),
        (Sts(arn="arn:aws:sts::123456789012:user/moto"), 401),
        (Sts(status=403), 401),
        (Sts(status=500), 503),
    ],
)
def test_a_principal_without_an_entry_is_nobody_and_no_answer_is_no_refusal(sts: Sts, code: int, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as refused:
        with_sts(sts, tmp_path, lambda eks: eks.user_of(token(datetime.now(UTC))))
    assert refused.value.code == code


def test_an_sts_that_is_not_there_is_unavailable_and_a_bad_token_does_not_reach_it(tmp_path: Path) -> None:
    eks = EksTokens("http://127.0.0.1:9", tmp_path / "none.json")
    for sent, code in ((token(datetime.now(UTC)), 503), (token(), 401)):
        with pytest.raises(ApiError) as refused:
            asyncio.run(eks.user_of(sent))
        assert refused.value.code == code


# Bearer tokens


def test_a_known_token_is_its_user_who_is_authenticated(tmp_path: Path) -> None:
    authenticator = Authenticator(STATIC, EksTokens("http://127.0.0.1:9", tmp_path / "none.json"), ServiceAccountTokens(lambda *_: None))
    for header in ("Bearer a-token", "bearer  a-token "):
        assert asyncio.run(authenticator.user_of(header)) == User("ada", frozenset({"people", "system:authenticated"}))


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic a-token", "a-token", "Bearer another", "Bearer ü\udcff", "Bearer k8s-aws-v1.x"])
def test_without_a_token_that_somebody_has_nobody_gets_in(header: str, tmp_path: Path) -> None:
    authenticator = Authenticator(STATIC, EksTokens("http://127.0.0.1:9", tmp_path / "none.json"), ServiceAccountTokens(lambda *_: None))
    with pytest.raises(ApiError) as refused:
        asyncio.run(authenticator.user_of(header))
    assert refused.value.code == 401


ROBOT: Object = {"metadata": {"namespace": "shop", "name": "robot", "uid": "1"}}


def test_a_token_of_a_service_account_is_that_account() -> None:
    tokens = ServiceAccountTokens(lambda namespace, name: ROBOT if (namespace, name) == ("shop", "robot") else None)
    user = tokens.user_of(tokens.issue(ROBOT, 600).token)
    assert user == User("system:serviceaccount:shop:robot", frozenset({"system:serviceaccounts", "system:serviceaccounts:shop"}))


@pytest.mark.parametrize("account", [None, {"metadata": {**ROBOT["metadata"], "uid": "2"}}])
def test_a_token_ends_with_its_service_account(account: Object | None) -> None:
    tokens = ServiceAccountTokens(lambda *_: account)
    with pytest.raises(ApiError, match="is gone"):
        tokens.user_of(tokens.issue(ROBOT, 600).token)


def test_a_token_ends_with_its_time() -> None:
    tokens = ServiceAccountTokens(lambda *_: ROBOT)
    with pytest.raises(ApiError, match="expired"):
        tokens.user_of(tokens.issue(ROBOT, -1).token)


def test_a_token_that_another_server_signed_is_nobodys() -> None:
    foreign = ServiceAccountTokens(lambda *_: ROBOT).issue(ROBOT, 600).token
    for sent in (foreign, "a.b.c", "..", "ü.\udcff.x"):
        with pytest.raises(ApiError, match="unknown bearer token"):
            ServiceAccountTokens(lambda *_: ROBOT).user_of(sent)


# RBAC


class Stored:
    """Roles and bindings, as the server reads them."""

    def __init__(self, *objects: tuple[Resource, Object]) -> None:
        self._objects = [*first_objects(), *objects]
        self.authorizer = Authorizer(self._read)

    def _read(self, resource: Resource, namespace: str) -> list[Object]:
        return [item for kind, item in self._objects if kind is resource and item["metadata"].get("namespace", "") == namespace]

    def allows(self, user: User, verb: str, resource: str, *, group: str = "", namespace: str = "dev", name: str = "") -> bool:
        plural, _, subresource = resource.partition("/")
        return self.authorizer.allows(user, Request(verb, group, plural, subresource, namespace, name))


def role(rules: list[Rule], name: str = "deployer", namespace: str = "dev") -> tuple[Resource, Object]:
    return ROLE, {"metadata": {"name": name, "namespace": namespace}, "rules": rules}


def binding(subject: Mapping[str, str], kind: str = "Role", name: str = "deployer", namespace: str = "dev") -> tuple[Resource, Object]:
    reference = {"apiGroup": ROLE.group, "kind": kind, "name": name}
    return ROLE_BINDING, {"metadata": {"name": "it", "namespace": namespace}, "roleRef": reference, "subjects": [subject]}


GROUP = {"kind": "Group", "name": "slipway:dev"}
DEPLOYER = User(ROLE_ARN, frozenset({"slipway:dev", "system:authenticated"}))
PODS: Rule = {"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]}


def test_a_role_counts_in_its_namespace_only() -> None:
    stored = Stored(role([PODS]), binding(GROUP))
    assert stored.allows(DEPLOYER, "get", "pods")
    assert stored.allows(DEPLOYER, "get", "pods/log")
    assert not stored.allows(DEPLOYER, "get", "pods", namespace="prod")
    assert not stored.allows(DEPLOYER, "list", "pods", namespace="")
    assert not stored.allows(DEPLOYER, "delete", "pods")
    assert not stored.allows(DEPLOYER, "get", "pods/proxy")
    assert not stored.allows(DEPLOYER, "get", "pods", group="metrics.k8s.io")
    assert not stored.allows(User("eve", frozenset()), "get", "pods")


@pytest.mark.parametrize(
    ("subject", "user"),
    [
        ({"kind": "User", "name": "ada"}, User("ada", frozenset())),
        ({"kind": "ServiceAccount", "namespace": "ci", "name": "robot"}, User("system:serviceaccount:ci:robot", frozenset())),
        ({"kind": "ServiceAccount", "name": "robot"}, User("system:serviceaccount:dev:robot", frozenset())),
    ],
)
def test_users_and_service_accounts_are_subjects_too(subject: Mapping[str, str], user: User) -> None:
    stored = Stored(role([PODS]), binding(subject))
    assert stored.allows(user, "get", "pods")
    assert not stored.allows(User("eve", frozenset({user.name})), "get", "pods")


def test_wildcards_subresources_and_names_of_a_rule() -> None:
    everything: Rule = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get"]}
    assert Stored(role([everything]), binding(GROUP)).allows(DEPLOYER, "get", "deployments/scale", group="apps")
    scales: Rule = {"apiGroups": ["*"], "resources": ["*/scale"], "verbs": ["*"]}
    stored = Stored(role([scales]), binding(GROUP))
    assert stored.allows(DEPLOYER, "patch", "deployments/scale", group="apps")
    assert not stored.allows(DEPLOYER, "patch", "deployments", group="apps")
    named: Rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["one"], "verbs": ["get"]}
    stored = Stored(role([named]), binding(GROUP))
    assert stored.allows(DEPLOYER, "get", "secrets", name="one")
    assert not stored.allows(DEPLOYER, "get", "secrets", name="two")
    assert not stored.allows(DEPLOYER, "list", "secrets")


def test_a_cluster_role_may_be_given_in_one_namespace() -> None:
    stored = Stored((CLUSTER_ROLE, {"metadata": {"name": "deployer"}, "rules": [PODS]}), binding(GROUP, kind="ClusterRole"))
    assert stored.allows(DEPLOYER, "get", "pods")
    assert not stored.allows(DEPLOYER, "get", "pods", namespace="prod")


def test_what_is_half_there_gives_nothing_and_stops_nobody() -> None:
    half = [(ROLE_BINDING, {"metadata": {"name": "half", "namespace": "dev"}, "subjects": [GROUP, {}]}), binding(GROUP, name="gone")]
    stored = Stored(*half, role([{}, PODS]), binding(GROUP))
    assert stored.allows(DEPLOYER, "get", "pods")
    assert not stored.allows(DEPLOYER, "get", "secrets")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request("get", "", "pods", "", "n", "x"), 'pods "x" is forbidden: User "u" cannot get resource "pods" in API group "" in the namespace "n"'),
        (Request("get", "", "pods", "log", "n", "x"), 'pods "x" is forbidden: User "u" cannot get resource "pods/log" in API group "" in the namespace "n"'),
        (
            Request("list", "apps", "deployments", "", "", ""),
            'deployments.apps is forbidden: User "u" cannot list resource "deployments" in API group "apps" at the cluster scope',
        ),
    ],
)
def test_a_refusal_has_a_real_servers_words(request_: Request, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        Stored().authorizer.check(User("u", frozenset({"system:authenticated"})), request_)
    assert refused.value.code == 403
    assert refused.value.message == message


def test_masters_may_do_everything_even_without_any_role() -> None:
    Authorizer(lambda _resource, _namespace: []).check(ADMIN, Request("delete", "", "nodes", "", "", "node-1"))


def test_discovery_is_for_whoever_has_a_name() -> None:
    authorizer = Stored().authorizer
    for path in ("/api", "/apis", "/apis/apps/v1", "/openapi/v3", "/version"):
        authorizer.check_path(DEPLOYER, "get", path)
    with pytest.raises(ApiError, match=r'forbidden: User "arn:.*" cannot get path "/metrics"'):
        authorizer.check_path(DEPLOYER, "get", "/metrics")
    with pytest.raises(ApiError):
        authorizer.check_path(User("eve", frozenset()), "get", "/api")


# The cluster's own parts


@pytest.mark.parametrize(
    ("user", "may", "may_not"),
    [
        (
            CONTROLLERS,
            ["create  pods", "patch apps deployments/status", "create apps replicasets", "create  pods/binding", "create discovery.k8s.io endpointslices"],
            ["create apps deployments", "create rbac.authorization.k8s.io clusterrolebindings", "create  pods/proxy", "create  nodes"],
        ),
        (
            NODE,
            ["watch  pods", "patch  pods/status", "delete  pods", "create  nodes", "patch  nodes/status", "patch coordination.k8s.io leases", "get  secrets"],
            ["create apps deployments", "delete  nodes", "patch  secrets", "patch  pods", "get rbac.authorization.k8s.io roles"],
        ),
        (
            FRONT_DOOR,
            ["watch networking.k8s.io ingresses", "patch networking.k8s.io ingresses/status", "watch discovery.k8s.io endpointslices", "get  services"],
            ["get  secrets", "get  configmaps", "patch networking.k8s.io ingresses", "delete  pods", "get  pods/proxy"],
        ),
    ],
)
def test_each_part_of_the_cluster_may_do_its_work_and_no_more(user: User, may: list[str], may_not: list[str]) -> None:
    stored = Stored()
    asked = {text: stored.allows(user, *_verb_and_resource(text), group=text.split(" ")[1]) for text in [*may, *may_not]}
    assert [text for text, allowed in asked.items() if allowed] == may


def _verb_and_resource(text: str) -> tuple[str, str]:
    verb, _group, resource = text.split(" ")
    return verb, resource


def test_kubeconfigs_are_private_and_their_tokens_are_their_users(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").touch(mode=0o644)
    users = write_kubeconfigs(tmp_path, "https://127.0.0.1:6443", "the authority")
    expected = {"kubeconfig": ADMIN, "controllers.kubeconfig": CONTROLLERS, "node.kubeconfig": NODE, "front-door.kubeconfig": FRONT_DOOR}
    assert {path.name for path in tmp_path.iterdir()} == set(expected)
    for name, user in expected.items():
        access = read_kubeconfig(tmp_path / name)
        assert (access.server, access.authority, users[access.token]) == ("https://127.0.0.1:6443", "the authority", user)
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert len(users) == 4
    assert ADMIN.name in yaml.safe_load((tmp_path / "kubeconfig").read_text())["current-context"]


# Certificates


def test_certificates_that_are_there_are_kept(tmp_path: Path) -> None:
    made = certificates_in(tmp_path)
    before = [path.read_text() for path in (made.authority, *made.server, *made.kubelet_client)]
    assert certificates_in(tmp_path) == made
    assert [path.read_text() for path in (made.authority, *made.server, *made.kubelet_client)] == before


def test_the_authority_vouches_for_the_server_and_for_its_client(tmp_path: Path) -> None:
    files = write_certificates(tmp_path)
    for path in (files.server[1], files.kubelet_client[1]):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(files.authority))
    serving.load_cert_chain(*files.server)
    serving.verify_mode = ssl.CERT_REQUIRED
    asking = ssl.create_default_context(cafile=str(files.authority))
    asking.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    asking.load_cert_chain(*files.kubelet_client)
    for host in ("127.0.0.1", "localhost", "kubernetes.default.svc"):
        assert _common_name(_shaken_hands(serving, asking, host)) == KUBELET_CLIENT
    with pytest.raises(ssl.SSLCertVerificationError):
        _shaken_hands(serving, asking, "elsewhere.example")


def _shaken_hands(serving: ssl.SSLContext, asking: ssl.SSLContext, host: str) -> Mapping[str, Any]:
    """The client's certificate, as the server sees it, after a handshake in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    client = asking.wrap_bio(to_client, to_server, server_hostname=host)
    done: set[ssl.SSLObject] = set()
    while len(done) < 2:
        for side in (client, server):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                continue
    certificate = server.getpeercert()
    assert certificate is not None
    return certificate


def _common_name(certificate: Mapping[str, Any]) -> str:
    return str(dict(part[0] for part in certificate["subject"])["commonName"])
