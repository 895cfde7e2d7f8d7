"""Signing in against the real relay, with time passed in."""

import logging
import secrets

import pytest

from protocol.errors import PeerError
from protocol.messages.relay_api import SignedIn
from relay.accounts.passwords import hash_password
from relay.accounts.people import Role
from relay.accounts.sign_in import SignInDesk
from relay.storage.accounts import AccountStore
from tests.support.relay_in_process import PASSWORD, ServedRelay


async def test_the_right_password_gives_a_token_that_works(served: ServedRelay) -> None:
    person = await served.add_person("tess")
    answer = await served.sign_in(" TESS ")
    assert set(answer.json()) == set(SignedIn.__struct_fields__)
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    me = await served.http.get("/api/v1/me", headers=headers)
    assert me.json() == {"id": person.id, "name": "tess", "display_name": "Tess", "role": "technician"}


async def test_a_wrong_password_an_unknown_name_and_a_disabled_account_look_the_same(served: ServedRelay) -> None:
    await served.add_person("tess")
    await served.add_person("gone")
    await AccountStore(served.database).disable("gone", served.clock())
    answers = [
        await served.sign_in("tess", "wrong password"),
        await served.sign_in("nobody", "wrong password"),
        await served.sign_in("gone"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "bad_credentials"


async def test_a_token_expires_after_two_idle_hours(served: ServedRelay) -> None:
    await served.add_person("tess")
    headers = await served.token_of("tess")
    served.clock.advance(hours=1.9)
    assert (await served.http.get("/api/v1/me", headers=headers)).status_code == 200
    served.clock.advance(hours=1.9)
    assert (await served.http.get("/api/v1/me", headers=headers)).status_code == 200
    served.clock.advance(hours=2)
    refused = await served.http.get("/api/v1/me", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "token_expired")


async def test_a_token_in_steady_use_expires_after_twelve_hours(served: ServedRelay) -> None:
    await served.add_person("tess")
    headers = await served.token_of("tess")
    for _ in range(11):
        served.clock.advance(hours=1)
        assert (await served.http.get("/api/v1/me", headers=headers)).status_code == 200
    served.clock.advance(hours=1)
    assert (await served.http.get("/api/v1/me", headers=headers)).json()["code"] == "token_expired"


async def test_signing_out_makes_the_token_worthless(served: ServedRelay) -> None:
    await served.add_person("tess")
    headers = await served.token_of("tess")
    assert (await served.http.post("/api/v1/sign-out", headers=headers)).status_code == 204
    assert (await served.http.get("/api/v1/me", headers=headers)).json()["code"] == "token_invalid"


async def test_a_new_password_signs_out_everywhere(served: ServedRelay) -> None:
    await served.add_person("tess")
    headers = await served.token_of("tess")
    await AccountStore(served.database).set_password("tess", hash_password("another long password"))
    assert (await served.http.get("/api/v1/me", headers=headers)).json()["code"] == "token_invalid"
    assert (await served.sign_in("tess", "another long password")).status_code == 200


async def test_failures_of_one_name_are_limited_and_the_wait_ends(served: ServedRelay) -> None:
    await served.add_person("tess")
    for _ in range(10):
        assert (await served.sign_in("tess", "wrong password")).status_code == 401
    limited = await served.sign_in("tess")
    assert (limited.status_code, limited.json()["code"]) == (429, "too_many_requests")
    served.clock.advance(minutes=15)
    assert (await served.sign_in("tess")).status_code == 200


async def test_good_sign_ins_do_not_count(served: ServedRelay) -> None:
    await served.add_person("tess")
    assert {(await served.sign_in("tess")).status_code for _ in range(12)} == {200}


async def test_the_password_asked_for_again_is_limited_like_a_sign_in(served: ServedRelay) -> None:
    person = await served.add_person("tess")
    desk = SignInDesk(AccountStore(served.database), clock=served.clock, entropy=secrets.token_bytes)
    await desk.confirm(person, PASSWORD, "192.0.2.1")
    for code in ["password_wrong"] * 10 + ["too_many_requests"]:
        with pytest.raises(PeerError) as caught:
            await desk.confirm(person, "a guess at it", "192.0.2.1")
        assert caught.value.code == code


async def test_tokens_are_stored_as_hashes_and_passwords_as_argon2id(served: ServedRelay) -> None:
    await served.add_person("tess", Role.ADMINISTRATOR)
    token = (await served.sign_in("tess")).json()["token"]
    content = b"".join(path.read_bytes() for path in served.data_dir.iterdir())
    assert token.encode() not in content
    assert PASSWORD.encode() not in content
    assert b"$argon2id$" in content


async def test_the_log_has_neither_tokens_nor_passwords(served: ServedRelay, caplog: pytest.LogCaptureFixture) -> None:
    await served.add_person("tess")
    with caplog.at_level(logging.DEBUG):
        headers = await served.token_of("tess")
        await served.sign_in("tess", "a password typed wrongly")
        await served.http.get("/api/v1/me", headers=headers)
    written = "\n".join(str(vars(record)) for record in caplog.records if record.name.startswith("relay"))
    assert "signed in" in written
    assert headers["Authorization"].removeprefix("Bearer ") not in written
    assert PASSWORD not in written
    assert "typed wrongly" not in written
