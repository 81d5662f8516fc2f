-- The tickets of an instance or a database in some state are found in the index alone. Changed only where it was not
-- yet, so that it can be repeated.

-- +goose Up
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'tickets' AND index_name = 'tickets_source' AND column_name = 'state');
SET @change = IF(@missing, 'ALTER TABLE tickets
  DROP KEY tickets_source, ADD KEY tickets_source (source_instance_id, id, state),
  DROP KEY tickets_target, ADD KEY tickets_target (target_instance_id, id, state),
  DROP KEY tickets_source_database, ADD KEY tickets_source_database (source_database, id, state),
  DROP KEY tickets_target_database, ADD KEY tickets_target_database (target_database, id, state)', 'DO 0');
PREPARE changing FROM @change;
EXECUTE changing;
DEALLOCATE PREPARE changing;

-- +goose Down
SET @there = (SELECT COUNT(*) > 0 FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'tickets' AND index_name = 'tickets_source' AND column_name = 'state');
SET @change = IF(@there, 'ALTER TABLE tickets
  DROP KEY tickets_source, ADD KEY tickets_source (source_instance_id, id),
  DROP KEY tickets_target, ADD KEY tickets_target (target_instance_id, id),
  DROP KEY tickets_source_database, ADD KEY tickets_source_database (source_database, id),
  DROP KEY tickets_target_database, ADD KEY tickets_target_database (target_database, id)', 'DO 0');
PREPARE changing FROM @change;
EXECUTE changing;
DEALLOCATE PREPARE changing;
