"""VERIFY.txt: how a stranger checks a response with a shell, openssl and the tools of every Unix.

The text is a shell script whose prose stands in comments, so what is printed is what a test runs: `sh VERIFY.txt`.
"""

import base64
from textwrap import wrap

from offline_root.audit.note import KeyKind, VerifierKey
from offline_root.keys import fingerprint
from offline_root.model import Fingerprint

_CHECK = {
    KeyKind.ED25519: 'openssl pkeyutl -verify -pubin -inkey "$tmp/audit.pem" -rawin -in "$1" -sigfile "$2" >/dev/null',
    KeyKind.ECDSA_P256: 'openssl dgst -sha256 -verify "$tmp/audit.pem" -signature "$2" "$1" >/dev/null',
}

_SCRIPT = r"""# HOW TO CHECK THIS FOLDER WITHOUT THE APPLIANCE
#
# You need openssl 3, what every Unix has (sh, sha256sum, awk, sed, grep, find), and the two fingerprints that left the
# create ceremony on paper.
# Run this file in this folder:    sh VERIFY.txt
# It prints OK after each step and stops with FAILED at the first thing that is wrong. Nothing is changed.
#
# STEP 1, BY EYE. Compare these two lines with the paper. If they differ, stop: the rest proves nothing.
#
#     root certificate, SHA-256   @ROOT@
#     audit key, SHA-256          @AUDIT@
#
# What these checks do not prove: that the people named in the log are who they say they are; that the log has not been
# continued since; that the machine told the truth when it wrote. See the auditor's guide.

set -u
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
fail() { echo "FAILED: $1"; exit 1; }
signed_by_audit_key() { @CHECK@; }

cat > "$tmp/audit.pem" <<'KEY'
-----BEGIN PUBLIC KEY-----
@PEM@
-----END PUBLIC KEY-----
KEY

# STEP 2. The root and the audit key are those of step 1.
root=$(openssl x509 -in root-ca.pem -outform DER | sha256sum | awk '{print $1}')
[ "$root" = @ROOT@ ] || fail "root-ca.pem is not the root of step 1"
audit=$(openssl pkey -pubin -in "$tmp/audit.pem" -outform DER | sha256sum | awk '{print $1}')
[ "$audit" = @AUDIT@ ] || fail "the audit key in this file is not the one of step 1"
echo "OK  the keys are those of step 1, if you compared them with paper"

# STEP 3. Every file is as it was written, and none was added.
[ "$(sha256sum SHA256SUMS)" = "$(cat COMPLETE)" ] || fail "SHA256SUMS is not the one that COMPLETE names"
signed_by_audit_key SHA256SUMS SHA256SUMS.sig || fail "SHA256SUMS is not signed by the audit key"
sha256sum -c --quiet --strict SHA256SUMS || fail "a file differs from SHA256SUMS"
[ -z "$(find . ! -type d ! -type f)" ] || fail "the folder holds something that is not a plain file"
find . -type f | sed 's,^\./,,' | LC_ALL=C sort > "$tmp/found"
{
    awk '{print substr($0, 67)}' SHA256SUMS
    printf '%s\n' COMPLETE SHA256SUMS SHA256SUMS.sig closing-checkpoint
} | LC_ALL=C sort > "$tmp/listed"
[ "$(cat "$tmp/found")" = "$(cat "$tmp/listed")" ] || fail "the folder holds other files than SHA256SUMS lists"
echo "OK  all files are as they were signed"

# STEP 4. The log: each line names the hash of the line before it.
want=0000000000000000000000000000000000000000000000000000000000000000
size=0
while IFS= read -r entry; do
    case $entry in
        *"\"prev\":\"$want\""*"\"seq\":$size,"*) ;;
        *) fail "line $((size + 1)) of the log does not follow the line before it" ;;
    esac
    want=$(printf '%s\n' "$entry" | sha256sum | awk '{print $1}')
    size=$((size + 1))
done < audit/log.jsonl
echo "OK  the $size lines of the log are one chain"

# STEP 5. The checkpoint is signed by the audit key, and its root hash is that of the log (RFC 6962 2.1).
check_note() {
    awk '/^$/ {exit} {print}' "$1" > "$tmp/body"
    awk 'found {print $3} /^$/ {found = 1}' "$1" | openssl base64 -d -A | tail -c +5 > "$tmp/sig"
    signed_by_audit_key "$tmp/body" "$tmp/sig" || fail "$1 is not signed by the audit key"
    [ "$(awk 'NR == 1' "$tmp/body")" = "@ORIGIN@" ] || fail "$1 is the checkpoint of another log"
}
octal() { awk '{
    for (i = 1; i < length($0); i += 2) {
        high = index("0123456789abcdef", substr($0, i, 1)) - 1
        low = index("0123456789abcdef", substr($0, i + 1, 1)) - 1
        value = high * 16 + low; printf "\\0%d%d%d", int(value / 64), int(value / 8) % 8, value % 8
    } }'; }
node() { printf '%b' "\\0001$(printf '%s\n' "$1$2" | octal)" | sha256sum | awk '{print $1}'; }
stack=
count=0
while IFS= read -r entry; do
    hash=$({ printf '\000'; printf '%s\n' "$entry"; } | sha256sum | awk '{print $1}')
    left=$count
    while [ $((left % 2)) -eq 1 ]; do
        hash=$(node "${stack##* }" "$hash"); stack=${stack% *}; left=$((left / 2))
    done
    stack="$stack $hash"
    count=$((count + 1))
done < audit/log.jsonl
hash=${stack##* }
stack=${stack% *}
while [ -n "$stack" ]; do
    hash=$(node "${stack##* }" "$hash"); stack=${stack% *}
done
check_note audit/checkpoint
[ "$(awk 'NR == 2' "$tmp/body")" = "$size" ] || fail "the checkpoint is of a log of another size"
told=$(awk 'NR == 3' "$tmp/body" | openssl base64 -d -A | openssl dgst -r -sha256 | awk '{print $1}')
made=$(printf '%b' "$(printf '%s\n' "$hash" | octal)" | openssl dgst -r -sha256 | awk '{print $1}')
[ "$told" = "$made" ] || fail "the checkpoint's root hash is not that of the log"
check_note closing-checkpoint
[ "$(awk 'NR == 2' "$tmp/body")" -gt "$size" ] || fail "closing-checkpoint is older than the log"
echo "OK  the checkpoints are signed, the first is of this log, and the second is later"

# STEP 6. Each certificate and the CRL were signed by the root, whatever the date is today, and the log says so.
for chain in ./*-chain.pem; do
    [ -e "$chain" ] || continue
    file=${chain%-chain.pem}.pem
    openssl verify -x509_strict -no_check_time -no-CApath -no-CAstore -CAfile root-ca.pem "$file" >/dev/null ||
        fail "$file is not signed by the root"
    sum=$(openssl x509 -in "$file" -outform DER | sha256sum | awk '{print $1}')
    grep -q "\"event\":\"certificate-i[a-z]*ed\".*\"sha256\":\"$sum\"" audit/log.jsonl ||
        fail "the log does not know $file"
done
openssl crl -inform DER -in root-ca.crl -CAfile root-ca.pem -noout 2>&1 | grep -q "verify OK" ||
    fail "root-ca.crl is not signed by the root"
sum=$(sha256sum root-ca.crl | awk '{print $1}')
grep '"event":"crl-i[a-z]*ed"' audit/log.jsonl | tail -n 1 | grep -q "\"sha256\":\"$sum\"" ||
    fail "root-ca.crl is not the newest CRL of the log"
echo "OK  the certificates and the CRL are signed by the root and recorded in the log"
echo "ALL CHECKS PASSED, if step 1 did."
"""


def verify_txt(root_sha256: Fingerprint, verifier: VerifierKey) -> str:
    """Return the text of VERIFY.txt for an authority's root and audit key."""
    spki = verifier.spki()
    values = {
        "ROOT": root_sha256,
        "AUDIT": fingerprint(spki),
        "PEM": "\n".join(wrap(base64.b64encode(spki).decode(), 64)),
        "CHECK": _CHECK[verifier.kind],
        "ORIGIN": verifier.name,
    }
    text = _SCRIPT
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text
