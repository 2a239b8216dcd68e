"""`python -m twin.cluster.apiserver`: the embedded API server as a process; prints `ready` when it serves. Started by the supervisor.

Its folder (`--state`) then holds `ca.crt` and a kubeconfig for each of those who need one: an operator, the controllers, the node, the front door. Later
it also holds `rights.jsonl`: what the Roles of namespaces were needed for.
"""

import argparse
import asyncio
import logging
import signal
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from twin.cluster.apiserver.access.authentication import Authenticator
from twin.cluster.apiserver.access.certificates import certificates_in
from twin.cluster.apiserver.access.eks_tokens import EksTokens
from twin.cluster.apiserver.access.first_objects import first_objects
from twin.cluster.apiserver.access.kubeconfigs import write_kubeconfigs
from twin.cluster.apiserver.access.rbac import Authorizer
from twin.cluster.apiserver.access.record import FILE, Record
from twin.cluster.apiserver.access.service_account_tokens import ServiceAccountTokens
from twin.cluster.apiserver.access.user import User
from twin.cluster.apiserver.http.operations import Operations
from twin.cluster.apiserver.http.server import Server, application
from twin.cluster.apiserver.objects import Key
from twin.cluster.apiserver.resources import SERVICE_ACCOUNT
from twin.cluster.apiserver.storage.quota_status import keep_quotas_counted
from twin.cluster.apiserver.storage.store import Store
from twin.cluster.apiserver.storage.writing import Author, Writer
from twin.cluster.apiserver.subresources.logs import kubelet_tls
from twin.launch import ready

_ITSELF = Author(User("system:apiserver", frozenset({"system:masters"})), "kube-apiserver")


@dataclass(frozen=True)
class Settings:
    port: int
    state: Path
    access_entries: Path
    sts_endpoint: str
    allow_loopback_endpoints: bool


async def serve(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. OSError when the port is taken."""
    asked_to_end = asyncio.Event()
    for request in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(request, asked_to_end.set)
    certificates = certificates_in(settings.state)
    users = write_kubeconfigs(settings.state, f"https://127.0.0.1:{settings.port}", certificates.authority.read_text())
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificates.server)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=kubelet_tls(*certificates.kubelet_client))) as kubelets,
        aiohttp.ClientSession(auto_decompress=False) as pods,
    ):
        runner = web.AppRunner(application(_assemble(settings, users, kubelets, pods)), handler_cancellation=True, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", settings.port, ssl_context=tls).start()
            ready()
            await asked_to_end.wait()
        finally:
            await runner.cleanup()


def _assemble(settings: Settings, users: Mapping[str, User], kubelets: aiohttp.ClientSession, pods: aiohttp.ClientSession) -> Server:
    store = Store()
    tokens = ServiceAccountTokens(lambda namespace, name: store.get(SERVICE_ACCOUNT, Key(namespace, name)))
    authenticator = Authenticator(users, EksTokens(settings.sts_endpoint, settings.access_entries), tokens)
    keep_quotas_counted(store)
    authorizer = Authorizer(store.list, Record(settings.state / FILE).note)
    writer = Writer(store, authorizer, allow_loopback_endpoints=settings.allow_loopback_endpoints)
    for resource, item in first_objects():
        writer.create(resource, item["metadata"].get("namespace", ""), item, _ITSELF)
    return Server(store, Operations(store, writer, authorizer, tokens), authenticator, authorizer, kubelets, pods)


def main() -> int:
    """Exit status 1, with one line on stderr, when the port is taken."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="python -m twin.cluster.apiserver", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder for certificates and kubeconfigs")
    parser.add_argument("--access-entries", type=Path, required=True, help="JSON: which IAM principal is in which groups")
    parser.add_argument("--sts-endpoint", required=True, help="where EKS tokens are checked")
    parser.add_argument("--allow-loopback-endpoints", action="store_true", help="for a node whose pods listen on loopback; a real server refuses them")
    try:
        asyncio.run(serve(Settings(**vars(parser.parse_args()))))
    except OSError as error:
        print(f"the API server can't start: {error.strerror or error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
