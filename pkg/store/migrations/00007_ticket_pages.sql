-- What the ticket pages add: the log of a run, people's saved views, and what preflight had found when a ticket was
-- asked for.

-- +goose Up
-- One line each of what a run says while it works, numbered within its attempt.
CREATE TABLE IF NOT EXISTS job_log (
  ticket_id BIGINT       NOT NULL,
  attempt   INT          NOT NULL,
  line      INT          NOT NULL,
  at        DATETIME(6)  NOT NULL,
  level     VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  message   VARCHAR(500) NOT NULL,
  data      TEXT         NOT NULL,
  PRIMARY KEY (ticket_id, attempt, line)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS saved_views (
  id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id    BIGINT       NOT NULL,
  name       VARCHAR(60)  NOT NULL,
  query      VARCHAR(500) NOT NULL,
  created_at DATETIME(6)  NOT NULL,
  UNIQUE KEY saved_views_name (user_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What preflight found when the ticket was submitted or last edited; what it finds later is held against it.
CREATE TABLE IF NOT EXISTS asked_findings (
  ticket_id BIGINT   NOT NULL PRIMARY KEY,
  findings  LONGTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS asked_findings, saved_views, job_log;
