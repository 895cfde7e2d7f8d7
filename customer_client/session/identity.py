"""Who asked for this session, as the sealed introduction said and the certificate proved."""

from dataclasses import dataclass

from protocol.messages.pairing import Introduction
from protocol.pairing.certificates import TechnicianCertificate


@dataclass(frozen=True)
class VerifiedTechnician:
    """A technician whose certificate verified against the pinned organisation, and what they came for."""

    certificate: TechnicianCertificate
    certificate_bytes: bytes
    introduction: Introduction

    @property
    def name(self) -> str:
        """The name the organisation certified."""
        return self.certificate.name

    @property
    def organisation(self) -> str:
        """The organisation the certificate names."""
        return self.certificate.organisation
