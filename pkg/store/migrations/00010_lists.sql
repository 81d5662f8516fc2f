-- Tickets of a database are found without looking at all. Asked for only where it is missing, so that it can be repeated.

-- +goose Up
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'tickets' AND index_name = 'tickets_source_database');
SET @change = IF(@missing, 'ALTER TABLE tickets ADD KEY tickets_source_database (source_database, id),
  ADD KEY tickets_target_database (target_database, id)', 'DO 0');
PREPARE changing FROM @change;
EXECUTE changing;
DEALLOCATE PREPARE changing;

-- +goose Down
SET @there = (SELECT COUNT(*) > 0 FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'tickets' AND index_name = 'tickets_source_database');
SET @change = IF(@there, 'ALTER TABLE tickets DROP KEY tickets_source_database, DROP KEY tickets_target_database', 'DO 0');
PREPARE changing FROM @change;
EXECUTE changing;
DEALLOCATE PREPARE changing;
