"""Writes rows as PowerShell does: ConvertTo-Json and Export-Csv of Windows PowerShell 5.1 and of PowerShell 7.

https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/convertto-json and …/export-csv. In 5.1 rows
are taken to be live objects of the Exchange Management Shell, so enumerations become numbers, and addresses objects; in
7 they came over the network, where all that is text, and each has a PSComputerName.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from calconnect.mock_tenant.exports.values import Entry, Limit, Named, Row, Smtp, Value

Generation = Literal["5.1", "7"]
MOST_INDENTED = 20
"""Rows; more are written with -Compress."""


def to_json(rows: Sequence[Row], generation: Generation, computer: str = "") -> str:
    """Return what ``$rows | ConvertTo-Json | Out-File`` leaves in the file; of no rows, ``[]``.

    Args:
        rows: the objects; a single one is written without a list around it.
        generation: of PowerShell.
        computer: the name of the server that they came from.
    """
    extra = {"PSComputerName": computer} if generation == "7" and computer else {}
    plain = [{**{name: _plain(value, generation) for name, value in row.items()}, **extra} for row in rows]
    return json_text(plain[0] if len(plain) == 1 else plain, generation, compress=len(plain) > MOST_INDENTED)


def json_text(value: Any, generation: Generation, *, compress: bool = False) -> str:
    """Return plain values as the generation's ConvertTo-Json writes them, with its line ends."""
    if compress:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    elif generation == "7":
        text = json.dumps(value, ensure_ascii=False, indent=2)
    else:
        text = json.dumps(value, ensure_ascii=False, indent=4, separators=(",", ":  "))
    if generation == "5.1":  # these stand in texts alone
        for mark in "'<>&":
            text = text.replace(mark, f"\\u{ord(mark):04x}")
        text = text.replace('"/Date(', '"\\/Date(').replace(')/"', ')\\/"')
    return text.replace("\n", "\r\n") + "\r\n"


def to_csv(rows: Sequence[Row], columns: Sequence[str], generation: Generation) -> str:
    """Return what ``$rows | Export-Csv`` writes; several values of one property are joined by semicolons."""
    lines = ["#TYPE Selected.System.Management.Automation.PSCustomObject"] if generation == "5.1" else []
    lines.append(",".join(_quoted(column) for column in columns))
    lines += [",".join(_cell(row.get(column)) for column in columns) for row in rows]
    return "".join(line + "\r\n" for line in lines)


def _plain(value: Value, generation: Generation) -> Any:
    if generation == "5.1":
        if isinstance(value, Named) and value.number is not None:
            return value.number
        if isinstance(value, Smtp):
            local, _, domain = value.address.partition("@")
            length = len(value.address)
            return {"Length": length, "IsUTF8": False, "IsValidAddress": True, "Local": local, "Domain": domain}
        if isinstance(value, Entry):
            return {"Name": value.name, "DistinguishedName": f"CN={value.name},{value.container}", "Depth": 7}
        if isinstance(value, Limit):
            return {"IsUnlimited": value.value == 0, "Value": value.value or None}
        if isinstance(value, datetime):
            return f"/Date({round(value.timestamp() * 1000)})/"
    if isinstance(value, datetime):
        return value.isoformat()
    return _text(value) if isinstance(value, Named | Smtp | Entry | Limit) else value


def _text(value: Named | Smtp | Entry | Limit) -> str:
    if isinstance(value, Smtp):
        return value.address
    if isinstance(value, Limit):
        return str(value.value) if value.value else "Unlimited"
    return value.name


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return _quoted(";".join(value))
    if isinstance(value, datetime):
        return _quoted(f"{value:%m/%d/%Y %I:%M:%S %p}")
    return _quoted(_text(value) if isinstance(value, Named | Smtp | Entry | Limit) else str(value))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
