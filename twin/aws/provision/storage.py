"""DynamoDB tables, S3 buckets and secrets."""

import json

from twin.aws.provision.account import Account, Created, Wanted, tags


def table(account: Account, wanted: Wanted) -> Created:
    """`AWS::DynamoDB::Table`. Items past their time to live are deleted by `events.expiry`."""
    dynamodb, properties = account.client("dynamodb"), wanted.properties
    name = account.physical_name(wanted, "TableName")
    given = wanted.only(
        "AttributeDefinitions",
        "BillingMode",
        "DeletionProtectionEnabled",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
        "ProvisionedThroughput",
        "Tags",
    )
    if sse := properties.get("SSESpecification"):
        given["SSESpecification"] = {"Enabled": sse["SSEEnabled"], **{key: value for key, value in sse.items() if key != "SSEEnabled"}}
    if "StreamSpecification" in properties:
        given["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
    made = dynamodb.create_table(TableName=name, **given)["TableDescription"]
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"])
    if "PointInTimeRecoverySpecification" in properties:
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=properties["PointInTimeRecoverySpecification"])
    return Created(ref=name, attributes={"Arn": made["TableArn"], "StreamArn": made.get("LatestStreamArn", "")})


def bucket(account: Account, wanted: Wanted) -> Created:
    """`AWS::S3::Bucket`. Nothing in it expires, and who may read it isn't checked."""
    wanted.without_effect("LifecycleConfiguration", "OwnershipControls", "Tags")
    s3 = account.client("s3")
    name = wanted.properties.get("BucketName") or f"{account.stack}-{wanted.name}-{account.identifier}".lower()
    s3.create_bucket(Bucket=name)
    if versioning := wanted.properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    if blocked := wanted.properties.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocked)
    if encryption := wanted.properties.get("BucketEncryption"):
        rules = [
            {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"], "BucketKeyEnabled": rule.get("BucketKeyEnabled", False)}
            for rule in encryption["ServerSideEncryptionConfiguration"]
        ]
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    domain = f"{name}.s3.{account.region}.amazonaws.com"
    return Created(ref=name, attributes={"Arn": f"arn:aws:s3:::{name}", "DomainName": f"{name}.s3.amazonaws.com", "RegionalDomainName": domain})


def bucket_policy(account: Account, wanted: Wanted) -> Created:
    """`AWS::S3::BucketPolicy`, without the statements that have a condition: moto would take each for one that always holds."""
    name, document = wanted.properties["Bucket"], wanted.properties["PolicyDocument"]
    if unconditional := [statement for statement in document["Statement"] if "Condition" not in statement]:
        account.client("s3").put_bucket_policy(Bucket=name, Policy=json.dumps({**document, "Statement": unconditional}))
    return Created(ref=name)


def secret(account: Account, wanted: Wanted) -> Created:
    """`AWS::SecretsManager::Secret`, with a given or a generated value."""
    secrets, properties = account.client("secretsmanager"), wanted.properties
    wanted.without_effect("KmsKeyId")
    value = properties.get("SecretString", "")
    if generate := properties.get("GenerateSecretString"):
        rules = {key: item for key, item in generate.items() if key not in ("SecretStringTemplate", "GenerateStringKey")}
        value = secrets.get_random_password(**rules)["RandomPassword"]
        if "GenerateStringKey" in generate:
            value = json.dumps({**json.loads(generate.get("SecretStringTemplate", "{}")), generate["GenerateStringKey"]: value})
    made = secrets.create_secret(
        Name=account.physical_name(wanted, "Name"),
        SecretString=value,
        Tags=[{"Key": key, "Value": item} for key, item in tags(wanted).items()],
        **wanted.only("Description"),
    )
    return Created(ref=made["ARN"], attributes={"Id": made["ARN"]})


def parameter(account: Account, wanted: Wanted) -> Created:
    """`AWS::SSM::Parameter`."""
    wanted.without_effect("Description", "Tags", "Tier")
    name = account.physical_name(wanted, "Name")
    account.client("ssm").put_parameter(Name=name, Value=wanted.properties["Value"], Type=wanted.properties["Type"])
    return Created(ref=name, attributes={"Type": wanted.properties["Type"], "Value": wanted.properties["Value"]})


def key(account: Account, wanted: Wanted) -> Created:
    """`AWS::KMS::Key`. Keys are neither rotated nor guarded by their policy."""
    wanted.without_effect("EnableKeyRotation", "KeyPolicy", "PendingWindowInDays", "Tags")
    made = account.client("kms").create_key(**wanted.only("Description", "KeySpec", "KeyUsage"))["KeyMetadata"]
    return Created(ref=made["KeyId"], attributes={"Arn": made["Arn"], "KeyId": made["KeyId"]})


def key_alias(account: Account, wanted: Wanted) -> Created:
    """`AWS::KMS::Alias`."""
    account.client("kms").create_alias(**wanted.only("AliasName", "TargetKeyId"))
    return Created(ref=wanted.properties["AliasName"])
