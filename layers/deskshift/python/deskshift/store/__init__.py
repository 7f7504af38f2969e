"""State in DynamoDB and files in S3. Every write that guards something is conditional: never read, then write."""
