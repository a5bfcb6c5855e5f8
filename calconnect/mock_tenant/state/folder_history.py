"""How the folders of a mailbox stood at an earlier position of its log, and what has become of them since."""

from __future__ import annotations

from dataclasses import dataclass

from calconnect.mock_tenant.state.mailbox import ChangeKind, Folder, Mailbox


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """What has changed below a folder."""

    created: tuple[Folder, ...]
    """New, or moved in from elsewhere; parents first."""
    updated: tuple[Folder, ...]
    """Renamed, moved within, or changed otherwise."""
    deleted: tuple[int, ...]
    """Numbers of folders that are gone, or moved out."""


def folder_changes(mailbox: Mailbox, root: Folder, position: int | None) -> FolderChanges:
    """Return what has changed below ``root`` since a position in the mailbox's log.

    Args:
        mailbox: whose folders.
        root: not reported itself.
        position: number of the last change known; None: nothing is known, everything is new.
    """
    now = {one.number: one.parent for one in mailbox.folders.values()}
    inside_now = _inside(now, root.number)
    if position is None:
        return FolderChanges(tuple(mailbox.folders[one] for one in inside_now), (), ())
    before, touched = dict(now), set()
    for change in reversed([one for one in mailbox.changes_after(position) if one.is_folder]):
        number = change.thing.number
        touched.add(number)
        if change.kind is ChangeKind.CREATED:
            before.pop(number, None)
        elif change.kind is ChangeKind.DELETED:
            before[number] = change.folder
        elif change.kind is ChangeKind.MOVED:
            before[number] = change.old_folder
    inside_before = _inside(before, root.number)
    return FolderChanges(
        created=tuple(mailbox.folders[one] for one in inside_now if one not in inside_before),
        updated=tuple(mailbox.folders[one] for one in inside_now if one in inside_before and one in touched),
        deleted=tuple(one for one in inside_before if one not in inside_now),
    )


def _inside(parents: dict[int, int | None], root: int) -> dict[int, None]:
    """Return the numbers of all folders below ``root``, parents first."""
    children: dict[int, list[int]] = {}
    for number, parent in parents.items():
        if parent is not None and parent != number:
            children.setdefault(parent, []).append(number)
    found: dict[int, None] = {}
    waiting = list(reversed(children.get(root, [])))
    while waiting:
        number = waiting.pop()
        found[number] = None
        waiting.extend(reversed(children.get(number, [])))
    return found
