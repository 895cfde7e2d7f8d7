import pytest

from protocol.audit.log.policy import NO_WITNESSES, Policy, parse_policy, print_policy
from protocol.errors import PeerError
from tests.support.log_world import MemoryLog, policy_of, three_witnesses

WITNESSES = three_witnesses()
ALPHA, BETA, GAMMA = (one.verifier for one in WITNESSES)
TEXT = f"""# who watches
witness alpha {ALPHA.vkey} https://alpha.example/
witness beta {BETA.vkey}
witness gamma {GAMMA.vkey}
group others any beta gamma
group all-sides all alpha others
quorum all-sides
"""


def test_two_of_three_is_two_of_three() -> None:
    policy = policy_of(WITNESSES, 2)
    assert policy.fewest == 2
    assert not policy.is_met({ALPHA})
    assert policy.is_met({ALPHA, GAMMA})
    assert not policy.is_met({WITNESSES[0].verifier, MemoryLog().keys.verifiers("x.example/audit/2027")[0]})


def test_groups_of_groups_count_as_the_policy_says() -> None:
    policy = parse_policy(TEXT)
    assert policy.fewest == 2
    assert policy.is_met({ALPHA, GAMMA})
    assert not policy.is_met({BETA, GAMMA})
    assert policy.witnesses[0].url == "https://alpha.example"


def test_a_policy_survives_being_written_and_read() -> None:
    policy = parse_policy(TEXT)
    assert parse_policy(print_policy(policy)) == policy
    assert parse_policy(print_policy(NO_WITNESSES)) == NO_WITNESSES


def test_without_a_quorum_nobody_need_cosign() -> None:
    assert parse_policy("quorum none\n") == Policy()
    assert Policy().is_met(set())
    assert not Policy().wants_witnesses


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum nobody\n",
        TEXT + "quorum alpha\n",
        TEXT + "group late 1 alpha\n",
        TEXT.replace("witness beta", "witness alpha"),
        TEXT.replace(BETA.vkey, ALPHA.vkey),
        TEXT.replace("any beta gamma", "3 beta gamma"),
        TEXT.replace("any beta gamma", "0 beta gamma"),
        TEXT.replace("any beta gamma", "any beta beta"),
        TEXT.replace("all alpha others", "all alpha unknown"),
        TEXT.replace("https://alpha.example/", "ftp://alpha.example/"),
        TEXT.replace("witness gamma", "wintess gamma"),
        f"witness log {MemoryLog().keys.verifiers('x.example/audit/2027')[0].vkey}\nquorum log\n",
        "#" * 20_000,
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(PeerError) as refused:
        parse_policy(text)
    assert refused.value.code == "policy_malformed"
