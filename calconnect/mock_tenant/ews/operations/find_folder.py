"""FindFolder: https://learn.microsoft.com/exchange/client-developer/web-service-reference/findfolder-operation"""

from __future__ import annotations

from collections.abc import Iterable

from calconnect.mock_tenant.ews.folder_moves import tree
from calconnect.mock_tenant.ews.folder_paging import FRACTIONAL_VIEW, INDEXED_VIEW, take_page
from calconnect.mock_tenant.ews.folder_restriction import Candidate, read_restriction
from calconnect.mock_tenant.ews.folder_shape import FOLDER_ID_CHOICES, FOLDER_SHAPE, folder_element, read_folder_shape
from calconnect.mock_tenant.ews.grammar import ANY, Node
from calconnect.mock_tenant.ews.request import Operation, Request
from calconnect.mock_tenant.ews.responses import for_each
from calconnect.mock_tenant.ews.targets import folder_of
from calconnect.mock_tenant.ews.xml import MESSAGES, Element, elements, find, m, t
from calconnect.mock_tenant.state.access import Right
from calconnect.mock_tenant.state.mailbox import Folder, Mailbox

_TRAVERSALS = frozenset({"Shallow", "Deep", "SoftDeleted"})


def handle(request: Request) -> Element:
    """Answer the request: one message for each parent folder."""
    shape = read_folder_shape(find(request.body, "FolderShape"))
    wanted = read_restriction(find(request.body, "Restriction"))
    view = find(request.body, "IndexedPageFolderView")
    if view is None:
        view = find(request.body, "FractionalPageFolderView")
    traversal = request.body.get("Traversal", "Shallow")

    def work(identity: Element) -> Iterable[Element]:
        mailbox, parent = folder_of(request, identity)
        found = [one for one in _below(request, mailbox, parent, traversal) if wanted(Candidate(mailbox, one))]
        page, paging = take_page(view, found, request.organization.policies.ews_find_count_limit)
        folders = (folder_element(request, mailbox, folder, shape) for folder in page)
        yield m("RootFolder", t("Folders", *folders), **paging)

    return for_each("FindFolder", elements(find(request.body, "ParentFolderIds")), work)


def _below(request: Request, mailbox: Mailbox, parent: Folder, traversal: str) -> list[Folder]:
    """Return the folders in a folder that may be seen. Soft-deleted folders do not exist: only their items are kept."""
    if traversal == "SoftDeleted":
        return []
    found = list(tree(mailbox, parent))[1:] if traversal == "Deep" else mailbox.children(parent)
    return [one for one in found if Right.VISIBLE in request.access.rights(mailbox, one)]


OPERATION = Operation(
    name="FindFolder",
    request=Node(
        "FindFolder",
        (
            FOLDER_SHAPE,
            INDEXED_VIEW,
            FRACTIONAL_VIEW,
            Node("Restriction", ANY, MESSAGES, required=False),
            Node("ParentFolderIds", FOLDER_ID_CHOICES, MESSAGES, choice=True, at_least=1),
        ),
        MESSAGES,
        attributes=("Traversal",),
        attribute_values=(("Traversal", _TRAVERSALS),),
    ),
    handle=handle,
)
