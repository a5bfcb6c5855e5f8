from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from calconnect.evidence.bundle.enumerations import ASSIGNEE_TYPES, RECIPIENT_TYPES, TOKEN_CHECKING
from calconnect.evidence.bundle.moments import read_moment
from calconnect.evidence.bundle.shape import Form, Property
from calconnect.evidence.bundle.values import Unreadable, Value, read_value

TYPE = {"numbers": RECIPIENT_TYPES}


@pytest.mark.parametrize(
    ("form", "more", "raw", "value"),
    [
        (Form.TEXT, {}, " a ", "a"),
        (Form.TEXT, {}, "", None),
        (Form.TEXT, {}, {"DistinguishedName": "OU=A,DC=b"}, "OU=A,DC=b"),
        (Form.TEXT, {}, {"AbsoluteUri": "https://a/"}, "https://a/"),
        (Form.TEXT, {}, ["one"], "one"),
        (Form.TEXT, {}, [], None),
        (Form.NAME, {}, {"Name": "DB01", "Depth": 3}, "DB01"),
        (Form.NAME, {}, "CN=Block\\, legacy,CN=Auth,DC=a", "Block, legacy"),
        (Form.NAME, {}, "contoso.test/Configuration/Block legacy", "Block legacy"),
        (Form.NAME, {}, "Calendar sync / users", "Calendar sync / users"),
        (Form.ADDRESS, {}, {"Local": "a", "Domain": "b.test", "Length": 8}, "a@b.test"),
        (Form.ADDRESS, {}, {"Local": None, "Domain": None, "Length": 0}, ""),
        (Form.ADDRESS, {}, "A@b.test", "A@b.test"),
        (Form.BOOLEAN, {}, "True", True),
        (Form.BOOLEAN, {}, "FALSE", False),
        (Form.BOOLEAN, {}, {"IsPresent": True}, True),
        (Form.WHOLE, {}, "132000000000000000", 132000000000000000),
        (Form.WHOLE, {}, "1.000.000", 1000000),
        (Form.WHOLE, {}, "5\u00a0000", 5000),
        (Form.WHOLE, {}, 27.0, 27),
        (Form.COUNT, {}, "Unlimited", None),
        (Form.COUNT, {}, {"IsUnlimited": False, "Value": 27}, 27),
        (Form.COUNT, {}, {"IsUnlimited": True}, None),
        (Form.TEXTS, {}, ["SMTP:a@b", {"ProxyAddressString": "smtp:c@d"}], ("SMTP:a@b", "smtp:c@d")),
        (Form.TEXTS, {}, "CN=Calendar sync,DC=a;CN=B,DC=a", ("CN=Calendar sync,DC=a", "CN=B,DC=a")),
        (Form.TEXTS, {}, {"value": ["a"], "Count": 1}, ("a",)),
        (Form.TEXTS, {}, [], ()),
        (Form.ENUM, TYPE, 2147483648, "RemoteUserMailbox"),
        (Form.ENUM, TYPE, "1", "UserMailbox"),
        (Form.ENUM, TYPE, "usermailbox", "UserMailbox"),
        (Form.ENUM, TYPE, "NewKindOfMailbox", "NewKindOfMailbox"),
        (Form.ENUM, {"numbers": ASSIGNEE_TYPES}, 10, "RoleGroup"),
        (Form.ENUM, {"numbers": TOKEN_CHECKING}, {"value": 0, "Value": "None"}, "None"),
        (Form.BUILD, {}, "Version 15.2 (Build 2562.17)", "15.2.2562.17"),
        (Form.BUILD, {}, "Version 15.1 (Build 02507.06)", "15.1.2507.6"),
        (Form.BUILD, {}, "15.2.2562.46", "15.2.2562.46"),
    ],
)
def test_a_value_is_read(form: Form, more: dict[str, Any], raw: object, value: Value) -> None:
    assert read_value(Property("P", form, **more), raw) == value


@pytest.mark.parametrize(
    ("form", "raw", "why"),
    [
        (Form.TEXT, "System.Object[]", "name of its kind"),
        (Form.TEXTS, "Microsoft.Exchange.Data.ProxyAddressCollection", "name of its kind"),
        (Form.TEXTS, "System.Collections.Generic.List`1[System.String]", "name of its kind"),
        (Form.TEXT, "@{Name=x; Value=y}", "name of its kind"),
        (Form.TEXTS, "SMTP:a@b smtp:c@d", "several values in one text"),
        (Form.TEXTS, "CN=a,DC=x CN=b,DC=x", "several values in one text"),
        (Form.TEXTS, ["System.String[]"], "several values in one text"),
        (Form.TEXT, ["a", "b"], "several values"),
        (Form.TEXT, 3, "must be text"),
        (Form.TEXT, {"x": 1}, "must be text"),
        (Form.TEXT, "\ud800", "not well-formed"),
        (Form.ADDRESS, "a@b c@d", "no e-mail address"),
        (Form.ADDRESS, "Alice", "no e-mail address"),
        (Form.BOOLEAN, "Wahr", "True or False"),
        (Form.BOOLEAN, 1, "True or False"),
        (Form.WHOLE, "1,5", "whole number"),
        (Form.WHOLE, True, "whole number"),
        (Form.WHOLE, 10**30, "whole number"),
        (Form.COUNT, "many", "or Unlimited"),
        (Form.ENUM, 3, "number of a name that is not known"),
        (Form.ENUM, None, "has no value"),
        (Form.BUILD, "Exchange 2019", "no version"),
    ],
)
def test_a_value_that_cannot_be_read_says_why_and_is_not_repeated(form: Form, raw: object, why: str) -> None:
    wanted = Property("P", form, empty=raw is not None, numbers=RECIPIENT_TYPES)
    with pytest.raises(Unreadable, match=why) as caught:
        read_value(wanted, raw)
    assert "Alice" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("/Date(1763802000000)/", datetime(2025, 11, 22, 9, 0, tzinfo=UTC)),
        ("/Date(1763802000123+0100)/", datetime(2025, 11, 22, 9, 0, 0, 123000, tzinfo=UTC)),
        ("/Date(-1)/", datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        ({"value": "/Date(0)/", "DateTime": "Thursday"}, datetime(1970, 1, 1, tzinfo=UTC)),
        ("2026-11-22T10:30:00+01:00", datetime(2026, 11, 22, 9, 30, tzinfo=UTC)),
        ("2026-11-22T09:30:00.1234567Z", datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)),
        ("2026-11-22T09:30:00.5Z", datetime(2026, 11, 22, 9, 30, 0, 500000, tzinfo=UTC)),
        ("2026-11-22T09:30:00", None),
        ("22.11.2026 10:30:00", None),
        ("/Date(99999999999999999)/", None),
        ("2026-13-22T09:30:00Z", None),
        (1763802000000, None),
    ],
)
def test_moments_of_both_generations(raw: object, moment: datetime | None) -> None:
    assert read_moment(raw) == moment
