"""Beyond one machine: a sweep's mailboxes, or many tenants' audits, shared out among the workers of a Dask cluster."""
