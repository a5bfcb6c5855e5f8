"""Items in EWS: their properties, shapes, restrictions and changes, as the operations share them."""
