#!/usr/bin/python3
"""titoli ca: an authority is made, signs requests, refuses bad ones, revokes; openssl's command judges what it
made, and the real daemon lets its clients in. Keys are made here."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from daemon import PATIENCE_S, TITOLID, Daemon, Report, until
from mtls_test import Peer, asked, context
from tls_test import TITOLI, make_certificate, tls_port
import signal

report = Report()


def openssl(*words, code=0):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True,
                          timeout=PATIENCE_S)
    assert done.returncode == code, (words, done.stderr)
    return done.stdout + done.stderr


def ca(*words, code=0, says=""):
    done = subprocess.run([TITOLI, "ca", *map(str, words)], capture_output=True, text=True,
                          timeout=PATIENCE_S, env={**os.environ, "TITOLI_LANG": "en"})
    report.check(f"ca {' '.join(map(str, words))}",
                 done.returncode == code if code >= 0 else done.returncode != 0,
                 f"{done.returncode}: {done.stdout} {done.stderr}")
    report.check(f"says «{says}»", says in done.stderr, done.stderr)
    return done.stdout


def request(folder, name, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), subject=None, more=()):
    made = folder / f"{name}.csr"
    openssl("req", "-new", "-newkey", *key, "-nodes", "-subj", subject or f"/CN={name}", "-utf8",
            "-keyout", folder / f"{name}.key", "-out", made, *more)
    return made


def makes(folder):
    own = folder / "own"
    ca("init", "--folder", own, "--name", "Ambito di prova")
    report.equal("the key is its owner's alone", (own / "ca.key").stat().st_mode & 0o777, 0o600)
    report.equal("and the folder", own.stat().st_mode & 0o777, 0o700)
    text = openssl("x509", "-in", own / "ca.pem", "-noout", "-text")
    for word in ("CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", "prime256v1",
                 "ecdsa-with-SHA256", "CN = Ambito di prova"):
        report.check(f"ca.pem: {word}", word in text, text)
    openssl("verify", "-CAfile", own / "ca.pem", own / "ca.pem")
    ca("init", "--folder", own, "--name", "Twice", code=-1, says="not empty")
    ca("init", "--folder", folder / "no", "--name", "Città", code=-1, says="printable ASCII")
    return own


def signs(folder, own):
    shown = {}
    for name, key in (("ec", ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")), ("rsa", ("rsa:2048",))):
        made = folder / f"{name}.pem"
        asked_for = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext",
                     "extendedKeyUsage=serverAuth,codeSigning")
        serial = json.loads(ca("sign", "--folder", own, "--csr",
                               request(folder, name, key, more=asked_for), "--out", made,
                               "--json"))["serial"]
        text = openssl("x509", "-in", made, "-noout", "-text")
        openssl("verify", "-purpose", "sslclient", "-CAfile", own / "ca.pem", made)
        for word in ("CA:FALSE", "TLS Web Client Authentication", "Digital Signature"):
            report.check(f"{name}: {word}", word in text, text)
        for word in ("TLS Web Server", "Code Signing", "CA:TRUE"):
            report.check(f"{name}: not {word}", word not in text, text)
        report.check(f"{name}: its serial number", openssl(
            "x509", "-in", made, "-noout", "-serial").strip().lower() == f"serial={serial}", serial)
        shown[name] = (made, folder / f"{name}.key", serial)
    ca("sign", "--folder", own, "--csr", folder / "ec.csr", "--out", folder / "ec.pem", code=-1,
       says="taken")
    short = folder / "short"
    ca("init", "--folder", short, "--name", "Short", "--days", 10)
    ca("sign", "--folder", short, "--csr", folder / "ec.csr", "--out", folder / "late.pem", "--days", 90)
    ends = [openssl("x509", "-in", one, "-noout", "-enddate") for one in (short / "ca.pem",
                                                                          folder / "late.pem")]
    report.equal("a certificate does not outlive its authority", ends[1], ends[0])
    return shown


def refuses(folder, own):
    good = (folder / "ec.csr").read_text()
    lines = good.splitlines()
    middle = len(lines) // 2
    lines[middle] = ("A" if lines[middle][5] != "A" else "B").join((lines[middle][:5], lines[middle][6:]))
    texts = {"changed": "\n".join(lines) + "\n", "empty": "", "words": "no request\n",
             "long": good + "x" * 20000, "certificate": (folder / "ec.pem").read_text()}
    bad = {name: folder / f"bad-{name}" for name in texts}
    for name, text in texts.items():
        bad[name].write_text(text)
    bad["foreign"] = folder / "nowhere"
    bad["weak"] = request(folder, "weak", ("rsa:1024",))
    bad["curve"] = request(folder, "curve", ("ec", "-pkeyopt", "ec_paramgen_curve:P-384"))
    bad["kind"] = request(folder, "kind", ("ed25519",))
    bad["nameless"] = request(folder, "nameless", subject="/O=Ambito")
    bad["newline"] = request(folder, "newline", subject="/CN=a\nb")
    says = {"changed": "", "empty": "no certificate request", "words": "no certificate request",
            "long": "too long", "certificate": "no certificate request", "foreign": "cannot be read",
            "weak": "2048", "curve": "neither RSA nor ECDSA", "kind": "neither RSA nor ECDSA",
            "nameless": "common name", "newline": "no text"}
    for name, path in bad.items():
        out = folder / "never.pem"
        ca("sign", "--folder", own, "--csr", path, "--out", out, code=-1, says=says[name])
        report.check(f"{name}: nothing is written", not out.exists())
    os.chmod(own / "ca.key", 0o640)
    ca("crl", "--folder", own, code=-1, says="others can read")
    os.chmod(own / "ca.key", 0o600)
    ca("crl", "--folder", folder, code=-1, says="no authority")
    ca("sign", "--folder", own, "--csr", folder / "ec.csr", "--out", folder / "x", "--days", "0", code=2)


def revokes(folder, own, shown):
    def numbers():
        text = openssl("crl", "-in", own / "crl.pem", "-noout", "-text")
        openssl("crl", "-in", own / "crl.pem", "-noout", "-CAfile", own / "ca.pem")
        return int(openssl("crl", "-in", own / "crl.pem", "-noout", "-crlnumber").split("=")[1], 16), \
            text.count("Serial Number:")

    report.equal("the first list", numbers(), (1, 0))
    ca("revoke", "--folder", own, "--pem", shown["rsa"][0])
    report.equal("one on the list", numbers(), (2, 1))
    ca("revoke", "--folder", own, "--serial", shown["rsa"][2].upper(), code=-1, says="on the list")
    ca("revoke", "--folder", own, "--serial", "00" * 16, code=-1, says="did not issue")
    ca("revoke", "--folder", own, "--pem", folder / "late.pem", code=-1, says="signed")
    ca("crl", "--folder", own, "--days", 7)
    report.equal("made anew", numbers(), (3, 1))
    openssl("verify", "-crl_check", "-CAfile", own / "ca.pem", "-CRLfile", own / "crl.pem",
            shown["ec"][0])
    text = openssl("verify", "-crl_check", "-CAfile", own / "ca.pem", "-CRLfile", own / "crl.pem",
                   shown["rsa"][0], code=2)
    report.check("openssl says that it is revoked", "certificate revoked" in text, text)


def opens(folder, own, shown):
    """The daemon lets in who was signed, and not who was revoked."""
    server, key = make_certificate(folder, "served")
    with Daemon(tls_listen="127.0.0.1:0", tls_certificate=server, tls_key=key,
                tls_client_ca=own / "ca.pem", tls_client_crl=own / "crl.pem") as daemon:
        port = tls_port(daemon)
        daemon.admin.made("/v1/ambiti", {"code": "X", "name": "x"})
        daemon.admin.made("/v1/principals", {"code": "office", "role": "UDP_MANAGER", "ambito": "X"})
        report.titoli(daemon, daemon.admin, "credential", "add", "--principal", "office", "--pem",
                      str(shown["ec"][0]))
        report.equal("who was signed", asked(port, context(server, shown["ec"][:2])), 200)
        report.equal("who was revoked", asked(port, context(server, shown["rsa"][:2])), 0)
        standing = Peer(port, context(server, shown["ec"][:2]))
        report.equal("stands", standing.ask(), 200)
        ca("revoke", "--folder", own, "--pem", shown["ec"][0])
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: daemon.events_named("reloaded"))
        report.equal("until the list is read again", standing.ask(), 401)
        standing.close()


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        own = makes(folder)
        shown = signs(folder, own)
        refuses(folder, own)
        revokes(folder, own, shown)
        opens(folder, own, shown)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
