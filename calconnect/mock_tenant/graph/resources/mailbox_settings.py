"""Settings of a mailbox: https://learn.microsoft.com/graph/api/resources/mailboxsettings"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calconnect.mock_tenant.ews.items.timezone_xml import ZoneName
from calconnect.mock_tenant.graph.odata import entity
from calconnect.mock_tenant.graph.outlook.moments import find_zone, read_moment, shown_zone
from calconnect.mock_tenant.graph.outlook.problems import invalid_value, unknown_property
from calconnect.mock_tenant.graph.outlook.things import context_of, graph_id
from calconnect.mock_tenant.graph.outlook.words import word_of
from calconnect.mock_tenant.graph.outlook.working_hours import working_hours_json
from calconnect.mock_tenant.graph.registry import Route
from calconnect.mock_tenant.graph.request import GraphRequest, GraphResponse, Json, Workload
from calconnect.mock_tenant.state.directory import RecipientKind
from calconnect.mock_tenant.state.mailbox import Mailbox
from calconnect.mock_tenant.state.oof import OofSettings, Reply, oof_settings, set_oof_settings
from calconnect.mock_tenant.state.timezones import find_windows_id, iana_to_windows

_READ, _WRITE = ("MailboxSettings.Read",), ("MailboxSettings.ReadWrite",)
_PURPOSES = {
    RecipientKind.USER: "user",
    RecipientKind.SHARED: "shared",
    RecipientKind.ROOM: "room",
    RecipientKind.EQUIPMENT: "equipment",
}
_STATES = {"Disabled": "disabled", "Enabled": "alwaysEnabled", "Scheduled": "scheduled"}
_AUDIENCES = {"None": "none", "Known": "contactsOnly", "All": "all"}
_PARTS = ("timeZone", "userPurpose", "workingHours", "language", "automaticRepliesSetting", "dateFormat", "timeFormat")


def settings_json(request: GraphRequest) -> Json:
    """Return all settings of the request's mailbox."""
    mailbox = request.mailbox
    recipient = mailbox.recipient
    archive = mailbox.by_distinguished.get("archivemsgfolderroot")
    return {
        "archiveFolder": None if archive is None else graph_id(mailbox.folder_id(archive)),
        "timeZone": iana_to_windows(recipient.time_zone),
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateAndInformationToPrincipal",
        "dateFormat": "yyyy-MM-dd",
        "timeFormat": "HH:mm",
        "userPurpose": _PURPOSES.get(recipient.kind, "others"),
        "automaticRepliesSetting": _replies(request, mailbox),
        "language": {"locale": recipient.language, "displayName": recipient.language},
        "workingHours": working_hours_json(recipient),
    }


def _replies(request: GraphRequest, mailbox: Mailbox) -> Json:
    settings, zone = oof_settings(mailbox), shown_zone(request)
    assert settings.start is not None
    assert settings.end is not None
    return {
        "status": _STATES[settings.state],
        "externalAudience": _AUDIENCES[settings.external_audience],
        "internalReplyMessage": settings.internal_reply.text,
        "externalReplyMessage": settings.external_reply.text,
        "scheduledStartDateTime": zone.json(settings.start),
        "scheduledEndDateTime": zone.json(settings.end),
    }


def get_settings(request: GraphRequest) -> GraphResponse:
    """Answer with the settings."""
    return entity(request, _context(request), settings_json(request))


def get_setting(request: GraphRequest) -> GraphResponse:
    """Answer with one setting: a value by itself, or an object."""
    name = request.path.rpartition("/")[2].lower()
    own = next(part for part in _PARTS if part.lower() == name)
    value = settings_json(request)[own]
    body: Json = {"@odata.context": f"{request.version_url}/$metadata#{_context(request)}/{own}"}
    return GraphResponse(body | (value if isinstance(value, dict) else {"value": value}))


def _context(request: GraphRequest) -> str:
    return context_of(request, "mailboxSettings")


def change_settings(request: GraphRequest) -> GraphResponse:
    """Change time zone, language or automatic replies."""
    body, recipient = request.object_body(), request.mailbox.recipient
    for name, value in body.items():
        if name == "timeZone":
            zone = find_zone(str(value))
            known = find_windows_id(str(value))
            recipient.time_zone = ZoneName(known).zone.key if known is not None else zone.key
        elif name == "language":
            locale = value.get("locale") if isinstance(value, Mapping) else None
            if not isinstance(locale, str) or not locale:
                raise invalid_value("language")
            recipient.language = locale
        elif name == "automaticRepliesSetting":
            _change_replies(request, value)
        elif not name.startswith("@"):
            raise unknown_property(name, "Microsoft.OutlookServices.MailboxSettings")
    return get_settings(request)


def _change_replies(request: GraphRequest, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise invalid_value("automaticRepliesSetting")
    old = oof_settings(request.mailbox)

    def word(name: str, words: Mapping[str, str], before: str) -> str:
        found = word_of(words, str(value[name])) if name in value else before
        if found is None:
            raise invalid_value(name)
        return found

    def text(name: str, before: Reply) -> Reply:
        return Reply(str(value[name] or ""), before.language) if name in value else before

    start, end = value.get("scheduledStartDateTime"), value.get("scheduledEndDateTime")
    new = OofSettings(
        state=word("status", _STATES, old.state),
        external_audience=word("externalAudience", _AUDIENCES, old.external_audience),
        start=old.start if start is None else read_moment(start, "scheduledStartDateTime").moment,
        end=old.end if end is None else read_moment(end, "scheduledEndDateTime").moment,
        internal_reply=text("internalReplyMessage", old.internal_reply),
        external_reply=text("externalReplyMessage", old.external_reply),
    )
    set_oof_settings(request.mailbox, new)


ROUTES = (
    Route("GET", "users/{user}/mailboxSettings", get_settings, _READ, Workload.EXCHANGE),
    Route("PATCH", "users/{user}/mailboxSettings", change_settings, _WRITE, Workload.EXCHANGE),
    *(Route("GET", f"users/{{user}}/mailboxSettings/{part}", get_setting, _READ, Workload.EXCHANGE) for part in _PARTS),
)
