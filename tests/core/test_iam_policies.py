"""Who may create instances: Allow and Deny, wildcards, conditions, resources, boundaries."""

from __future__ import annotations

import pytest
from ciw.iam_policies import CREATING, NO, UNKNOWN, YES, BadPolicy, judge, statements

ACCOUNT = "111122223333"
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def verdict(*policies, boundary=None, open_questions=()):
    held = [
        one
        for number, policy in enumerate(policies)
        for one in statements({"Statement": policy}, f"p{number}", "inline")
    ]
    limit = None if boundary is None else statements({"Statement": boundary}, "b", "")
    return judge(held, ACCOUNT, "aws", open_questions, limit)


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


REGION_ONLY = {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([], NO),
        ([[ALLOW_ALL]], YES),
        ([allow("ec2:*")], YES),
        ([allow("EC2:runinstances")], YES),
        ([allow("ec2:Run?nstances")], YES),
        ([[allow(["s3:*", "ec2:Run*"])]], YES),
        ([allow("ec2:Describe*")], NO),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], YES),
        ([{"Effect": "Allow", "NotAction": ["ec2:*", "autoscaling:*", "lightsail:*"],
           "Resource": "*"}], NO),
        ([[ALLOW_ALL], deny("*")], NO),
        ([allow("ec2:RunInstances"), deny("ec2:RunInstances")], NO),
        ([allow("ec2:RunInstances"), deny("ec2:Run*", Condition=REGION_ONLY)], UNKNOWN),
        ([allow("ec2:RunInstances", Condition=REGION_ONLY)], UNKNOWN),
        ([allow("ec2:RunInstances"), deny("ec2:*", "arn:aws:ec2:*:*:image/*")], NO),
        ([allow("ec2:RunInstances"), deny("ec2:*", "arn:aws:ec2:*::image/ami-0")], UNKNOWN),
        ([allow("ec2:RunInstances", "arn:aws:ec2:*:*:*/*")], YES),
        ([allow("ec2:RunInstances", f"arn:aws:ec2:*:{ACCOUNT}:instance/*")], NO),
        ([allow("ec2:RunInstances", [f"arn:aws:ec2:*:{ACCOUNT}:{kind}/*" for kind in CREATING[
            "ec2:RunInstances"]] + ["arn:aws:ec2:*::image/*"])], YES),
        ([allow("ec2:RunInstances", ["arn:aws:ec2:eu-central-1:*:*"])], UNKNOWN),
        ([allow("ec2:RunInstances", "arn:aws:ec2:*:999999999999:*")], NO),
        ([allow("ec2:RunInstances", "arn:aws:s3:::bucket/*")], NO),
        ([{"Effect": "Allow", "Action": "ec2:*", "NotResource": "arn:aws:ec2:*:*:vpc/*"}], YES),
        ([{"Effect": "Allow", "Action": "ec2:*", "NotResource": "*"}], NO),
        ([allow("autoscaling:UpdateAutoScalingGroup")], YES),
        ([allow("autoscaling:*", "arn:aws:autoscaling:*:*:autoScalingGroup:*:*")], UNKNOWN),
    ],
)
def test_the_answer(policies, expected):
    assert verdict(*policies).may == expected


def test_it_says_by_which_calls_and_policies_and_what_is_open():
    made = verdict(
        allow("ec2:RunInstances", Condition=REGION_ONLY, Sid="Launch"),
        allow("lightsail:CreateInstances"),
        allow("s3:*"),
    )
    assert made.may == YES
    assert made.actions == {"ec2:RunInstances": UNKNOWN, "lightsail:CreateInstances": YES}
    assert made.via == [
        {"policy": "p0/Launch", "through": "inline"}, {"policy": "p1", "through": "inline"},
    ]
    assert made.unknowns == ["Allow of p0/Launch under the condition of aws:RequestedRegion"]


def test_a_boundary_limits_and_allows_nothing_by_itself():
    every = [ALLOW_ALL]
    assert verdict(every, boundary=[allow("s3:*")]).may == NO
    assert verdict(every, boundary=[allow("ec2:RunInstances")]).actions == {
        "ec2:RunInstances": YES
    }
    assert verdict(every, boundary=[allow("ec2:*", Condition=REGION_ONLY)]).may == UNKNOWN
    assert verdict(boundary=every).may == NO


def test_what_could_not_be_read_makes_it_unknown():
    assert verdict(open_questions=["policy x was not given"]).may == UNKNOWN
    made = verdict([ALLOW_ALL], open_questions=["policy x was not given"])
    assert made.may == UNKNOWN, "it may hold a Deny"
    assert "policy x was not given" in made.unknowns


@pytest.mark.parametrize(
    "document", [None, "text", {}, {"Statement": "x"}, {"Statement": ["x"]},
                 {"Statement": {"Effect": "Allow", "Action": [1], "Resource": "*"}}]
)
def test_what_is_no_policy_is_named(document):
    with pytest.raises(BadPolicy, match="policy p"):
        statements(document, "p", "inline")
