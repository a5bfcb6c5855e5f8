"""One module a Graph resource; :mod:`calconnect.mock_tenant.graph.registry` finds them."""
