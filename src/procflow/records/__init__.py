"""What can be made of the record afterwards: audits and a verifier, a case told as a story, backups, reports."""
