-- What is to be read back is found by its time alone: whatever is relied on has one. Without it, every memento that was ever
-- listed would be looked at, again and again, for citations and saves that rest on it.

-- The citations that a memento shows as they were.
CREATE INDEX citations_as_cited ON citations (as_cited_memento_id) WHERE as_cited_memento_id IS NOT NULL;

-- An unread memento on which a citation or a save has come to rest is to be read back: it has been since it was found.
-- By triggers, so that no writer can forget them.
CREATE TRIGGER citations_rest_on AFTER UPDATE OF as_cited_memento_id ON citations
WHEN new.as_cited_memento_id IS NOT old.as_cited_memento_id BEGIN
    UPDATE mementos SET next_verify_at = found_at
    WHERE id = new.as_cited_memento_id AND quality = 'unread' AND next_verify_at IS NULL;
END;
CREATE TRIGGER citations_come_to_rest AFTER INSERT ON citations WHEN new.as_cited_memento_id IS NOT NULL BEGIN
    UPDATE mementos SET next_verify_at = found_at
    WHERE id = new.as_cited_memento_id AND quality = 'unread' AND next_verify_at IS NULL;
END;
CREATE TRIGGER saves_rest_on AFTER UPDATE OF memento_id ON saves WHEN new.memento_id IS NOT old.memento_id BEGIN
    UPDATE mementos SET next_verify_at = found_at
    WHERE id = new.memento_id AND quality = 'unread' AND next_verify_at IS NULL;
END;
CREATE TRIGGER saves_come_to_rest AFTER INSERT ON saves WHEN new.memento_id IS NOT NULL BEGIN
    UPDATE mementos SET next_verify_at = found_at
    WHERE id = new.memento_id AND quality = 'unread' AND next_verify_at IS NULL;
END;
-- One that was chosen and given up again before it was read is not read for that.
CREATE TRIGGER citations_leave AFTER UPDATE OF as_cited_memento_id ON citations
WHEN old.as_cited_memento_id IS NOT NULL AND new.as_cited_memento_id IS NOT old.as_cited_memento_id BEGIN
    UPDATE mementos SET next_verify_at = NULL
    WHERE id = old.as_cited_memento_id AND quality = 'unread' AND tries = 0 AND next_verify_at = found_at
      AND NOT EXISTS (SELECT 1 FROM citations WHERE as_cited_memento_id = old.as_cited_memento_id)
      AND NOT EXISTS (SELECT 1 FROM saves WHERE memento_id = old.as_cited_memento_id);
END;

UPDATE mementos SET next_verify_at = found_at
WHERE quality = 'unread' AND next_verify_at IS NULL
  AND (id IN (SELECT as_cited_memento_id FROM citations WHERE as_cited_memento_id IS NOT NULL)
    OR id IN (SELECT memento_id FROM saves WHERE memento_id IS NOT NULL));
