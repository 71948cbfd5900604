#!/usr/bin/python3
"""Client certificates against the real daemon: who is let in, as whom, and when no more. Authorities,
certificates and revocation lists are made here by openssl's command."""
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile

from daemon import PATIENCE_S, Client, Daemon, Report, until
from tls_test import make_certificate, tls_port

report = Report()


class Authority:
    """A local authority with its files: openssl ca."""

    def __init__(self, folder, name):
        self.folder, self.name = folder / name, name
        self.folder.mkdir()
        (self.folder / "index.txt").write_text("")
        (self.folder / "conf").write_text(
            f"[ca]\ndefault_ca=own\n[own]\ndatabase={self.folder}/index.txt\nnew_certs_dir={self.folder}\n"
            f"rand_serial=yes\ndefault_md=sha256\npolicy=any\ndefault_crl_days=30\nunique_subject=no\n"
            "[any]\ncommonName=supplied\n"
            "[good]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
            "extendedKeyUsage=clientAuth\n"
            "[server]\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"
            "[unsaid]\nbasicConstraints=critical,CA:FALSE\n"
            "[req]\ndistinguished_name=dn\n[dn]\n"
            "[root]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
            "subjectKeyIdentifier=hash\n")
        self.certificate, self.key = self.folder / "ca.pem", self.folder / "ca.key"
        self.crl = self.folder / "crl.pem"
        self.openssl("req", "-x509", *self.fresh_key("ec"), "-days", "2", "-subj", f"/CN={name}",
                     "-extensions", "root", "-config", self.folder / "conf",
                     "-keyout", self.key, "-out", self.certificate)
        self.list()

    @staticmethod
    def fresh_key(kind):
        return ["-newkey", *(["rsa:2048"] if kind == "rsa" else
                             ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]), "-nodes"]

    def openssl(self, *words):
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True,
                              timeout=PATIENCE_S)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ca(self, *words):
        self.openssl("ca", "-batch", "-config", self.folder / "conf", "-keyfile", self.key,
                     "-cert", self.certificate, *words)

    def list(self):
        self.ca("-gencrl", "-out", self.crl)

    def sign(self, name, kind="ec", extensions="good", dates=("-days", "2")):
        """(certificate, key) of a client."""
        base = self.folder / name
        self.openssl("req", "-new", *self.fresh_key(kind), "-subj", f"/CN={name}", "-config",
                     self.folder / "conf", "-keyout", f"{base}.key", "-out", f"{base}.csr")
        self.ca("-in", f"{base}.csr", "-out", f"{base}.pem", "-notext", "-extensions", extensions,
                *dates)
        return pathlib.Path(f"{base}.pem"), pathlib.Path(f"{base}.key")

    def revoke(self, certificate):
        self.ca("-revoke", certificate)
        self.list()


def context(server, shown=None):
    made = ssl.create_default_context(cafile=str(server))
    if shown:
        made.load_cert_chain(*shown)
    return made


class Peer:
    """One connection over TLS; asks are answered one by one."""

    def __init__(self, port, made, session=None):
        self.peer = made.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S),
                                     server_hostname="localhost", session=session)

    def ask(self, path="/v1/ambiti", token=None):
        """The status; 0: the connection ended."""
        word = f"Authorization: Bearer {token}\r\n" if token else ""
        try:
            self.peer.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n{word}\r\n".encode())
            found = b""
            while b"\r\n\r\n" not in found:
                more = self.peer.recv(65536)
                if not more:
                    return 0
                found += more
            head, _, body = found.partition(b"\r\n\r\n")
            size = int(next(line.split(b":")[1] for line in head.split(b"\r\n")
                            if line.lower().startswith(b"content-length:")))
            while len(body) < size:
                body += self.peer.recv(65536)
            self.body = body
            return int(head.split()[1])
        except OSError:
            return 0

    def close(self):
        self.peer.close()


def asked(port, made, token=None):
    """The status of one ask on a connection of its own; 0: it was not let in."""
    try:
        peer = Peer(port, made)
    except OSError:
        return 0
    status = peer.ask(token=token)
    peer.close()
    return status


def register(daemon, admin, shown, principal):
    """By the command line, from the file."""
    done = report.titoli(daemon, admin, "credential", "add", "--principal", principal, "--pem",
                         str(shown[0]), "--json")
    return json.loads(done.stdout)["credential"]


