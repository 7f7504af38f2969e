from typing import Any

import pytest

from tests.unit.infra.declared import QUEUES, RESOURCES, TABLES, resources

FOURTEEN_DAYS = 14 * 24 * 3600
KEYS = {
    "MovesTable": ["account_id", "item"],
    "WorkTable": ["move_id", "item"],
    "IdMapTable": ["shard", "item"],
    "ConnectionsTable": ["key"],
    "DeliveriesTable": ["delivery"],
    "MergesTable": ["account_id", "item"],
    "GrantsTable": ["account_id", "item"],
    "CustodyTable": ["key"],
}
SOURCES = {name: queue for name, queue in QUEUES.items() if "RedrivePolicy" in queue}


def test_the_tables_are_these() -> None:
    found = {name: [key["AttributeName"] for key in table["KeySchema"]] for name, table in TABLES.items()}
    assert found == KEYS


@pytest.mark.parametrize("name", KEYS)
def test_a_table_outlives_mistakes(name: str) -> None:
    table = TABLES[name]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    # What was deleted of custody must be gone, and nothing in it is worth to be brought back.
    recovered = None if name == "CustodyTable" else {"PointInTimeRecoveryEnabled": True}
    assert table.get("PointInTimeRecoverySpecification") == recovered
    assert table["DeletionProtectionEnabled"] is True
    assert {attribute["AttributeType"] for attribute in table["AttributeDefinitions"]} == {"S"}


@pytest.mark.parametrize("name", [*KEYS, "Bucket", "TokensKey", "LinkSecret"])
def test_what_holds_a_customers_data_stays_when_the_stack_goes(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == "Retain"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_moves_that_are_not_over_are_found_by_a_sparse_index() -> None:
    (index,) = TABLES["MovesTable"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "activity"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["activity", "move_id"]
    # More in it would be written, and paid for, with every step of a move's progress.
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_open_reissues_are_found_by_a_sparse_index() -> None:
    (index,) = TABLES["GrantsTable"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "activity"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["activity", "item"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_the_key_is_rotated_and_its_use_is_left_to_the_functions_policies() -> None:
    key = RESOURCES["TokensKey"]["Properties"]
    assert key["EnableKeyRotation"] is True
    (statement,) = key["KeyPolicy"]["Statement"]
    assert statement["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}


def test_a_link_cannot_be_guessed() -> None:
    made = RESOURCES["LinkSecret"]["Properties"]["GenerateSecretString"]
    assert made == {"PasswordLength": 64, "ExcludePunctuation": True}


def test_only_deliveries_and_custody_are_forgotten() -> None:
    expiring = {
        name: table["TimeToLiveSpecification"] for name, table in TABLES.items() if "TimeToLiveSpecification" in table
    }
    ours = {"AttributeName": "expires_at", "Enabled": True}
    assert expiring == {"DeliveriesTable": ours, "CustodyTable": ours}


@pytest.mark.parametrize("name", SOURCES)
def test_a_queues_failures_are_kept_for_fourteen_days(name: str) -> None:
    redrive = QUEUES[name]["RedrivePolicy"]
    dead_letters = QUEUES[redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]]
    assert redrive["maxReceiveCount"] == 5
    assert dead_letters["MessageRetentionPeriod"] == FOURTEEN_DAYS
    assert dead_letters.get("FifoQueue") == QUEUES[name].get("FifoQueue"), "SQS wants both of the same kind"


def test_each_kind_of_work_has_a_queue_and_dead_letters() -> None:
    assert set(SOURCES) == {"BillingMergesQueue", "ChannelMovesQueue", "ChangesQueue", "TokenReissuesQueue"}
    assert set(QUEUES) - set(SOURCES) == {
        "BillingMergesDeadLetterQueue",
        "ChannelMovesDeadLetterQueue",
        "ChangesDeadLetterQueue",
        "TokenReissuesDeadLetterQueue",
    }
    assert [name for name, queue in QUEUES.items() if queue.get("FifoQueue")] == [
        "ChannelMovesQueue",
        "ChannelMovesDeadLetterQueue",
        "BillingMergesQueue",
        "BillingMergesDeadLetterQueue",
        "TokenReissuesQueue",
        "TokenReissuesDeadLetterQueue",
    ]


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_encrypted_at_rest_and_on_the_way(name: str) -> None:
    assert QUEUES[name]["SqsManagedSseEnabled"] is True
    policies = [policy for policy in resources("AWS::SQS::QueuePolicy").values() if policy["Queues"] == [{"Ref": name}]]
    assert [tls_only(policy) for policy in policies] == [[{"Fn::GetAtt": [name, "Arn"]}]]


def test_the_bucket_is_private_encrypted_and_speaks_tls_only() -> None:
    bucket = RESOURCES["Bucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (policy,) = resources("AWS::S3::BucketPolicy").values()
    assert tls_only(policy) == [{"Fn::GetAtt": ["Bucket", "Arn"]}, {"Fn::Sub": "${Bucket.Arn}/*"}]


def test_parts_expire_and_reports_stay() -> None:
    rules = RESOURCES["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    expire = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert expire == {
        "moves/": 30,
        "tokens/": 400,
    }  # a reissue may last a year at most
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)
    assert any("NoncurrentVersionExpiration" in rule for rule in rules)
    assert {rule["Status"] for rule in rules} == {"Enabled"}


def test_a_deleted_part_is_gone() -> None:
    """A version kept behind a deleted part would still hold a privacy-deleted customer's text."""
    assert "VersioningConfiguration" not in RESOURCES["Bucket"]["Properties"]


def tls_only(policy: dict[str, Any]) -> list[Any]:
    """Return the resources that the policy's one statement denies to a connection without TLS."""
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Action"] in {"s3:*", "sqs:*"}
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    denied = statement["Resource"]
    return denied if isinstance(denied, list) else [denied]
