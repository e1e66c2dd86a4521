"""Certificates are judged, not enforced: faults are noted, the handshake goes on, the body is taken."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID
from OpenSSL import SSL
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.tls import _ScrapyClientTLSOptions26
from service_identity import VerificationError
from service_identity.exceptions import CertificateError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.ssl import platformTrust

from citekeep import clock

# OpenSSL's X509_V_ERR_* (include/openssl/x509_vfy.h)
_EXPIRED, _NOT_YET_VALID = 10, 9
_NO_ISSUER = {20, 21}
_UNTRUSTED = {18, 19, 24, 26, 27, 28}
_NAMES_KEPT = 50

UNREADABLE = (
    ValueError, TypeError, LookupError, ArithmeticError, x509.InvalidVersion, x509.UnsupportedGeneralNameType,
    x509.DuplicateExtension,
)  # fmt: skip
"""What cryptography raises for a certificate that OpenSSL took and that breaks a rule of RFC 5280."""


class NotingOptions(_ScrapyClientTLSOptions26):
    """Notes on the TLS protocol, as ``noted_errors``, what OpenSSL holds against the chain and the name."""

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: D102
        connection = self._createConnection(tlsProtocol)
        host, is_name = self._hostnameASCII.rstrip("."), self._hostnameIsDnsName
        if self._sendServerName:
            connection.set_tlsext_host_name(host.encode("ascii"))  # without the final dot of a name: RFC 6066 section 3
        noted: set[int | str] = set()
        tlsProtocol.noted_errors = noted

        def note(_: SSL.Connection, certificate: Any, error: int, depth: int, ok: int) -> bool:
            if not ok:
                noted.add(int(error))
            if depth == 0 and not is_for(certificate, host, is_name=is_name):
                noted.add("name")
            return True

        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, note)
        return connection


class NotingContextFactory(_ScrapyClientContextFactory):
    """One TLS context for all connections, with the system's trust store: reading that store takes milliseconds."""

    _shared: Any = None

    def _get_cert_options_kwargs(self) -> dict[str, Any]:
        return {**super()._get_cert_options_kwargs(), "trustRoot": platformTrust()}

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: D102
        if self._shared is None:
            self._shared = self._get_cert_options()
        return NotingOptions(self._shared._makeTLSConnection, hostname.decode("ascii"))


def is_for(certificate: Any, host: str, *, is_name: bool) -> bool:
    """Return whether a certificate (pyOpenSSL's) names the host, a name in punycode or an address."""
    try:
        wanted = DNS_ID(host) if is_name else IPAddress_ID(host)
        verify_service_identity(extract_patterns(certificate), [wanted], [])
    except (CertificateError, VerificationError, *UNREADABLE):
        return False
    return True


def tls_facts(transport: Any) -> dict[str, Any]:
    """Return what items.Exchange keeps as ``tls`` of a connection whose handshake is done."""
    connection = transport.getHandle()
    chain = connection.get_peer_cert_chain() or []
    facts: dict[str, Any] = {
        "version": connection.get_protocol_version_name(),
        "cipher": connection.get_cipher_name(),
        "faults": [],
    }
    certificate = None
    if chain:
        try:
            certificate = chain[0].to_cryptography()
            facts |= _certificate_facts(certificate)
        except UNREADABLE as error:
            facts["unreadable"] = f"{type(error).__name__}: {error}"[:200]
    facts["faults"] = faults(getattr(transport, "noted_errors", set()), certificate, len(chain))
    return facts


def _certificate_facts(certificate: x509.Certificate) -> dict[str, Any]:
    return {
        "subject": certificate.subject.rfc4514_string()[:300],
        "issuer": certificate.issuer.rfc4514_string()[:300],
        "not_before": clock.text(certificate.not_valid_before_utc.timestamp()),
        "not_after": clock.text(certificate.not_valid_after_utc.timestamp()),
        "sha256": certificate.fingerprint(SHA256()).hex(),
        "names": _names(certificate),
    }


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [str(name.value)[:253] for name in list(extension.value)[:_NAMES_KEPT]]


def faults(noted: set[Any], certificate: x509.Certificate | None, sent: int) -> list[str]:
    """Return the names (failures.TLS_FAULTS) of what was noted. ``sent``: how many certificates the server sent.

    A chain that ends at an unknown issuer is ``incomplete_chain`` where the server sent a lone leaf that says where
    its issuer's certificate can be had: browsers fetch it. Otherwise it is ``untrusted``.
    """
    found = set()
    for error in noted:
        if error == "name":
            found.add("other_name")
        elif error == _EXPIRED:
            found.add("expired")
        elif error == _NOT_YET_VALID:
            found.add("not_yet_valid")
        elif error in _NO_ISSUER:
            found.add("incomplete_chain" if sent == 1 and _names_issuer(certificate) else "untrusted")
        else:
            found.add("untrusted" if error in _UNTRUSTED else "other")
    return sorted(found)


def _names_issuer(certificate: x509.Certificate | None) -> bool:
    if certificate is None:
        return False
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False
    return any(
        access.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        for access in extension.value  # type: ignore[attr-defined]
    )
