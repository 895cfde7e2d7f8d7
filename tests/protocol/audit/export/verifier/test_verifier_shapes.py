"""The second verifier knows what the first one knows: whoever adds an event, a field or a rule adds it to both."""

import msgspec
import pytest

from protocol.audit import bodies, events, rules
from protocol.audit.bodies import CustomerOpening, TechnicianOpening
from protocol.audit.events import Event, EventType
from protocol.audit.export.manifest import BundleManifest
from protocol.audit.export.verifier import shapes
from protocol.audit.log.certificate import LogCertificate
from protocol.audit.log.leaf import ActLeaf, BatchLeaf
from protocol.audit.signatures import SignatureDocument
from protocol.messages.consent import Capability
from protocol.messages.resume import MAX_RESUMES
from protocol.pairing.certificates import TechnicianCertificate


def fields(struct: type[msgspec.Struct]) -> set[str]:
    """The fields of a struct as the shapes write them: "?" behind those that may be missing."""
    return {field.encode_name + ("" if field.required else "?") for field in msgspec.structs.fields(struct)}


def test_it_knows_every_capability_and_every_type_of_event():
    assert set(shapes.CAPABILITIES) == {capability.value for capability in Capability}
    assert set(shapes.TYPES) == {kind.value for kind in EventType}
    assert {(kind, lane) for lane, kinds in shapes.ONLY.items() for kind in kinds} == {
        (kind.value, lane) for kind, lane in events.ONLY_IN_LANE.items()
    }


def test_it_knows_the_fields_of_every_body():
    assert set(shapes.BODIES) == {kind.value for kind in bodies._STRUCTS}
    different = [
        kind.value for kind, struct in bodies._STRUCTS.items() if set(shapes.BODIES[kind.value]) != fields(struct)
    ]
    assert different == []
    assert shapes.RESUMES(MAX_RESUMES)
    assert not shapes.RESUMES(MAX_RESUMES + 1)


@pytest.mark.parametrize(
    ("shape", "struct"),
    [
        (shapes.EVENT, Event),
        (shapes.OPENINGS["C"], CustomerOpening),
        (shapes.OPENINGS["T"], TechnicianOpening),
        (shapes.CERTIFICATE, TechnicianCertificate),
        (shapes.LOG_CERTIFICATE, LogCertificate),
        (shapes.BATCH, BatchLeaf),
        (shapes.ACT, ActLeaf),
        (shapes.SIGNATURE, SignatureDocument),
        (shapes.MANIFEST, BundleManifest),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_it_knows_the_fields_of_every_document(shape, struct):
    assert set(shape) == fields(struct)


def test_it_knows_what_answers_what_and_what_needs_a_consent():
    assert {kind: set(asked) for kind, asked in shapes.ANSWERS.items()} == {
        kind.value: {one.value for one in asked} for kind, asked in bodies._ANSWERS.items()
    }
    assert {field: set(kinds) for field, kinds in shapes.ABOUT_SAME.items()} == {
        "sha256": {kind.value for kind in bodies._ABOUT_FILES},
        "certificate_sha256": {kind.value for kind in bodies._ABOUT_COLLEAGUES},
    }
    assert {kind.value: able.value for kind, able in rules._NEEDS.items()} == shapes.NEEDS
    assert {kind.value: able.value for kind, able in rules._NEEDS_AT_CUSTOMER.items()} == shapes.NEEDS_AT_CUSTOMER
