"""Who may have what: tenants, and the limits of each."""
