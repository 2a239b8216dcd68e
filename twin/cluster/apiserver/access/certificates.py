"""The cluster's certificate authority and the two certificates that it signs. Made by a stack before it starts anything, or by the server before it listens.

What kubeadm makes, in ECDSA P-256: clients trust the API server by `ca.crt`, and the node trusts the server, when it comes to read logs, by the same. The
authority's own key is never written: nothing else is signed. Left out: client certificates for people, a front-proxy authority, renewal.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from twin.cluster.apiserver.access.private_files import write_private

KUBELET_CLIENT = "kube-apiserver-kubelet-client"
"""Whom the node sees when the server reads logs."""

_VALID_FOR = timedelta(days=365)
_BACKDATED = timedelta(minutes=5)
_SERVER_NAMES: tuple[x509.GeneralName, ...] = (
    *(x509.DNSName(name) for name in ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")),
    x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
)


@dataclass(frozen=True)
class Certificates:
    """Where they are, as PEM files."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def server(self) -> tuple[Path, Path]:
        """Certificate and key, as ssl.SSLContext.load_cert_chain takes them."""
        return self.folder / "server.crt", self.folder / "server.key"

    @property
    def kubelet_client(self) -> tuple[Path, Path]:
        return self.folder / "kubelet-client.crt", self.folder / "kubelet-client.key"


def certificates_in(folder: Path) -> Certificates:
    """Those that are there, or new ones."""
    files = Certificates(folder)
    return files if files.authority.exists() else write_certificates(folder)


def write_certificates(folder: Path) -> Certificates:
    """Make all of them anew in `folder`; keys are readable by their owner only. The authority's is written last: where it is, the others are."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificates(folder)
    authority = _Authority()
    for (certificate, key), (name, usage, names) in (
        (files.server, ("kube-apiserver", ExtendedKeyUsageOID.SERVER_AUTH, _SERVER_NAMES)),
        (files.kubelet_client, (KUBELET_CLIENT, ExtendedKeyUsageOID.CLIENT_AUTH, ())),
    ):
        signed, private = authority.sign(name, usage, names)
        certificate.write_text(signed)
        write_private(key, private)
    files.authority.write_text(authority.certificate)
    return files


class _Authority:
    """Certificates and keys are PEM."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("kubernetes")
        self._identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        builder = _builder(self._name, self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
        self.certificate = _pem(builder.sign(self._key, hashes.SHA256()))

    def sign(self, name: str, purpose: x509.ObjectIdentifier, alternative_names: tuple[x509.GeneralName, ...]) -> tuple[str, str]:
        """A certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(name), self._name, key.public_key())
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._identifier), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        if alternative_names:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternative_names), critical=False)
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return _pem(builder.sign(self._key, hashes.SHA256())), private.decode()


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _VALID_FOR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
