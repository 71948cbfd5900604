"""What a figure has to be read beside: the machine, its disk, and what the host took away."""
import os
import pathlib
import platform
import time

SECTOR = 512


def stolen():
    """Processor time that the host took away, and all of it, in ticks."""
    with open("/proc/stat") as file:
        ticks = [int(field) for field in file.readline().split()[1:9]]
    return ticks[7], sum(ticks)


def stolen_percent(before):
    now = stolen()
    return 100.0 * (now[0] - before[0]) / max(1, now[1] - before[1])


def device_of(folder):
    """The disk's name in /proc/diskstats, or None (overlay, network)."""
    number = os.stat(folder).st_dev
    wanted = (os.major(number), os.minor(number))
    for line in pathlib.Path("/proc/diskstats").read_text().splitlines():
        fields = line.split()
        if (int(fields[0]), int(fields[1])) == wanted:
            return fields[2]
    return None


def device_bytes(folder):
    """Bytes written to the disk since it was attached, by everybody; None where it is not known."""
    name = device_of(folder)
    for line in pathlib.Path("/proc/diskstats").read_text().splitlines():
        fields = line.split()
        if fields[2] == name:
            return int(fields[9]) * SECTOR
    return None


def process_bytes(pid):
    """Bytes that a process caused to be written to disks; None where it may not be read."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines():
            if line.startswith("write_bytes:"):
                return int(line.split()[1])
    except OSError:
        pass
    return None


def sync_probe(folder, seconds=1.0):
    """Syncs per second of 4 KiB into a zero-written file, and the worst of them in milliseconds."""
    path = pathlib.Path(folder) / "sync-probe"
    block, size = b"x" * 4096, 64 << 20
    handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        os.write(handle, bytes(size))
        os.fsync(handle)
        count, worst, place = 0, 0.0, 0
        begin = last = time.monotonic()
        while last - begin < seconds:
            os.pwrite(handle, block, place)
            os.fdatasync(handle)
            now = time.monotonic()
            worst, last, count = max(worst, now - last), now, count + 1
            place = (place + len(block)) % size
        return count / (last - begin), worst * 1000
    finally:
        os.close(handle)
        path.unlink()


def memory_mib():
    with open("/proc/meminfo") as file:
        return int(file.readline().split()[1]) // 1024


def available_mib():
    with open("/proc/meminfo") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) // 1024
    return 0


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def filesystem_of(folder):
    best, kind = "", "?"
    target = str(pathlib.Path(folder).resolve())
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, point, name = line.split()[:3]
        if (target + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(best):
            best, kind = point, name
    return kind


def describe(folder, seconds=1.0):
    rate, worst = sync_probe(folder, seconds)
    return {"processor": processor(), "processors": os.cpu_count(), "memory_mib": memory_mib(),
            "kernel": platform.release(), "filesystem": filesystem_of(folder),
            "disk": device_of(folder), "fdatasync_per_s": round(rate),
            "fdatasync_worst_ms": round(worst, 2), "load_before": os.getloadavg()[0]}
