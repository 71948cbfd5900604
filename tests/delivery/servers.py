"""Real servers on loopback for the courier's tests, each a process of its own in the test's folder:
nginx with WebDAV and client certificates, OpenSSH's sshd with SFTP; and beside them a proxy that
breaks connections on purpose and a small HTTPS server that behaves badly."""
import atexit
import http.server
import os
import pathlib
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin:/bin")
SFTP_SERVER = "/usr/lib/openssh/sftp-server"
OPENSSL = shutil.which("openssl")
SSH_KEYGEN = shutil.which("ssh-keygen")


def missing():
    """Which package lacks; None: all is there."""
    for what, package in ((NGINX, "nginx"), (SSHD, "openssh-server"), (OPENSSL, "openssl"),
                          (SSH_KEYGEN, "openssh-client"),
                          (os.path.exists(SFTP_SERVER), "openssh-sftp-server")):
        if not what:
            return package
    return None


def start(words, folder, limit=None):
    """A server of ours; it ends with the test, however that ends."""
    process = subprocess.Popen([str(word) for word in words],
                               preexec_fn=no_space(limit) if limit else None,
                               stdout=open(folder / "out", "ab"), stderr=subprocess.STDOUT)
    atexit.register(lambda: process.poll() is None and process.terminate())
    return process


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=10).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"nothing listens on {port}")


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"


class Certificates:
    """Two authorities; of the first a server, a client and a server of long ago."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.authority("ca")
        self.authority("other")
        self.issue("ca", "server", "subjectAltName=IP:127.0.0.1")
        self.issue("ca", "client", "extendedKeyUsage=clientAuth")
        self.issue("other", "stranger", "subjectAltName=IP:127.0.0.1")
        self.issue("ca", "expired", "subjectAltName=IP:127.0.0.1",
                   dates=("20200101000000Z", "20210101000000Z"))

    def path(self, name):
        return str(self.folder / name)

    def authority(self, name):
        run(OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", f"/CN=test {name}", "-keyout", self.path(f"{name}.key"),
            "-out", self.path(f"{name}.pem"))

    def issue(self, authority, name, extension, dates=None):
        run(OPENSSL, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", f"/CN={name}", "-keyout", self.path(f"{name}.key"), "-out",
            self.path(f"{name}.csr"))
        (self.folder / "extensions").write_text(extension + "\n")
        if dates is None:
            run(OPENSSL, "x509", "-req", "-in", self.path(f"{name}.csr"), "-CA",
                self.path(f"{authority}.pem"), "-CAkey", self.path(f"{authority}.key"),
                "-CAcreateserial", "-days", "2", "-extfile", self.path("extensions"), "-out",
                self.path(f"{name}.pem"))
            return
        (self.folder / "index").write_text("")
        (self.folder / "ca.conf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.folder}/index\nnew_certs_dir={self.folder}\n"
            f"rand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        run(OPENSSL, "ca", "-batch", "-config", self.path("ca.conf"), "-cert",
            self.path(f"{authority}.pem"), "-keyfile", self.path(f"{authority}.key"), "-in",
            self.path(f"{name}.csr"), "-startdate", dates[0], "-enddate", dates[1], "-extfile",
            self.path("extensions"), "-notext", "-out", self.path(f"{name}.pem"))


def no_space(limit):
    """A process that meets the end of its disk after so many bytes of a file."""
    def prepare():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return prepare


class Nginx:
    """/dav/ by client certificate; /token/ by bearer token; /busy/ and /moved/ answer as named."""

    def __init__(self, folder, certificates, name="server", limit=None):
        folder.mkdir()
        self.root = folder
        self.dav = folder / "dav"
        self.token = folder / "token"
        for path in (self.dav, self.token, folder / "temp"):
            path.mkdir()
        self.port = free_port()
        user = "user root;" if os.getuid() == 0 else ""
        put = "dav_methods PUT; client_max_body_size 0; create_full_put_path off;"
        (folder / "nginx.conf").write_text(f"""
