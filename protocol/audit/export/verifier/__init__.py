"""The second verifier: the parts of the one file `verify.py` that travels in every export (`verifier_file`).

Written from docs/audit_format.md, independently of `protocol.audit`: nothing in here imports anything of ours but the
other parts, and only Python 3.11 and `cryptography` besides. No name may stand in two parts.
"""
