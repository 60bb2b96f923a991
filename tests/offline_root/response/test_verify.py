"""`verify` on folders that are whole, and on folders that somebody has touched."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from offline_root.anchor import Anchor
from offline_root.audit.note import parse_body, parse_note
from offline_root.response.manifest import CLOSING, complete
from offline_root.response.verify import Verified, verify_response
from tests.offline_root.audit.logs import ed25519_signer
from tests.offline_root.response.folders import Files, Owned, Response


def found(files: Files, anchor: Anchor | None) -> set[tuple[str, str]]:
    """Return the codes and fields of all findings."""
    return {(each.code.removeprefix("response."), each.field) for each in verify_response(files, anchor).findings}


def without(files: Files, name: str) -> Files:
    return {each: data for each, data in files.items() if each != name}


class TestWholeResponse:
    def test_passes(self, response: Response) -> None:
        verified = verify_response(response.files, response.anchor)
        assert verified == Verified(
            (),
            "offline-root/root",
            response.anchor.root_sha256,
            verified.issued,
            response.files["audit/log.jsonl"].count(b"\n"),
            verified.crl,
        )
        assert verified.crl
        assert (verified.crl.der, verified.crl.entries) == (response.files["root-ca.crl"], ())
        assert [each.environment for each in verified.issued] == ["", "test", "prod"]

    def test_passes_with_a_p256_audit_key(self, p256: Response) -> None:
        assert p256.anchor.verifier.kind.name == "ECDSA_P256"
        assert verify_response(p256.files, p256.anchor).findings == ()

    def test_passes_whatever_the_order_of_the_files(self, response: Response) -> None:
        assert verify_response(dict(reversed(response.files.items())), response.anchor).findings == ()

    def test_is_only_consistent_with_itself_without_an_anchor(self, response: Response) -> None:
        (finding,) = verify_response(response.files, None).findings
        assert (finding.code, finding.message) == ("response.no-anchor", "SELF-CONSISTENT ONLY, origin not proven.")

    def test_of_somebody_else_with_the_same_names_is_refused(self, response: Response, foreign: Owned) -> None:
        assert verify_response(foreign.files, foreign.anchor).findings == ()
        refused = found(foreign.files, response.anchor)
        assert {
            ("anchor", "audit/log.jsonl"),
            ("anchor", "root-ca.der"),
            ("signature", "SHA256SUMS.sig"),
            ("checkpoint", "audit/checkpoint"),
            ("checkpoint", CLOSING),
        } <= refused

    def test_of_another_origin_is_refused(self, response: Response) -> None:
        anchor = response.anchor
        other = Anchor(
            anchor.root_sha256,
            type(anchor.verifier)("offline-root/b", anchor.verifier.kind, anchor.verifier.public_key),
        )
        assert ("anchor", "audit/log.jsonl") in found(response.files, other)


class TestUnreadableLog:
    def test_is_not_all_that_is_told(self, response: Response, foreign: Owned) -> None:
        """What the anchor says of the seal and of the root is said without the log too."""
        log = response.files["audit/log.jsonl"].replace(b"ceremony-opened", b"ceremony-closed")
        changed = {"audit/log.jsonl": log, "root-ca.der": foreign.files["root-ca.der"]}
        told = found({**response.files, **changed}, response.anchor)
        assert told == {
            ("log", "audit/log.jsonl"),
            ("file-changed", "audit/log.jsonl"),
            ("file-changed", "root-ca.der"),
            ("anchor", "root-ca.der"),
        }
        assert found({**response.files, **changed}, None) == {("log", "audit/log.jsonl")}


class TestMissingFile:
    def test_of_every_response_is_named(self, response: Response) -> None:
        for name in response.files:
            refused = found(without(response.files, name), response.anchor)
            assert ("file-missing", name) in refused, name

    def test_is_named_with_all_the_others(self) -> None:
        assert len(found({}, None)) == 14

    def test_that_only_the_list_names_is_named(self, response: Response) -> None:
        assert ("file-missing", "test-ca.p7b") in found(without(response.files, "test-ca.p7b"), response.anchor)


class TestAddedFile:
    @pytest.mark.parametrize(
        "name",
        ["autorun.inf", "audit/more", "SHA256SUMS.txt", "evil\nname", "evil\rname", "\udcff\udcfe", "\u202e.pem", " "],
    )
    def test_is_named(self, response: Response, name: str) -> None:
        assert ("file-unlisted", name) in found({**response.files, name: b""}, response.anchor)

    def test_whose_name_looks_like_lines_of_the_list_is_named(self, response: Response) -> None:
        # In SHA256SUMS as this folder would have it, its name adds one line that is right and one that is overwritten.
        line = next(
            each for each in response.files["SHA256SUMS"].decode().split("\n") if each.endswith("  root-ca.der")
        )
        name = f"root-ca.der\n{line}"
        assert ("file-unlisted", name) in found({**response.files, name: b"evil"}, response.anchor)

    def test_that_is_another_chain_is_held_against_the_log(self, response: Response) -> None:
        files = {**response.files, "evil-chain.pem": response.files["test-ca-chain.pem"]}
        assert ("certificate", "evil.der") in found(files, response.anchor)


class TestRenamedFile:
    def test_is_missing_under_one_name_and_unlisted_under_the_other(self, response: Response) -> None:
        for name, data in response.files.items():
            refused = found({**without(response.files, name), f"{name}.bak": data}, response.anchor)
            assert ("file-missing", name) in refused, name

    def test_swapped_with_another_is_named(self, response: Response) -> None:
        files = {
            **response.files,
            "test-ca.pem": response.files["prod-ca.pem"],
            "prod-ca.pem": response.files["test-ca.pem"],
        }
        refused = found(files, response.anchor)
        assert {("file-changed", "test-ca.pem"), ("form", "test-ca.pem"), ("form", "prod-ca.pem")} <= refused


class TestEmptiedFile:
    def test_is_refused(self, response: Response) -> None:
        for name in response.files:
            refused = found({**response.files, name: b""}, response.anchor)
            assert name in {field for _, field in refused}, name

    def test_of_the_whole_folder_is_refused_at_once(self, response: Response) -> None:
        assert ("log", "audit/log.jsonl") in found(dict.fromkeys(response.files, b""), response.anchor)
        assert ("log", "audit/log.jsonl") in found(dict.fromkeys(response.files, b""), None)


class TestCheckpoint:
    def test_that_is_not_later_than_the_first_is_refused(self, response: Response) -> None:
        files = {**response.files, CLOSING: response.files["audit/checkpoint"]}
        assert found(files, response.anchor) == {("checkpoint", CLOSING)}

    def test_of_another_authority_is_refused(self, response: Response, foreign: Owned) -> None:
        files = {**response.files, CLOSING: foreign.files[CLOSING]}
        assert found(files, response.anchor) == {("checkpoint", CLOSING)}

    @pytest.mark.parametrize("name", ["audit/checkpoint", CLOSING])
    def test_of_another_log_under_the_same_key_is_refused(self, foreign: Owned, name: str) -> None:
        head = parse_body(parse_note(foreign.files[name]).text)
        other = foreign.signer.note(replace(head, origin="offline-root/other"))
        assert ("checkpoint", name) in found({**foreign.files, name: other}, foreign.anchor)

    def test_with_another_signature_beside_ours_is_refused(self, response: Response, foreign: Owned) -> None:
        more = response.files[CLOSING] + foreign.files[CLOSING].splitlines(keepends=True)[-1]
        assert found({**response.files, CLOSING: more}, response.anchor) == {("checkpoint", CLOSING)}


class TestRehearsal:
    def test_is_refused_without_the_flag(self, rehearsal: Response) -> None:
        assert found(rehearsal.files, rehearsal.anchor) == {("rehearsal", "")}

    def test_passes_with_it(self, rehearsal: Response) -> None:
        assert verify_response(rehearsal.files, rehearsal.anchor, rehearsal=True).findings == ()

    def test_is_refused_without_an_anchor_too(self, rehearsal: Response) -> None:
        assert found(rehearsal.files, None) == {("rehearsal", ""), ("no-anchor", "")}


Change = Callable[[bytes], bytes]

LISTINGS: dict[str, Change] = {
    "longer": lambda data: data + b"\n",
    "in capitals": lambda data: data.upper(),
    "in another order": lambda data: b"".join(reversed(data.splitlines(keepends=True))),
    "with a line twice": lambda data: data + data.splitlines(keepends=True)[0],
    "in binary mode": lambda data: data.replace(b"  ", b" *"),
    "with other line ends": lambda data: data.replace(b"\n", b"\r\n"),
}


class TestManifest:
    @pytest.mark.parametrize("name", LISTINGS)
    def test_that_says_the_same_in_another_form_is_refused(self, response: Response, name: str) -> None:
        listing = LISTINGS[name](response.files["SHA256SUMS"])
        files = {**response.files, "SHA256SUMS": listing, "COMPLETE": complete(listing)}
        assert ("file-changed", "SHA256SUMS") in found(files, response.anchor)

    @pytest.mark.parametrize("name", LISTINGS)
    def test_that_even_the_audit_key_signed_in_another_form_is_refused(self, foreign: Owned, name: str) -> None:
        listing = LISTINGS[name](foreign.files["SHA256SUMS"])
        seal = {"SHA256SUMS": listing, "COMPLETE": complete(listing), "SHA256SUMS.sig": foreign.signer.sign(listing)}
        assert {code for code, _ in found({**foreign.files, **seal}, foreign.anchor)} & {"file-changed", "file-missing"}

    def test_signed_by_another_key_is_refused(self, response: Response) -> None:
        signature = ed25519_signer().sign(response.files["SHA256SUMS"])
        assert found({**response.files, "SHA256SUMS.sig": signature}, response.anchor) == {
            ("signature", "SHA256SUMS.sig")
        }

    @pytest.mark.parametrize("name", ["longer", "in capitals", "with a line twice", "in binary mode"])
    def test_complete_in_another_form_is_refused(self, response: Response, name: str) -> None:
        files = {**response.files, "COMPLETE": LISTINGS[name](response.files["COMPLETE"])}
        assert found(files, response.anchor) == {("complete", "COMPLETE")}
