"""`deskside-relay turn-config`: a coturn configuration that fits this relay."""

import sys
from pathlib import Path

from relay.config import NotServable
from relay.connectivity.turn import TurnPlan, read_or_make_secret, turn_configuration


def print_turn_config(plan: TurnPlan, secret_file: Path) -> int:
    """Write turnserver.conf to stdout, with the secret in `secret_file` (made when missing); return the exit code.

    Raises:
        NotServable: half of TLS, or a realm that would not stay on its line.
        EnvironmentFault: the secret cannot be read or made.
    """
    if (plan.certificate is None) != (plan.key is None):
        raise NotServable("half of TLS", user_text="--turn-cert and --turn-key go together.")
    if not plan.realm.isprintable() or " " in plan.realm:
        raise NotServable("realm", user_text="--realm is a name like turn.example.com.")
    sys.stdout.write(turn_configuration(plan, read_or_make_secret(secret_file)))
    return 0
