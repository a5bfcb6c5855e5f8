"""How requests about items name the folder that they are about, for their grammars."""

from __future__ import annotations

from calconnect.mock_tenant.ews.folder_shape import FOLDER_ID_CHOICES
from calconnect.mock_tenant.ews.grammar import Node
from calconnect.mock_tenant.ews.xml import MESSAGES


def target_folder_node(name: str, *, required: bool = True) -> Node:
    """Describe an element of the messages namespace that holds one folder."""
    return Node(name, FOLDER_ID_CHOICES, MESSAGES, required=required, choice=True, at_least=1)
