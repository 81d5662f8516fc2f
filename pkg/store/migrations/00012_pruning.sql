-- What lets old rows go: where they are found, and where the fate of a ticket's old messages stays. Each change is made
-- only where it is missing, so that it can be repeated.

-- +goose Up
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'notices' AND column_name = 'told');
SET @change = IF(@missing, 'ALTER TABLE notices ADD COLUMN told LONGTEXT NULL', 'DO 0');
PREPARE changing FROM @change;
EXECUTE changing;
DEALLOCATE PREPARE changing;
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'idempotency_keys' AND index_name = 'idempotency_keys_created');
SET @change = IF(@missing, 'ALTER TABLE idempotency_keys ADD KEY idempotency_keys_created (created_at)', 'DO 0');
PREPARE changing FROM @change;
EXECUTE changing;
DEALLOCATE PREPARE changing;

-- +goose Down
SET @there = (SELECT COUNT(*) > 0 FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'idempotency_keys' AND index_name = 'idempotency_keys_created');
SET @change = IF(@there, 'ALTER TABLE idempotency_keys DROP KEY idempotency_keys_created', 'DO 0');
PREPARE changing FROM @change;
EXECUTE changing;
DEALLOCATE PREPARE changing;
SET @there = (SELECT COUNT(*) > 0 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'notices' AND column_name = 'told');
SET @change = IF(@there, 'ALTER TABLE notices DROP COLUMN told', 'DO 0');
PREPARE changing FROM @change;
EXECUTE changing;
DEALLOCATE PREPARE changing;
