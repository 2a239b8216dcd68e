"""The bundle of a release: the chart of one commit, with the values of every environment, as reproducible bytes.

    python bundle.py --chart CHECKOUT/helm/sample-app --output bundle.tgz

Prints `sha256:<hex>` of the file. Same chart, same bytes: entries sorted, without times, owners and modes of the
checkout. Symbolic links and everything that isn't a plain file or folder are refused, since the chart is hostile until
parsed. Exit code 1: the chart can't be bundled. Standard library only.
"""

import argparse
import gzip
import hashlib
import io
import sys
import tarfile
from pathlib import Path

LARGEST_BYTES = 1_000_000
"""Unpacked. Helm stores the chart in a Secret, which Kubernetes limits to 1 MiB."""


class Refused(Exception):
    """The chart can't be bundled; the message says why."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Pack a chart reproducibly.")
    parser.add_argument("--chart", type=Path, required=True, help="the chart's folder in the checkout")
    parser.add_argument("--output", type=Path, required=True, help="where the bundle is written")
    arguments = parser.parse_args()
    try:
        packed = bundle(arguments.chart)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    arguments.output.write_bytes(packed)
    print(f"sha256:{hashlib.sha256(packed).hexdigest()}")
    return 0


def bundle(chart: Path) -> bytes:
    """The chart's files as a gzipped tar, `Chart.yaml` at its top."""
    if chart.is_symlink() or not (chart / "Chart.yaml").is_file():
        raise Refused(f"There is no chart in {chart.name}: Chart.yaml is missing.")
    raw = io.BytesIO()
    size = 0
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(chart.rglob("*")):
            name = path.relative_to(chart).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise Refused(f"{name} is neither a file nor a folder; links have no place in a chart.")
            if path.is_dir():
                continue
            size += path.stat().st_size
            if size > LARGEST_BYTES:
                raise Refused(f"The chart has more than {LARGEST_BYTES} bytes.")
            content = path.read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            try:
                archive.addfile(entry, io.BytesIO(content))
            except ValueError as error:
                raise Refused(f"{name[:100]}... is too long a name.") from error
    return gzip.compress(raw.getvalue(), mtime=0)


if __name__ == "__main__":
    sys.exit(main())