daemon off; {user} worker_processes 1; pid {folder}/pid; error_log {folder}/error.log info;
events {{ worker_connections 64; }}
http {{
    log_format short '$request_method $uri $status';
    access_log {folder}/access.log short;
    client_body_temp_path {folder}/temp; proxy_temp_path {folder}/temp;
    fastcgi_temp_path {folder}/temp; uwsgi_temp_path {folder}/temp; scgi_temp_path {folder}/temp;
    server {{
        listen 127.0.0.1:{self.port} ssl;
        ssl_certificate {certificates.path(name + '.pem')};
        ssl_certificate_key {certificates.path(name + '.key')};
        ssl_client_certificate {certificates.path('ca.pem')};
        ssl_verify_client optional;
        root {folder};
        location /dav/ {{
            if ($ssl_client_verify != SUCCESS) {{ return 403; }}
            {put}
        }}
        location /token/ {{
            if ($http_authorization != 'Bearer tok-en.1') {{ return 401; }}
            {put}
        }}
        location /broken/ {{ if ($request_method = PUT) {{ return 500; }} return 404; }}
        location /busy/ {{ add_header Retry-After 30 always; return 503; }}
        location /moved/ {{ return 302 https://127.0.0.1:{self.port}/token/x; }}
    }}
}}
""")
        self.process = start([NGINX, "-c", folder / "nginx.conf", "-p", folder], folder, limit)
        await_port(self.port, self.process)

    def requests(self, method):
        """What was asked by this method: [(path, status)]."""
        lines = (self.root / "access.log").read_text().splitlines()
        rows = [line.split() for line in lines if line.startswith(method + " ")]
        return [(row[1], int(row[2])) for row in rows]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=120)


class Sshd:
    """SFTP for whoever runs the test, by key; files below `root`."""

    def __init__(self, folder, limit=None):
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.root = folder / "in"
        self.root.mkdir()
        for name in ("host", "other", "client"):
            run(SSH_KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", folder / name)
        (folder / "authorized").write_text((folder / "client.pub").read_text())
        os.chmod(folder / "authorized", 0o600)
        self.port = free_port()
        (folder / "sshd_config").write_text(f"""
Port {self.port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
Subsystem sftp {SFTP_SERVER}
LogLevel VERBOSE
""")
        if os.getuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.process = start([SSHD, "-D", "-e", "-f", folder / "sshd_config"], folder, limit)
        await_port(self.port, self.process)

    def known_hosts(self, *ports, key="host"):
        words = (self.folder / f"{key}.pub").read_text().split()[:2]
        path = self.folder / f"known_{key}_{len(ports)}"
        path.write_text("".join(f"[127.0.0.1]:{port} {' '.join(words)}\n" for port in ports))
        return str(path)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=120)


class Proxy:
    """Passes bytes on to a port, until `fault` says otherwise:
    up=N        break after N bytes towards the server
    down=N      break after N bytes towards the client
    mute=N      pass N bytes to the server, then nothing more either way (the connection stays)
    drip=True   ten bytes a second towards the server, after the first 6000"""

    def __init__(self, port):
        self.target = port
        self.fault = {}
        self.up_total = 0
        self.mute = threading.Event()  # set: all that may pass has passed
        self.closed = False
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.closed:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), timeout=10)
            except OSError:
                client.close()
                continue
            fault = dict(self.fault)
            for source, sink, is_up in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.pump, args=(source, sink, is_up, fault, client,
                                                         server), daemon=True).start()

    def pump(self, source, sink, is_up, fault, client, server):
        passed = 0
        most = fault.get("up" if is_up else "down")
        mute = fault.get("mute") if is_up else None
        try:
            while True:
                data = source.recv(4096)
                if not data:
                    break
                if most is not None and passed + len(data) > most:
                    sink.sendall(data[:most - passed])
                    break
                if mute is not None and passed + len(data) > mute:
                    self.mute.set()
                    time.sleep(30)
                    break
                if is_up and fault.get("drip") and passed > 6000:
                    for at in range(len(data)):
                        sink.sendall(data[at:at + 1])
                        time.sleep(0.1)
                else:
                    sink.sendall(data)
                passed += len(data)
                self.up_total += len(data) if is_up else 0
        except OSError:
            pass
        for end in (client, server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def stop(self):
        self.closed = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Receiver:
    """An HTTPS server that keeps what it gets; `answer(handler, body)` may answer otherwise."""

    def __init__(self, certificates):
        self.posts = []
        self.answer = None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                outer.posts.append((self.command, self.path, dict(self.headers), body))
                if outer.answer is None or not outer.answer(self, body):
                    self.reply(200, b"ok")

            def reply(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_POST = do_PUT = do_HEAD = do_GET = take

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.path("server.pem"), certificates.path("server.key"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