def who_is_let_in(daemon, port, server, authority, stranger):
    admin = daemon.admin
    admin.made("/v1/ambiti", {"code": "X", "name": "x"})
    for code in ("office", "other"):
        admin.made("/v1/principals", {"code": code, "role": "UDP_MANAGER", "ambito": "X"})
    good = authority.sign("good")
    report.equal("no certificate, no token", asked(port, context(server)), 401)
    report.equal("no certificate, a token", asked(port, context(server), daemon.token), 200)
    report.equal("a good one that nobody registered", asked(port, context(server, good)), 401)
    report.equal("beside a token", asked(port, context(server, good), daemon.token), 200)
    for name, shown in (
            ("of a stranger's authority", stranger.sign("foreign")),
            ("for servers", authority.sign("server", extensions="server")),
            ("for nothing that it says", authority.sign("unsaid", extensions="unsaid")),
            ("of the past", authority.sign("past", dates=("-startdate", "20200101000000Z",
                                                          "-enddate", "20210101000000Z"))),
            ("of the future", authority.sign("future", dates=("-startdate", "20980101000000Z",
                                                              "-enddate", "20990101000000Z"))),
            ("that vouches for itself", make_certificate(authority.folder, "self"))):
        report.equal(f"a certificate {name}, even beside a token",
                     asked(port, context(server, shown), daemon.token), 0)
    report.equal("others go on", asked(port, context(server), daemon.token), 200)
    return good


def as_whom(daemon, port, server, authority, good):
    """The principal stands in the table; the name in the certificate says nothing."""
    admin = daemon.admin
    standing = Peer(port, context(server, good))
    report.equal("before it is registered", standing.ask(), 401)
    first = register(daemon, admin, good, "office")
    report.equal("from then on", standing.ask(), 200)
    standing.ask("/v1/credentials")
    report.equal("it speaks for its principal alone", json.loads(standing.body)["items"], [])
    named = authority.sign("admin", kind="rsa")
    report.equal("a name is no principal", asked(port, context(server, named)), 401)
    second = register(daemon, admin, named, "office")
    report.equal("several at once", (asked(port, context(server, named)), standing.ask()),
                 (200, 200))
    report.titoli(daemon, admin, "credential", "add", "--principal", "other", "--pem",
                  str(named[0]), code=1)
    shown = json.loads(report.titoli(daemon, admin, "credential", "show", first, "--json").stdout)
    report.equal("fingerprint", bytes.fromhex(shown["fingerprint"]), bytes.fromhex(
        authority.openssl("x509", "-in", good[0], "-noout", "-fingerprint", "-sha256")
        .split("=")[1].strip().replace(":", "")))
    report.equal("issuer", shown["issuer"], "CN=ours")
    bad = Peer(port, context(server, named))
    report.equal("a bad token is not made good by a certificate",
                 bad.ask(token="titoli_" + "0" * 64), 401)
    admin.made(f"/v1/credentials/{second}:revoke")
    report.equal("revoked, on a connection that stands", bad.ask(), 401)
    report.equal("revoked, on a new one", asked(port, context(server, named)), 401)
    report.equal("the other one goes on", standing.ask(), 200)
    status = subprocess.run(
        ["curl", "-sS", "--http2", "--cacert", str(server), "--cert", str(good[0]), "--key",
         str(good[1]), "-o", "/dev/null", "-w", "%{http_code} %{http_version}",
         f"https://localhost:{port}/v1/ambiti"], capture_output=True, text=True, timeout=PATIENCE_S)
    report.equal("over HTTP/2", status.stdout, "200 2")
    standing.close()
    bad.close()
    return first


def resumed(daemon, port, server, authority):
    """A resumed connection shows what the first one did, and is asked again whether it opens."""
    shown = authority.sign("resumer")
    made = context(server, shown)
    credential = register(daemon, daemon.admin, shown, "office")

    def again(session):
        peer = Peer(port, made, session)
        status = peer.ask()
        found = (status, peer.peer.session_reused, peer.peer.session)
        peer.close()
        return found

    status, reused, session = again(None)
    report.equal("at first", (status, reused), (200, False))
    status, reused, session = again(session)
    report.equal("resumed", (status, reused), (200, True))
    daemon.admin.made(f"/v1/credentials/{credential}:revoke")
    status, reused, _ = again(session)
    report.equal("resumed, but revoked", (status, reused), (401, True))


