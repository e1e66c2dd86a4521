"""Certificates of every kind, from a private CA made at start: good ones, and one for each fault."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import certifi
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

Kind = Literal["good", "expired", "not_yet_valid", "other_name", "untrusted", "incomplete_chain"]

OTHER_NAME = "another-customer.test"
ISSUER_HOST = "certificates.test"
ISSUER_PATH = "/intermediate.der"
"""Where the certificate that ``incomplete_chain`` leaves out can be had: a browser would fetch it from there."""


class Certificates:
    """A private CA, one that nobody trusts, an intermediate, and contexts for the hosts that they certify.

    kinds: the kind of each host that has not a good one. A certificate is issued when it is first asked for.
    """

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.kinds = dict(kinds)
        self.authority = trustme.CA(organization_name="Citekeep sandbox")
        self.untrusted = trustme.CA(organization_name="Citekeep sandbox, trusted by nobody")
        self.intermediate = self.authority.create_child_ca()
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}

    def write_bundle(self, path: Path) -> None:
        """Write the private CA and those that this machine trusts, as PEM."""
        path.write_bytes(self.authority.cert_pem.bytes() + b"\n" + _trusted_here())

    def intermediate_der(self) -> bytes:
        """Return the intermediate's certificate as a server of ISSUER_PATH hands it out."""
        return x509.load_pem_x509_certificate(self.intermediate.cert_pem.bytes()).public_bytes(
            serialization.Encoding.DER
        )

    def context(self, host: str) -> ssl.SSLContext:
        """Return the server's side of TLS for one host."""
        key = (host, self.kinds.get(host, "good"))
        if key not in self._contexts:
            self._contexts[key] = _context(ISSUE[key[1]](self, host))
        return self._contexts[key]

    def by_name(self, hosts: Callable[[str], bool]) -> ssl.SSLContext:
        """Return a context that shows each host its own certificate (SNI), and any other the one of OTHER_NAME."""
        base = _context(self.authority.issue_cert(OTHER_NAME))

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            host = (name or "").lower()
            connection.context = self.context(host) if hosts(host) else base

        base.sni_callback = choose
        return base

    # --- one method for each kind ---

    def good(self, host: str) -> trustme.LeafCert:
        """Issue a certificate with nothing wrong."""
        return self.authority.issue_cert(host)

    def expired(self, host: str) -> trustme.LeafCert:
        """Issue one that ran out 35 days ago."""
        return self.authority.issue_cert(host, not_before=_days(-400), not_after=_days(-35))

    def not_yet_valid(self, host: str) -> trustme.LeafCert:
        """Issue one that becomes valid in 30 days."""
        return self.authority.issue_cert(host, not_before=_days(30), not_after=_days(400))

    def other_name(self, host: str) -> trustme.LeafCert:
        """Issue one for another host."""
        return self.authority.issue_cert(OTHER_NAME)

    def by_untrusted(self, host: str) -> trustme.LeafCert:
        """Issue one by a CA that nobody trusts."""
        return self.untrusted.issue_cert(host)

    def incomplete(self, host: str) -> trustme.LeafCert:
        """Issue one by the intermediate, which is not sent along; it says where the intermediate can be had."""
        return _leaf_of(self.intermediate, host, f"http://{ISSUER_HOST}{ISSUER_PATH}")


ISSUE: dict[str, Callable[[Certificates, str], trustme.LeafCert]] = {
    "good": Certificates.good,
    "expired": Certificates.expired,
    "not_yet_valid": Certificates.not_yet_valid,
    "other_name": Certificates.other_name,
    "untrusted": Certificates.by_untrusted,
    "incomplete_chain": Certificates.incomplete,
}


def _days(number: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=number)


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    certificate.configure_cert(context)
    return context


def _leaf_of(issuer: trustme.CA, host: str, issuer_url: str) -> trustme.LeafCert:
    """Return a lone leaf with an AIA extension, which trustme does not write (RFC 5280, section 4.2.2.1)."""
    parent = x509.load_pem_x509_certificate(issuer.cert_pem.bytes())
    signer = serialization.load_pem_private_key(issuer.private_key_pem.bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    access = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(issuer_url)
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Citekeep sandbox")]))
        .issuer_name(parent.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_days(-30))
        .not_valid_after(_days(365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return trustme.LeafCert(private, certificate.public_bytes(serialization.Encoding.PEM), [])


def _trusted_here() -> bytes:
    """Return this machine's trust store, where it is one file; else the one of certifi."""
    named = [os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().openssl_cafile, certifi.where()]
    return next(Path(name).read_bytes() for name in named if name and Path(name).is_file())
