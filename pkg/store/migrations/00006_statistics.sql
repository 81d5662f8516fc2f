-- What tickets count for, and the sums of it by day and by month.

-- +goose Up
-- What the last finished run of a ticket moved.
CREATE TABLE IF NOT EXISTS ticket_volumes (
  ticket_id   BIGINT NOT NULL PRIMARY KEY,
  moved_rows  BIGINT NOT NULL,
  moved_bytes BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A fact is kept as it was counted, so that it can be taken out again. Durations are milliseconds, -1 = not known.
CREATE TABLE IF NOT EXISTS ticket_facts (
  ticket_id             BIGINT      NOT NULL PRIMARY KEY,
  kind                  VARCHAR(32) NOT NULL,
  state                 VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source_environment_id BIGINT      NOT NULL,
  target_environment_id BIGINT      NOT NULL,
  source_instance_id    BIGINT      NOT NULL,
  target_instance_id    BIGINT      NOT NULL,
  requester_id          BIGINT      NOT NULL,
  reviewer_id           BIGINT      NOT NULL,
  failure_code          VARCHAR(64) NOT NULL,
  submitted_at          DATETIME(6) NOT NULL,
  review_ms             BIGINT      NOT NULL,
  queue_ms              BIGINT      NOT NULL,
  run_ms                BIGINT      NOT NULL,
  moved_rows            BIGINT      NOT NULL,
  moved_bytes           BIGINT      NOT NULL,
  KEY ticket_facts_source (source_instance_id, source_environment_id),
  KEY ticket_facts_target (target_instance_id, target_environment_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

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

-- `statistics` keeps the number of the last event counted.
INSERT INTO leases (name) VALUES ('statistics') ON DUPLICATE KEY UPDATE value = value;

-- +goose Down
DELETE FROM leases WHERE name = 'statistics';
DROP TABLE IF EXISTS ticket_rollups, ticket_facts, ticket_volumes;
