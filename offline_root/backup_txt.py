"""OPEN.txt, beside each backup: how it opens in twenty years, without this program."""

from offline_root.backup_file import CCM, KWP

OPEN = "OPEN.txt"
_HEAD = """\
BACKUP OF A ROOT KEY

root-key.backup holds the private key of a root CA, encrypted. The key that
encrypts it is split into shares (SLIP-39): 33 words on each card that says
BACKUP SHARE and the number of the set that stands in the file. As many cards
as "needed" says open it; fewer say nothing at all.

WITH THE PROGRAM that made it
    offline-root shares verify root-key.backup          a drill: nothing is kept
    offline-root restore root-key.backup --log RESPONSE --anchor anchor.json \\
        --operator NAME --witness NAME                  into a new token

"""

_KWP = """\
WITHOUT THE PROGRAM, on a machine that never was and never will be on a network, with
Python and its packages shamir-mnemonic and cryptography. Whoever does this has
the root key in a file: destroy the machine's disk afterwards.

1. Type the words of each card into shares.txt, one card a line.

2. Put the shares together and open the file (AES key wrap with padding,
   RFC 5649, around a PKCS#8 private key, RFC 5208, filled up with zeros):

    python3 - <<'END'
    import base64, json
    from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding
    from shamir_mnemonic import combine_mnemonics

    backup = json.load(open("root-key.backup"))
    assert backup["method"] == "AES-KWP (RFC 5649)", backup["method"]
    shares = open("shares.txt").read().split("\\n")
    secret = combine_mnemonics([each for each in shares if each.strip()])
    key = aes_key_unwrap_with_padding(secret, base64.b64decode(backup["wrapped_key"]))
    open("root-key.der", "wb").write(key)
    open("secret.hex", "w").write(secret.hex())
    END

   With openssl in place of Python's cryptography:

    sed -n 's/.*"wrapped_key": "\\(.*\\)",/\\1/p' root-key.backup | base64 -d > wrapped
    openssl enc -d -id-aes256-wrap-pad -K "$(cat secret.hex)" -iv A65959A6 -in wrapped -out root-key.der

3. The key, and whether it is the one that the file says (both lines agree):

    openssl pkey -inform DER -in root-key.der -out root-key.pem
    openssl pkey -in root-key.pem -pubout -outform DER | sha256sum
    sed -n 's/.*"key_sha256": "\\(.*\\)",/\\1/p' root-key.backup
"""

_CCM = """\
WITHOUT THE PROGRAM it opens in another YubiHSM 2, with Yubico's yubihsm-shell
(as its manual says; this way was not tried by those who made the program), on a
machine that never was and never will be on a network.

1. Type the words of each card into shares.txt, one card a line.

2. Put the shares together (Python with its package shamir-mnemonic):

    python3 - <<'END'
    import base64, json
    from shamir_mnemonic import combine_mnemonics

    backup = json.load(open("root-key.backup"))
    assert backup["method"] == "AES-CCM (YubiHSM 2)", backup["method"]
    shares = open("shares.txt").read().split("\\n")
    secret = combine_mnemonics([each for each in shares if each.strip()])
    open("secret.hex", "w").write(secret.hex())
    open("wrapped", "wb").write(base64.b64decode(backup["wrapped_key"]))
    END

3. Put secret.hex into the device as a wrap key (aes256-ccm-wrap) that may
   import-wrapped, then put the file "wrapped" under it, then delete the wrap key.
"""

OPEN_TXT = {KWP: _HEAD + _KWP, CCM: _HEAD + _CCM}
"""By the method that the key is wrapped with."""
