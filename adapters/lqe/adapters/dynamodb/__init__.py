"""Everything that is kept in DynamoDB."""
