"""NEXT-STEPS.txt: what the administrator of the online CA does now, command by command."""

from dataclasses import dataclass

from offline_root.issue import key_identifier, load
from offline_root.model import Crl, Fingerprint, Issued, serial_text


@dataclass(frozen=True, slots=True)
class Answer:
    """An issued certificate with the stem of its files, and its environment's mount (may be empty)."""

    issued: Issued
    stem: str
    mount: str


_HEAD = """\
NEXT STEPS for the administrator of the online CA

First check that this folder is the one that left the ceremony:

    offline-root verify . --anchor anchor.json

or, with nothing but openssl, sha256sum and awk, follow VERIFY.txt. Compare the root's SHA-256 with paper:

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

    3. If the mount had an issuer before, make the new one the default:

           vault list  {mount}/issuers
           vault write {mount}/config/issuers default=<issuer of step 2>

       The two may have one name; programs tell them apart by the key identifier. That of the new one is

           {identifier}

       What was issued before names the old one's and goes on verifying, with the old intermediate in its chain: leave
       the old issuer in the mount, which also signs the CRL of those certificates, until the last of them is over.
       Then have it revoked as superseded. Roles that name an issuer (issuer_ref) are changed by hand.

    4. Issue one certificate and check it against the root from this folder:

           openssl verify -x509_strict -CAfile root-ca.pem -untrusted {stem}.pem leaf.pem

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
The root's CRL: number {number}, good until {next_update}, {revoked} revoked
    1. Publish root-ca.crl at the address that every intermediate names, without converting it:

           {url}

    2. Import root-ca.crl.pem wherever CRLs are kept as files (nginx: ssl_crl; OpenSSL: -CRLfile; Java, NSS: their own
       stores). Vault and OpenBao have no place for a root's CRL: a CRL in a bundle is dropped silently.

    3. Look at what is served now:

           curl -s {url} | openssl crl -inform DER -CAfile root-ca.pem -noout -crlnumber -nextupdate

    Have the next CRL made before {next_update}: with an old one, whoever insists on a CRL stops working.

"""


def next_steps(answers: tuple[Answer, ...], root_sha256: Fingerprint, crl: Crl, crl_url: str) -> str:
    """Return the text of NEXT-STEPS.txt."""
    head = _HEAD.format(root=root_sha256)
    publish = _CRL.format(number=crl.number, next_update=crl.next_update, revoked=len(crl.entries), url=crl_url)
    if not answers:
        return head + _NOTHING + publish
    steps = "".join(
        _EACH.format(
            environment=each.issued.environment,
            serial=serial_text(each.issued.serial),
            sha256=each.issued.sha256,
            identifier=key_identifier(load(each.issued.certificate)).hex(),
            mount=each.mount or "<mount>",
            stem=each.stem,
        )
        for each in answers
    )
    certificates = " or ".join(f"{each.stem}-chain.pem" for each in answers)
    trusted = " or ".join(f"{each.stem}.pem" for each in answers)
    end = _END.format(certificates=certificates, trusted=trusted, example=answers[0].stem)
    return head + steps + publish + end
