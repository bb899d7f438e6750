"""Builds the wheels beside this file from the sources in src/.

A wheel is a zip file with three small text files of metadata. Everything that
could differ from one run to the next (order, dates, modes, compression) is
fixed here, so the same sources always give the same bytes:

    python vendor/build_wheels.py           # write the wheels
    python vendor/build_wheels.py --check   # only compare with what is there
"""

import base64
import hashlib
import io
import re
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATE = (1980, 1, 1, 0, 0, 0)


def version_of(package):
    text = (package / "__init__.py").read_text()
    return re.search(r'^__version__ = "(.+)"$', text, re.M).group(1)


def record_line(path, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return f"{path},sha256={digest.decode()},{len(data)}\n"


def wheel_files(package):
    """Return the wheel's file name and its members in order."""
    name, version = package.name, version_of(package)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/{source.relative_to(package).as_posix()}": source.read_bytes()
        for source in sorted(package.rglob("*.py"))
    }
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n"
    ).encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: build_wheels\n"
        b"Root-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = "".join(record_line(path, data) for path, data in files.items())
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    return f"{name}-{version}-py3-none-any.whl", files


def wheel_bytes(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, data in files.items():
            member = zipfile.ZipInfo(path, DATE)
            member.create_system = 3
            member.external_attr = 0o100644 << 16
            archive.writestr(member, data)
    return out.getvalue()


def main():
    check = sys.argv[1:] == ["--check"]
    stale = []
    for package in sorted(p for p in (HERE / "src").iterdir() if p.is_dir()):
        name, files = wheel_files(package)
        data, path = wheel_bytes(files), HERE / name
        if not check:
            path.write_bytes(data)
        elif not path.exists() or path.read_bytes() != data:
            stale.append(name)
    if stale:
        sys.exit(f"not what src/ gives: {', '.join(stale)}")


if __name__ == "__main__":
    main()
