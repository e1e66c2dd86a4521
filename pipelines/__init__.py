"""What becomes of a Check: one class per file, in running order (settings.ITEM_PIPELINES)."""
