"""Names under which an item's properties hold what the server notes for itself; no client sees them.

They stand among the properties so that they go where the item goes, and nowhere else: copies begin without them.
"""

from __future__ import annotations

CREATOR = "Creator"
"""The address of who made the item, for the rights on one's own items."""
CHANGED = "Changed"
"""Property → version in which it last changed, to tell conflicts."""
READ_CHANGES = "ReadFlagChanges"
"""The numbers of those changes in the mailbox's log that were of the read flag alone."""
DELETED_FROM = "DeletedFrom"
"""The number of the folder that a soft-deleted item lay in."""
NOTES = frozenset({CREATOR, CHANGED, READ_CHANGES, DELETED_FROM})
"""All of them."""
