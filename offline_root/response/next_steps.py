"""NEXT-STEPS.txt: what the administrator of the online CA does now, command by command."""

from dataclasses import dataclass

from offline_root.issue import key_identifier, load
from offline_root.model import Crl, Fingerprint, Issued, serial_text
from offline_root.policy.model import RootPolicy


@dataclass(frozen=True, slots=True)
class Answer:
    """An issued certificate with the stem of its files, and its environment's mount (may be empty)."""

    issued: Issued
    stem: str
    mount: str


_HEAD = """\
NEXT STEPS for the administrator of the online CA

First check that this folder is the one that left the ceremony. Put anchor.json, which you got when the root was made,
beside this folder and not into it: whatever is added to the folder fails the check, your own files too. Then, in here:

    offline-root verify . --anchor ../anchor.json

or, without that program, `sh VERIFY.txt`. It says which two lines to compare with paper; the root's is

    {root}

"""

_EACH = """\
{environment}: serial {serial}
    Certificate SHA-256 {sha256}

    1. Import the intermediate and its root (with OpenBao write `bao` instead of `vault`):

           vault write {mount}/intermediate/set-signed certificate=@{stem}-chain.pem

    2. Look at `mapping` in the answer. One entry must be  <issuer>: <key>  with both sides filled: that is the
       intermediate, and its key is in the mount. The entry of the root has an empty key: that is right.
       If no entry has a key, this certificate is for another key or another mount. Stop; nothing works so far.
       A warning that the mount has no AIA fields is about what it will issue itself, and no fault of this import.

    3. If the mount had an issuer before, make the new one the default:

           vault list  {mount}/issuers
           vault write {mount}/config/issuers default=<issuer of step 2>

       The two may have one name; programs tell them apart by the key identifier. That of the new one is

           {identifier}

       What was issued before names the old one's and goes on verifying, with the old intermediate in its chain: leave
       the old issuer in the mount, which also signs the CRL of those certificates, until the last of them is over.
       Then have it revoked as superseded. Roles that name an issuer (issuer_ref) are changed by hand.

    4. Issue one certificate, put it beside this folder as leaf.pem, and check it against the root:

           openssl verify -x509_strict -CAfile root-ca.pem -untrusted {stem}.pem ../leaf.pem

"""

_TAKEN_BACK = """\
{environment}: serial {serial}
    Certificate SHA-256 {sha256}

    REVOKED ({reason}). Do not import it; it is here because it was issued once.

"""

_END = """\
What to trust
    For SERVERS, clients trust root-ca.pem: name constraints keep each environment to its own host names and addresses.
    For CLIENT authentication trust {trusted}, never the root. One root for several environments does
    not separate their clients: name constraints do not reach a common name without a subjectAltName, nor e-mail
    addresses and URIs unless the policy constrains them. Tried by the tests of this program (in Vault: `vault write`):

        OpenSSL           openssl verify -partial_chain -purpose sslclient -CAfile {example}.pem client.pem
        OpenBao           bao write auth/cert/certs/<name> certificate=@{example}.pem
        Caddy             client_auth {{ mode require_and_verify
                                         trust_pool file {example}.pem }}

    nginx (ssl_client_certificate) and HAProxy (ca-file, ca-verify-file) want the root in the file, and then take the
    clients of every environment: compare the issuer as well ($ssl_client_i_dn; ssl_c_i_dn), or have a root for each
    environment. Read their manuals; this was not tried.

What not to do
    Do not import {certificates} into another mount than its own: the online CA would accept it silently.
    Do not convert the chain file. The order (intermediate, then root) and its end are what every online CA accepts.
    Do not ask the root for a leaf certificate, and do not sign anything with a copied key.
"""

_NOTHING = """\
No certificate was issued in this ceremony. Where a request was refused, the file that ends in -refused.txt says why,
and how to mend it.

"""

_CRL = """\
The root's CRL: number {number} (in hex {hex}), good until {next_update}, {revoked} revoked
    1. Publish root-ca.crl, and once root-ca.der, at the addresses that every intermediate names, without converting
       them:

           {crl_url}
           {certificate_url}

    2. Import root-ca.crl.pem wherever CRLs are kept as files (nginx: ssl_crl; OpenSSL: -CRLfile; Java, NSS: their own
       stores). Vault and OpenBao have no place for a root's CRL: a CRL in a bundle is dropped silently.

    3. Look at what is served now. crlNumber must be {hex}:

           curl -s {crl_url} | openssl crl -inform DER -CAfile root-ca.pem -noout -crlnumber -nextupdate

    Have the next CRL made before {next_update}: with an old one, whoever insists on a CRL stops working.
    expiry.ics has this day, and those of the certificates, for your calendar.

"""

_REVOKED = """\
Revoked, and on this CRL
{serials}
    A mount whose intermediate is among them must issue nothing any more. Then have it make a request with a new key:

           vault write <mount>/issuer/<issuer> usage=read-only

"""


def next_steps(answers: tuple[Answer, ...], root_sha256: Fingerprint, crl: Crl, root: RootPolicy) -> str:
    """Return the text of NEXT-STEPS.txt."""
    reasons = {each.serial: each.reason.value for each in crl.entries}
    alive = tuple(each for each in answers if each.issued.serial not in reasons)
    steps = "".join(_each(each, reasons.get(each.issued.serial)) for each in answers) or _NOTHING
    head = _HEAD.format(root=root_sha256)
    return head + steps + _publish(crl, root) + (_end(alive) if alive else "")


def _each(answer: Answer, revoked: str | None) -> str:
    issued = answer.issued
    return (_TAKEN_BACK if revoked else _EACH).format(
        environment=issued.environment,
        serial=serial_text(issued.serial),
        sha256=issued.sha256,
        identifier=key_identifier(load(issued.certificate)).hex(),
        mount=answer.mount or "<mount>",
        stem=answer.stem,
        reason=revoked,
    )


def _publish(crl: Crl, root: RootPolicy) -> str:
    publish = _CRL.format(
        number=crl.number,
        hex=crl.number.to_bytes((crl.number.bit_length() + 7) // 8).hex().upper(),
        next_update=crl.next_update,
        revoked=len(crl.entries),
        crl_url=root.crl_url,
        certificate_url=root.certificate_url,
    )
    serials = "\n".join(f"    {serial_text(each.serial)} ({each.reason.value})" for each in crl.entries)
    return publish + (_REVOKED.format(serials=serials) if serials else "")


def _end(answers: tuple[Answer, ...]) -> str:
    certificates = " or ".join(f"{each.stem}-chain.pem" for each in answers)
    trusted = " or ".join(f"{each.stem}.pem" for each in answers)
    return _END.format(certificates=certificates, trusted=trusted, example=answers[0].stem)
