import pytest

from protocol.errors import PeerError
from relay.accounts.passwords import PasswordVerifier, check_new_password, hash_password


@pytest.mark.parametrize("password", ["", "123456789", "x" * 1025])
def test_short_and_endless_passwords_cannot_be_set(password: str) -> None:
    with pytest.raises(PeerError) as caught:
        check_new_password(password)
    assert caught.value.code == "password_not_allowed"


def test_ten_characters_are_enough() -> None:
    check_new_password("0123456789")


async def test_only_the_right_password_of_a_real_account_matches() -> None:
    verifier, stored = PasswordVerifier(), hash_password("correct horse")
    assert stored.startswith("$argon2id$")
    assert await verifier.matches("correct horse", stored)
    assert not await verifier.matches("Correct horse", stored)
    assert not await verifier.matches("nobody's password", None)
    assert not await verifier.matches("correct horse", "not a hash")
