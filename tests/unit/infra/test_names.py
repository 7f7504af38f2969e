import re

from tests.unit.infra.declared import RESOURCES

NOT_A_RESOURCES_NAME = {
    "MetricName",  # names what an alarm looks at
    "PolicyName",  # lives inside its roles; IAM wants one
}


def test_only_what_must_end_in_fifo_has_a_fixed_name() -> None:
    """A stack beside another one, and a replacement, need names that AWS makes up."""
    named = {
        (logical_id, name): value
        for logical_id, resource in RESOURCES.items()
        for name, value in resource.get("Properties", {}).items()
        if re.search(r"Name$", name) and name not in NOT_A_RESOURCES_NAME
    }
    assert named == {
        ("ChannelMovesQueue", "QueueName"): {"Fn::Sub": "${AWS::StackName}-channel-moves.fifo"},
        ("BillingMergesDeadLetterQueue", "QueueName"): {
            "Fn::Sub": "${AWS::StackName}-billing-merges-dead-letters.fifo"
        },
        ("BillingMergesQueue", "QueueName"): {"Fn::Sub": "${AWS::StackName}-billing-merges.fifo"},
        ("TokenReissuesDeadLetterQueue", "QueueName"): {
            "Fn::Sub": "${AWS::StackName}-token-reissues-dead-letters.fifo"
        },
        ("TokenReissuesQueue", "QueueName"): {"Fn::Sub": "${AWS::StackName}-token-reissues.fifo"},
        ("ChannelMovesDeadLetterQueue", "QueueName"): {"Fn::Sub": "${AWS::StackName}-channel-moves-dead-letters.fifo"},
    }
