"""`verify.py` exactly as it travels in an export, loaded as a module of its own."""

import io
import sys
from functools import lru_cache
from types import ModuleType
from typing import Any

from protocol.audit.export.verifier_file import verifier_file
from protocol.audit.findings import Verdict

VERDICTS = {0: Verdict.VALID, 1: Verdict.INVALID, 2: Verdict.INCOMPLETE, 3: Verdict.UNWITNESSED}


@lru_cache(maxsize=1)
def second_verifier() -> ModuleType:
    """The module; its main is not run."""
    module = ModuleType("deskside_verify_py")
    sys.modules[module.__name__] = module  # where its named tuples look for themselves
    exec(compile(verifier_file(), "verify.py", "exec"), module.__dict__)
    return module


def second_findings(data: bytes, pinned: str = "") -> Any:
    """What the second verifier finds in an export."""
    module = second_verifier()
    findings = module.Findings()
    try:
        module.Export(module.Bundle(io.BytesIO(data)), findings, pinned)
    except module.FAULTS as fault:
        findings.add("wrong", str(fault), module.At())
    return findings


def second_verdict(data: bytes, pinned: str = "") -> Verdict:
    """What the second verifier says about an export."""
    return VERDICTS[second_findings(data, pinned).code]
