"""Packs build/ as build.zip, from which CodeBuild takes buildspec, gate and lock, and uploads it to the bucket of the deployed stack.

    make build-zip                                   into the stack `slipway`
    python -m scripts.build_zip --output build.zip   into a file, without an account

Same files, same bytes: sorted, stored, without times.
"""

import argparse
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import boto3

FOLDER = Path(__file__).resolve().parent.parent / "build"
KEY = "platform/build.zip"
"""Where the template's BuildProject looks for it."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def main() -> None:
    """Read the command line, and print where the file went and its digest."""
    parser = argparse.ArgumentParser(description="Pack build/ for CodeBuild.")
    parser.add_argument("--stack", default="slipway", help="the stack whose bucket it goes to")
    parser.add_argument("--output", type=Path, help="write it here instead")
    arguments = parser.parse_args()
    packed = pack(FOLDER)
    if arguments.output:
        arguments.output.write_bytes(packed)
        print(f"{arguments.output}: sha256:{hashlib.sha256(packed).hexdigest()}")
        return
    bucket = bucket_of(boto3.client("cloudformation"), arguments.stack)
    boto3.client("s3").put_object(Bucket=bucket, Key=KEY, Body=packed)
    print(f"s3://{bucket}/{KEY}: sha256:{hashlib.sha256(packed).hexdigest()}")


def pack(folder: Path) -> bytes:
    """The folder's files, without folders in it (caches of Python)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                entry = zipfile.ZipInfo(path.name, EPOCH)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def bucket_of(cloudformation: Any, stack: str) -> str:
    """The stack's output BundlesBucket."""
    outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return next(str(output["OutputValue"]) for output in outputs if output["OutputKey"] == "BundlesBucket")


if __name__ == "__main__":
    main()
