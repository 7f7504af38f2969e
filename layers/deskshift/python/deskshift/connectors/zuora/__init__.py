"""The billing port over Zuora's REST API: orders with preview, accounts, subscriptions, invoices, payment methods."""
