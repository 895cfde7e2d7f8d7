"""The organisation's transparency log: tree, checkpoints, cosignatures, proofs, leaves, witness policy, receipts. Pure.

docs/protocol.md, section 9, is normative; the formats are RFC 6962 (RFC 9162) and C2SP's signed-note, tlog-checkpoint,
tlog-cosignature, tlog-policy and tlog-proof.
"""
