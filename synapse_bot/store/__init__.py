"""What outlives the process: runs and their audits."""
