"""The default folders of a mailbox, and what they are called in a few languages.

DistinguishedFolderIdName values:
https://learn.microsoft.com/exchange/client-developer/web-service-reference/distinguishedfolderid
"""

from __future__ import annotations

DEFAULT_FOLDERS: tuple[tuple[str, str, str], ...] = (
    # (DistinguishedFolderIdName, parent, folder class)
    ("root", "", ""),
    ("msgfolderroot", "root", ""),
    ("inbox", "msgfolderroot", "IPF.Note"),
    ("drafts", "msgfolderroot", "IPF.Note"),
    ("outbox", "msgfolderroot", "IPF.Note"),
    ("sentitems", "msgfolderroot", "IPF.Note"),
    ("deleteditems", "msgfolderroot", "IPF.Note"),
    ("junkemail", "msgfolderroot", "IPF.Note"),
    ("calendar", "msgfolderroot", "IPF.Appointment"),
    ("contacts", "msgfolderroot", "IPF.Contact"),
    ("tasks", "msgfolderroot", "IPF.Task"),
    ("notes", "msgfolderroot", "IPF.StickyNote"),
    ("journal", "msgfolderroot", "IPF.Journal"),
    ("searchfolders", "root", ""),
    ("recoverableitemsroot", "root", ""),
    ("recoverableitemsdeletions", "recoverableitemsroot", "IPF.Note"),
)

_ENGLISH = {
    "root": "",
    "msgfolderroot": "Top of Information Store",
    "inbox": "Inbox",
    "drafts": "Drafts",
    "outbox": "Outbox",
    "sentitems": "Sent Items",
    "deleteditems": "Deleted Items",
    "junkemail": "Junk Email",
    "calendar": "Calendar",
    "contacts": "Contacts",
    "tasks": "Tasks",
    "notes": "Notes",
    "journal": "Journal",
    "searchfolders": "Finder",
    "recoverableitemsroot": "Recoverable Items",
    "recoverableitemsdeletions": "Deletions",
}
_OTHER: dict[str, dict[str, str]] = {
    "de": {"inbox": "Posteingang", "calendar": "Kalender", "contacts": "Kontakte", "tasks": "Aufgaben"},
    "fr": {"inbox": "Boîte de réception", "calendar": "Calendrier", "contacts": "Contacts", "tasks": "Tâches"},
    "es": {"inbox": "Bandeja de entrada", "calendar": "Calendario", "contacts": "Contactos", "tasks": "Tareas"},
    "nl": {"inbox": "Postvak IN", "calendar": "Agenda", "contacts": "Contactpersonen", "tasks": "Taken"},
    "sv": {"inbox": "Inkorgen", "calendar": "Kalender", "contacts": "Kontakter", "tasks": "Uppgifter"},
    "ja": {"inbox": "受信トレイ", "calendar": "予定表", "contacts": "連絡先", "tasks": "タスク"},
}


def folder_name(distinguished: str, language: str) -> str:
    """Return what a default folder is called in a mailbox of this language (``de-DE``); English where not known."""
    names = _OTHER.get(language.partition("-")[0].lower(), {})
    return names.get(distinguished, _ENGLISH[distinguished])
