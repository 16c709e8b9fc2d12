"""One day of CloudTrail-like records of one organisation, the same bytes for the same number.

Most records read (Describe…, List…, Get…), as in a real trail; one in fifty changes something, and
a few of those are what the app's signals ask for: instances, snapshots, shares, impaired trails.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

START = 1_795_000_000 - 1_795_000_000 % 86_400
SECONDS = 86_400
FILE_RECORDS = 100_000
USERS = 400
READS = (
    ("ec2", "DescribeInstances"), ("ec2", "DescribeVolumes"), ("ec2", "DescribeSnapshots"),
    ("ec2", "DescribeSecurityGroups"), ("ec2", "DescribeImages"), ("ec2", "DescribeSubnets"),
    ("s3", "GetBucketAcl"), ("s3", "ListBuckets"), ("iam", "ListRoles"), ("iam", "GetRole"),
    ("sts", "GetCallerIdentity"), ("sts", "AssumeRole"), ("kms", "Decrypt"), ("kms", "DescribeKey"),
    ("logs", "DescribeLogGroups"), ("cloudtrail", "DescribeTrails"), ("rds", "DescribeDBInstances"),
    ("ssm", "GetParameter"), ("eks", "DescribeCluster"), ("ecr", "GetAuthorizationToken"),
    ("autoscaling", "DescribeAutoScalingGroups"), ("monitoring", "DescribeAlarms"),
    ("lambda", "ListFunctions"), ("secretsmanager", "GetSecretValue"),
)
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-southeast-2", "sa-east-1")
AGENTS = (
    "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22 md/GOOS#linux api/ec2#1.173.0",
    "Boto3/1.34.149 md/Botocore#1.34.149 ua/2.0 os/linux#6.1.0 lang/python#3.12.4",
    "aws-cli/2.17.20 md/awscrt#0.21.2 ua/2.0 os/macos#23.5.0 lang/python#3.11.9",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.3 terraform-provider-aws/5.60.0", "AWS Internal",
)
ERRORS = ("AccessDenied", "Client.UnauthorizedOperation", "ThrottlingException")
ACCOUNTS = tuple(f"{123456789012 + number}" for number in range(20))


def _change(chance: random.Random, number: int) -> tuple[str, str, str, str]:
    """(service, name, requestParameters, responseElements) of a record that changes something."""
    kind = chance.choices(
        ("run", "snapshot", "share", "attach", "rule", "tags", "stop_logging"),
        (30, 20, 1, 20, 15, 40, 0.2))[0]
    volume, instance = f"vol-{number:017x}", f"i-{number:017x}"
    if kind == "run":
        size = chance.choice(("t3.micro", "m6i.large", "m6i.large", "c7g.xlarge", "p4d.24xlarge"))
        return ("ec2", "RunInstances",
                ('{"instancesSet":{"items":[{"imageId":"ami-0abcdef1234567890","minCount":1,'
                f'"maxCount":1}}]}},"instanceType":"{size}","monitoring":{{"enabled":false}}}}'),
                (f'{{"requestId":"{number:032x}","instancesSet":{{"items":[{{"instanceId":'
                f'"{instance}","imageId":"ami-0abcdef1234567890","instanceType":"{size}",'
                '"instanceState":{"code":0,"name":"pending"}}]}}'))
    if kind == "snapshot":
        return ("ec2", "CreateSnapshot", f'{{"volumeId":"{volume}"}}',
                f'{{"snapshotId":"snap-{number:017x}","volumeId":"{volume}","status":"pending"}}')
    if kind == "share":
        return ("ec2", "ModifySnapshotAttribute",
                (f'{{"snapshotId":"snap-{number:017x}","createVolumePermission":{{"add":{{"items":'
                '[{"userId":"210987654321"}]}},"attributeType":"CREATE_VOLUME_PERMISSION"}'),
                '{"_return":true}')
    if kind == "attach":
        return ("ec2", "AttachVolume",
                f'{{"volumeId":"{volume}","instanceId":"{instance}","device":"/dev/sdf"}}',
                f'{{"volumeId":"{volume}","instanceId":"{instance}","status":"attaching"}}')
    if kind == "rule":
        return ("ec2", "AuthorizeSecurityGroupIngress",
                (f'{{"groupId":"sg-{number:017x}","ipPermissions":{{"items":[{{"ipProtocol":"tcp",'
                '"fromPort":443,"toPort":443,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}'),
                '{"_return":true}')
    if kind == "tags":
        return ("ec2", "CreateTags",
                (f'{{"resourcesSet":{{"items":[{{"resourceId":"{instance}"}}]}},"tagSet":{{"items":'
                '[{"key":"Owner","value":"platform"}]}}'), '{"_return":true}')
    return ("cloudtrail", "StopLogging",
            '{"name":"arn:aws:cloudtrail:eu-central-1:123456789012:trail/all"}', "null")


def records(count: int) -> Iterator[str]:
    """`count` records in the order of their time, each one line of JSON."""
    chance = random.Random(20261121)
    for number in range(count):
        user = min(int(chance.expovariate(6 / USERS)), USERS - 1)
        account, region = ACCOUNTS[user % 20], REGIONS[int(chance.random() ** 3 * 6)]
        second = number * SECONDS // count
        changes = chance.random() < 0.02
        if changes:
            service, name, request, response = _change(chance, number)
        else:
            service, name = READS[int(chance.random() ** 2 * len(READS))]
            request = '{"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":' \
                      f'"vpc-{user:017x}"}}]}}}}]}},"maxResults":{chance.randrange(5, 1000)}}}'
            response = "null"
        error = chance.random() < 0.03
        failed = f'"errorCode":"{chance.choice(ERRORS)}","errorMessage":"not allowed",' \
            if error else ""
        stamp = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        yield (
            '{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":'
            f'"AROAEXAMPLE{user:09d}:session-{user % 7}","arn":"arn:aws:sts::{account}:'
            f'assumed-role/role-{user:03d}/session-{user % 7}","accountId":"{account}",'
            f'"accessKeyId":"ASIAEXAMPLE{user:09d}","sessionContext":{{"sessionIssuer":{{"type":'
            f'"Role","principalId":"AROAEXAMPLE{user:09d}","arn":"arn:aws:iam::{account}:role/'
            f'role-{user:03d}","accountId":"{account}","userName":"role-{user:03d}"}},'
            '"attributes":{"creationDate":"2026-11-18T00:00:00Z","mfaAuthenticated":"false"}}},'
            f'"eventTime":"2026-11-18T{stamp}Z","eventSource":"{service}.amazonaws.com",'
            f'"eventName":"{name}","awsRegion":"{region}","sourceIPAddress":'
            f'"198.51.{user % 100}.{chance.randrange(256)}","userAgent":"{AGENTS[user % 5]}",'
            f'{failed}"requestParameters":{request},"responseElements":'
            f'{"null" if error else response},"requestID":"{number:08x}-0000-4000-8000-'
            f'{user:012d}","eventID":"{number:08x}-0000-4000-9000-{user:012d}","readOnly":'
            f'{"false" if changes else "true"},"eventType":"AwsApiCall","managementEvent":true,'
            f'"recipientAccountId":"{account}","eventCategory":"Management","tlsDetails":'
            '{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256"}}'
        )


def write_files(directory: Path, count: int) -> tuple[list[Path], int]:
    """Files of one record a line, and their bytes."""
    paths, size, lines = [], 0, []
    for number, line in enumerate(records(count), 1):
        lines.append(line)
        if len(lines) == FILE_RECORDS or number == count:
            path = directory / f"{len(paths):04d}.jsonl"
            size += path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            paths.append(path)
            lines = []
    return paths, size