def bound(daemon, port, server, authority, good, credential):
    """A token that opens beside one certificate."""
    admin = daemon.admin
    token = admin.made("/v1/credentials", {"principal": "office", "certificate": credential})["token"]
    report.equal("with it", asked(port, context(server, good), token), 200)
    report.equal("without", asked(port, context(server), token), 401)
    report.equal("in plain", Client(daemon.port, token).get("/v1/ambiti").status, 401)
    another = authority.sign("another")
    register(daemon, admin, another, "office")
    report.equal("with another of the same principal", asked(port, context(server, another), token), 401)
    report.equal("only its own principal's", admin.post("/v1/credentials", {
        "principal": "other", "certificate": credential}).status, 400)


def revoked_by_list(daemon, port, server, authority):
    """A list that is read again ends what stands, what is resumed, and what comes."""
    shown, other = authority.sign("listed"), authority.sign("unlisted")
    for one in (shown, other):
        register(daemon, daemon.admin, one, "office")
    standing, untouched = Peer(port, context(server, shown)), Peer(port, context(server, other))
    report.equal("before", (standing.ask(), untouched.ask()), (200, 200))
    authority.revoke(shown[0])
    before = len(daemon.events_named("reloaded"))
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: len(daemon.events_named("reloaded")) > before)
    report.equal("a connection that stands", standing.ask(), 401)
    report.equal("a new one", asked(port, context(server, shown)), 0)
    report.equal("others go on", untouched.ask(), 200)
    report.equal("and begin", asked(port, context(server, other)), 200)
    standing.close()
    untouched.close()


def roles_that_need_one(folder, server, key, authority):
    """certificate_roles: their tokens open beside a certificate of their own alone."""
    with Daemon(tls_listen="127.0.0.1:0", tls_certificate=server, tls_key=key,
                tls_client_ca=authority.certificate, certificate_roles="UDP_MANAGER, FINANCE") as daemon:
        port, admin = tls_port(daemon), daemon.admin
        admin.made("/v1/ambiti", {"code": "X", "name": "x"})
        admin.made("/v1/principals", {"code": "other", "role": "UDP_MANAGER", "ambito": "X"})
        office = daemon.principal("office", "UDP_MANAGER", ambito="X")
        report.equal("others need none", admin.get("/v1/ambiti").status, 200)
        report.equal("a token alone", office.get("/v1/ambiti").status, 401)
        shown = authority.sign("officer")
        report.equal("beside one that nobody registered",
                     asked(port, context(server, shown), office.token), 401)
        register(daemon, admin, shown, "office")
        report.equal("beside its own", asked(port, context(server, shown), office.token), 200)
        report.equal("the certificate alone", asked(port, context(server, shown)), 200)
        foreign = authority.sign("stranger")
        register(daemon, admin, foreign, "other")
        report.equal("beside another's", asked(port, context(server, foreign), office.token), 401)
    for name, settings in (
            ("no such role", {"certificate_roles": "MAYOR", "tls_client_ca": authority.certificate}),
            ("no authority", {"certificate_roles": "FINANCE"}),
            ("no such list", {"tls_client_ca": authority.certificate,
                              "tls_client_crl": folder / "nowhere"})):
        daemon = Daemon(tls_listen="127.0.0.1:0", tls_certificate=server, tls_key=key, **settings)
        daemon.init()
        done = daemon.run("run", check=False)
        report.equal(f"{name}: refused at start", done.returncode, 78)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server, key = make_certificate(folder, "served")
        ours, theirs = Authority(folder, "ours"), Authority(folder, "theirs")
        with Daemon(tls_listen="127.0.0.1:0", tls_certificate=server, tls_key=key,
                    tls_client_ca=ours.certificate, tls_client_crl=ours.crl) as daemon:
            port = tls_port(daemon)
            good = who_is_let_in(daemon, port, server, ours, theirs)
            first = as_whom(daemon, port, server, ours, good)
            resumed(daemon, port, server, ours)
            bound(daemon, port, server, ours, good, first)
            revoked_by_list(daemon, port, server, ours)
        roles_that_need_one(folder, server, key, ours)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
