"""Moving, emptying and removing folders: what DeleteFolder, EmptyFolder and MoveFolder share."""

from __future__ import annotations

from collections.abc import Iterator

from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.mailbox import ChangeKind, Folder, Item, Mailbox

DELETE_TYPES = frozenset({"HardDelete", "SoftDelete", "MoveToDeletedItems"})
"""DisposalType: https://learn.microsoft.com/exchange/client-developer/exchange-web-services/deleting-items-by-using-ews-in-exchange"""


def tree(mailbox: Mailbox, folder: Folder) -> Iterator[Folder]:
    """Return a folder and all folders in it, parents first."""
    yield folder
    for child in mailbox.children(folder):
        yield from tree(mailbox, child)


def move_folder(mailbox: Mailbox, folder: Folder, target: Folder) -> None:
    """Put a folder into another one of the same mailbox. It keeps its id.

    Raises:
        EwsError: ``ErrorMoveDistinguishedFolder``, ``ErrorMoveCopyFailed`` (into itself), ``ErrorFolderExists``.
    """
    if folder.distinguished:
        raise EwsError("ErrorMoveDistinguishedFolder", "A default folder cannot be moved.")
    if any(one is target for one in tree(mailbox, folder)):
        raise EwsError("ErrorMoveCopyFailed", "A folder cannot be moved into itself.")
    if any(one is not folder and one.name.casefold() == folder.name.casefold() for one in mailbox.children(target)):
        raise EwsError("ErrorFolderExists", "A folder with the specified name already exists.")
    _relink(mailbox, folder, target)


def dispose_of_folder(mailbox: Mailbox, folder: Folder, delete_type: str) -> None:
    """Delete a folder in one of the three ways.

    Raises:
        EwsError: ``ErrorDeleteDistinguishedFolder``.
    """
    if any(one.distinguished for one in tree(mailbox, folder)):
        raise EwsError("ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
    bin_folder = mailbox.distinguished("deleteditems")
    if delete_type == "MoveToDeletedItems" and not _is_inside(mailbox, folder, bin_folder):
        folder.name = _free_name(mailbox, bin_folder, folder.name)
        _relink(mailbox, folder, bin_folder)
        return
    if delete_type == "SoftDelete":
        for one in tree(mailbox, folder):
            for item in list(one.items.values()):
                dispose_of_item(mailbox, item, delete_type)
    mailbox.remove_folder(folder)


def dispose_of_item(mailbox: Mailbox, item: Item, delete_type: str) -> None:
    """Delete an item in one of the three ways."""
    folder = mailbox.folder(item.folder)
    target = mailbox.distinguished(
        "deleteditems" if delete_type == "MoveToDeletedItems" else "recoverableitemsdeletions"
    )
    if delete_type == "HardDelete" or folder is target:
        mailbox.remove_item(item)
    else:
        mailbox.move_item(item, target)


def _relink(mailbox: Mailbox, folder: Folder, target: Folder) -> None:
    old_parent = folder.parent
    folder.parent = target.number
    folder.version += 1
    thing = mailbox.folder_id(folder)
    old = None if old_parent is None else (thing, old_parent)
    mailbox.record(ChangeKind.MOVED, thing, target.number, is_folder=True, old=old)


def _is_inside(mailbox: Mailbox, folder: Folder, above: Folder) -> bool:
    return any(one is folder for one in tree(mailbox, above))


def _free_name(mailbox: Mailbox, parent: Folder, name: str) -> str:
    taken = {one.name.casefold() for one in mailbox.children(parent)}
    candidate, number = name, 0
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}{number}"
    return candidate


def delete_type_node(name: str, folder_ids: Node, *attributes: str) -> Node:
    """Describe a request that disposes of folders: ``DeleteFolder``, ``EmptyFolder``."""
    return Node(
        name,
        (folder_ids,),
        folder_ids.namespace,
        attributes=("DeleteType", *attributes),
        attribute_values=(
            ("DeleteType", DELETE_TYPES),
            *((one, frozenset({"true", "false", "1", "0"})) for one in attributes),
        ),
    )
