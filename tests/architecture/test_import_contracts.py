"""Who may import whom: the contracts of pyproject.toml, and what a running program really loads."""

import json
import subprocess
import sys
from pathlib import Path

from tests.architecture.source_tree import ROOT

TOO_BIG_FOR_A_CUSTOMER = {"PySide6", "numpy", "PIL", "sqlalchemy", "litestar"}


def test_every_import_contract_holds() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_customer_client_loads_nothing_big() -> None:
    program = "import json, sys, customer_client.app; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert TOO_BIG_FOR_A_CUSTOMER.isdisjoint(json.loads(done.stdout))
