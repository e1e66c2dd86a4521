"""What to request: each spider asks the database what is due and turns answers into Check items; nothing else."""
