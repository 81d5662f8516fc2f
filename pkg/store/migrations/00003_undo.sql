-- What an undo needs. A row of kept_schemas whose schema_name is empty replaced nothing: its copy only created.

-- +goose Up
CREATE TABLE IF NOT EXISTS swaps (
  kept_id BIGINT   NOT NULL PRIMARY KEY,
  digest  CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  intent  LONGTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The ledger: a swap can be undone while no later one has touched any of its names. kept_id grows in the order of the
-- swaps, because they hold the target's lock.
CREATE TABLE IF NOT EXISTS swap_names (
  fingerprint   VARCHAR(400) NOT NULL,
  database_name VARCHAR(64)  NOT NULL,
  name          VARCHAR(90)  NOT NULL,
  kept_id       BIGINT       NOT NULL,
  PRIMARY KEY (fingerprint, database_name, name, kept_id),
  KEY swap_names_kept (kept_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS swap_names, swaps;
