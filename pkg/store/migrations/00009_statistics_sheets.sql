-- All sums of a day or month and a scope in one row: one row a sum was ten rows a ticket. Tickets are counted anew from
-- the first event on.

-- +goose Up
DROP TABLE IF EXISTS ticket_rollups;
CREATE TABLE IF NOT EXISTS ticket_sheets (
  grain                 VARCHAR(5)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source_environment_id BIGINT      NOT NULL,
  target_environment_id BIGINT      NOT NULL,
  period                DATE        NOT NULL,
  kind                  VARCHAR(32) NOT NULL,
  sums                  LONGTEXT    NOT NULL,
  PRIMARY KEY (grain, source_environment_id, target_environment_id, period, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
DELETE FROM ticket_facts;
UPDATE leases SET value = 0 WHERE name = 'statistics';

-- +goose Down
DROP TABLE IF EXISTS ticket_sheets;
DELETE FROM ticket_facts;
UPDATE leases SET value = 0 WHERE name = 'statistics';
CREATE TABLE IF NOT EXISTS ticket_rollups (
  grain                 VARCHAR(5)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  period                DATE        NOT NULL,
  dimension             VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member                VARCHAR(64) NOT NULL,
  kind                  VARCHAR(32) NOT NULL,
  source_environment_id BIGINT      NOT NULL,
  target_environment_id BIGINT      NOT NULL,
  tickets               BIGINT      NOT NULL,
  succeeded             BIGINT      NOT NULL,
  failed                BIGINT      NOT NULL,
  moved_rows            BIGINT      NOT NULL,
  moved_bytes           BIGINT      NOT NULL,
  review_seconds        BIGINT      NOT NULL,
  PRIMARY KEY (grain, source_environment_id, target_environment_id, period, dimension, member, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
