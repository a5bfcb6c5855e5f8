"""ResolveNames: whom a name may mean, in the directory and in the caller's contacts.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/resolvenames-operation
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calconnect.mock_tenant.ews.folder_shape import FOLDER_ID_CHOICES
from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.recipients import (
    address_element,
    demand_mailbox,
    find_recipient,
    mailbox_element,
    no_results,
)
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import failure, response, success
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, flag, m, t, text_of
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.directory import Recipient, RecipientKind
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import Item, Mailbox

_MESSAGE = "ResolveNamesResponseMessage"
_BOOLEAN = frozenset({"true", "false", "1", "0"})
_SCOPES = frozenset({"ActiveDirectory", "ActiveDirectoryContacts", "Contacts", "ContactsActiveDirectory"})
_SHAPES = frozenset({"IdOnly", "Default", "AllProperties", "PcxPeopleSearch"})
_MOST = 100
"""How many candidates an answer holds."""
_PEOPLE = frozenset({RecipientKind.USER, RecipientKind.REMOTE, RecipientKind.CONTACT})


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """A contact in the caller's Contacts folder that the name may mean."""

    mailbox: Mailbox
    item: Item
    name: str
    addresses: tuple[str, ...]


def handle(request: Request) -> Element:
    """Answer the request."""
    try:
        return response("ResolveNames", [_resolve(request)])
    except EwsError as error:
        return response("ResolveNames", [failure(_MESSAGE, error)])


def _resolve(request: Request) -> Element:
    demand_mailbox(request)
    entry = text_of(request.body, "UnresolvedEntry") or ""
    if not entry:
        raise EwsError("ErrorInvalidNameForNameResolution", "An empty name cannot be resolved.")
    scope = request.body.get("SearchScope", "ActiveDirectoryContacts")
    full = request.body.get("ReturnFullContactData") in ("true", "1")
    found: list[Element] = []
    more = False
    for source in ("ActiveDirectory", "Contacts") if scope.startswith("Active") else ("Contacts", "ActiveDirectory"):
        if source not in scope or len(found) >= _MOST:
            continue
        if source == "Contacts":
            found += [_contact_resolution(one) for one in _contacts(request, entry)]
        else:
            recipients, more = _directory(request, entry)
            found += [_directory_resolution(one, full=full) for one in recipients]
    if not found:
        raise no_results()
    more = more or len(found) > _MOST
    found = found[:_MOST]
    answer = m(
        "ResolutionSet",
        *found,
        TotalItemsInView=str(len(found)),
        IncludesLastItemInRange=flag(not more),
    )
    if len(found) == 1:
        return success(_MESSAGE, answer)
    return m(
        _MESSAGE,
        m("MessageText", text="Multiple results were found."),
        m("ResponseCode", text="ErrorNameResolutionMultipleResults"),
        m("DescriptiveLinkKey", text="0"),
        answer,
        ResponseClass="Warning",
    )


def _directory(request: Request, entry: str) -> tuple[list[Recipient], bool]:
    directory = request.organization.directory
    recipient = find_recipient(directory, entry.removeprefix("="))
    if recipient is not None:
        return ([] if recipient.hidden or recipient.is_gone else [recipient]), False
    return directory.find_names(entry, _MOST)


def _directory_resolution(recipient: Recipient, *, full: bool) -> Element:
    return t("Resolution", mailbox_element(recipient), _directory_contact(recipient) if full else None)


def _directory_contact(recipient: Recipient) -> Element:
    """Return what the directory knows, as ``t:Contact``. First and last names are only guessed for people."""
    given, _, surname = recipient.name.rpartition(" ") if recipient.kind in _PEOPLE else ("", "", "")
    addresses = (recipient.email, *recipient.aliases)[:3]
    return t(
        "Contact",
        t("DisplayName", text=recipient.name),
        t("GivenName", text=given) if given else None,
        t(
            "EmailAddresses",
            *(
                t("Entry", text=f"{'smtp' if number > 1 else 'SMTP'}:{address}", Key=f"EmailAddress{number}")
                for number, address in enumerate(addresses, 1)
            ),
        ),
        t("ContactSource", text="ActiveDirectory"),
        t("Department", text=recipient.department) if recipient.department else None,
        t("Surname", text=surname) if given else None,
        t("Alias", text=recipient.email.partition("@")[0]),
    )


def _contacts(request: Request, entry: str) -> list[ContactEntry]:
    """Return the contacts that the name may mean, of the folder given or of the default one."""
    named = elements(find(request.body, "ParentFolderIds"))
    if len(named) > 1:
        raise EwsError("ErrorResolveNamesOnlyOneContactsFolderAllowed", "Only one contacts folder may be named.")
    if named:
        mailbox, folder = folder_of(request, named[0], Right.READ)
        if not folder.folder_class.startswith("IPF.Contact"):
            raise EwsError("ErrorResolveNamesInvalidFolderType", "Only a contacts folder can be searched.")
    else:
        mailbox = request.own_mailbox()
        folder = mailbox.distinguished("contacts")
    wanted = entry.casefold().removeprefix("smtp:").removeprefix("=")
    return [
        one
        for one in _entries(mailbox, list(folder.items.values()))
        if any(text.casefold().startswith(wanted) for text in (one.name, *one.name.split()[1:], *one.addresses))
    ]


def _entries(mailbox: Mailbox, items: list[Item]) -> Iterator[ContactEntry]:
    for item in items:
        names = (item.properties.get(name) for name in ("DisplayName", "FileAs", "Subject"))
        name = next((str(one) for one in names if one), "")
        addresses = item.properties.get("EmailAddresses")
        yield ContactEntry(
            mailbox, item, name, tuple(map(str, addresses.values())) if isinstance(addresses, dict) else ()
        )


def _contact_resolution(one: ContactEntry) -> Element:
    item_id = t("ItemId", Id=str(one.mailbox.item_id(one.item)), ChangeKey=one.mailbox.key_of(one.item))
    if one.item.kind == "DistributionList":
        parts = (t("Name", text=one.name), t("MailboxType", text="PrivateDL"))
        return t("Resolution", t("Mailbox", *parts, item_id))
    if not one.addresses:
        return t(
            "Resolution",
            t("Mailbox", t("Name", text=one.name), t("MailboxType", text="Contact"), item_id),
            _store_contact(one),
        )
    mailbox = address_element("Mailbox", one.name or one.addresses[0], one.addresses[0], "Contact", item_id)
    return t("Resolution", mailbox, _store_contact(one))


def _store_contact(one: ContactEntry) -> Element:
    entries = (
        t("Entry", text=address, Key=f"EmailAddress{number}") for number, address in enumerate(one.addresses[:3], 1)
    )
    return t(
        "Contact",
        t("DisplayName", text=one.name),
        t("EmailAddresses", *entries) if one.addresses else None,
        t("ContactSource", text="Store"),
    )


OPERATION = Operation(
    name="ResolveNames",
    request=Node(
        "ResolveNames",
        (
            Node("ParentFolderIds", FOLDER_ID_CHOICES, MESSAGES, required=False, choice=True, at_least=1),
            Node("UnresolvedEntry", namespace=MESSAGES),
        ),
        MESSAGES,
        attributes=("ReturnFullContactData",),
        attribute_values=(
            ("ReturnFullContactData", _BOOLEAN),
            ("SearchScope", _SCOPES),
            ("ContactDataShape", _SHAPES),
        ),
    ),
    handle=handle,
)
