"""build.zip: the platform's part of a build, as CodeBuild gets it."""

import io
import json
import os
import shutil
import zipfile
from pathlib import Path

import boto3
import pytest
import yaml
from moto import mock_aws

from scripts.build_zip import FOLDER, KEY, main, pack


def test_the_same_files_make_the_same_bytes_whatever_their_times_and_caches(tmp_path: Path) -> None:
    other = tmp_path / "build"
    shutil.copytree(FOLDER, other, ignore=shutil.ignore_patterns("__pycache__"))
    for path in other.iterdir():
        os.utime(path, (0, 0))
    (other / "__pycache__").mkdir()
    (other / "__pycache__" / "gate.pyc").touch()
    assert pack(other) == pack(FOLDER)
    (other / "gate.toml").write_text("")
    assert pack(other) != pack(FOLDER)


def test_it_has_the_buildspec_that_the_template_names_and_every_file_of_the_platforms_build() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(FOLDER))) as archive:
        assert archive.namelist() == sorted(path.name for path in FOLDER.iterdir() if path.is_file())
        assert yaml.safe_load(archive.read("buildspec.yml"))["version"] == 0.2
    template = Path("template.yaml").read_text()
    assert f"Location: !Sub ${{Bundles}}/{KEY}" in template


def test_it_is_uploaded_to_the_bucket_of_the_stack(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["build_zip"])
    template = {"Resources": {"Bundles": {"Type": "AWS::S3::Bucket"}}, "Outputs": {"BundlesBucket": {"Value": {"Ref": "Bundles"}}}}
    with mock_aws():
        boto3.client("cloudformation").create_stack(StackName="slipway", TemplateBody=json.dumps(template))
        main()
        (bucket,) = [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]]
        assert boto3.client("s3").get_object(Bucket=bucket, Key=KEY)["Body"].read() == pack(FOLDER)
    assert capsys.readouterr().out.startswith(f"s3://{bucket}/{KEY}: sha256:")
