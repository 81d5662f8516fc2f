-- Tickets, jobs, events and the audit trail. JSON is kept as text: its bytes are hashed and must come back unchanged.
-- All times are UTC.

-- +goose Up
CREATE TABLE IF NOT EXISTS tickets (
  id                 BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
  kind               VARCHAR(32)   NOT NULL,
  title              VARCHAR(200)  NOT NULL,
  reason             TEXT          NOT NULL,
  state              VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version            INT           NOT NULL,
  requester_id       BIGINT        NOT NULL,
  spec               LONGTEXT      NOT NULL,
  spec_hash          CHAR(64)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source_instance_id BIGINT        NOT NULL,
  source_database    VARCHAR(64)   NOT NULL,
  target_instance_id BIGINT        NOT NULL,
  target_database    VARCHAR(64)   NOT NULL,
  subject_tables     LONGTEXT      NOT NULL,
  findings           LONGTEXT      NOT NULL,
  findings_hash      VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  plan               LONGTEXT      NOT NULL,
  locks              LONGTEXT      NOT NULL,
  preflight_at       DATETIME(6)   NULL,
  not_before         DATETIME(6)   NULL,
  reviewer_id        BIGINT        NOT NULL DEFAULT 0,
  review_note        TEXT          NOT NULL,
  approved_at        DATETIME(6)   NULL,
  failure_code       VARCHAR(64)   NOT NULL DEFAULT '',
  failure            TEXT          NOT NULL,
  report             LONGTEXT      NOT NULL,
  waiting_for        BIGINT        NOT NULL DEFAULT 0,
  submitted_at       DATETIME(6)   NOT NULL,
  started_at         DATETIME(6)   NULL,
  finished_at        DATETIME(6)   NULL,
  updated_at         DATETIME(6)   NOT NULL,
  KEY tickets_state (state, id),
  KEY tickets_requester (requester_id, state, id),
  KEY tickets_source (source_instance_id, id),
  KEY tickets_target (target_instance_id, id),
  KEY tickets_submitted (submitted_at, id),
  KEY tickets_finished (finished_at),
  KEY tickets_waiting (waiting_for)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ticket_editors (
  ticket_id BIGINT NOT NULL,
  user_id   BIGINT NOT NULL,
  PRIMARY KEY (ticket_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ticket_terms (
  term      VARCHAR(64) NOT NULL,
  ticket_id BIGINT      NOT NULL,
  PRIMARY KEY (term, ticket_id),
  KEY ticket_terms_ticket (ticket_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS idempotency_keys (
  user_id      BIGINT       NOT NULL,
  name         VARCHAR(200) NOT NULL,
  content_hash CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ticket_id    BIGINT       NOT NULL,
  created_at   DATETIME(6)  NOT NULL,
  PRIMARY KEY (user_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS jobs (
  id               BIGINT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
  ticket_id        BIGINT          NOT NULL,
  worker_group     VARCHAR(64)     NOT NULL,
  state            VARCHAR(20)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  cancel_requested TINYINT         NOT NULL DEFAULT 0,
  recovery         TINYINT         NOT NULL DEFAULT 0,
  attempt          INT             NOT NULL DEFAULT 0,
  requeues         INT             NOT NULL DEFAULT 0,
  fence            BIGINT UNSIGNED NOT NULL DEFAULT 0,
  lease_owner      VARCHAR(200)    NOT NULL DEFAULT '',
  lease_until      DATETIME(6)     NULL,
  not_before       DATETIME(6)     NOT NULL,
  next_dispatch_at DATETIME(6)     NOT NULL,
  dispatch_count   INT             NOT NULL DEFAULT 0,
  phase            VARCHAR(32)     NOT NULL DEFAULT '',
  committed_at     DATETIME(6)     NULL,
  progress         LONGTEXT        NOT NULL,
  names            LONGTEXT        NOT NULL,
  sessions         LONGTEXT        NOT NULL,
  intent           LONGTEXT        NOT NULL,
  created_at       DATETIME(6)     NOT NULL,
  started_at       DATETIME(6)     NULL,
  finished_at      DATETIME(6)     NULL,
  UNIQUE KEY jobs_ticket (ticket_id),
  KEY jobs_dispatch (state, next_dispatch_at),
  KEY jobs_lease (state, lease_until)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS attempts (
  ticket_id   BIGINT          NOT NULL,
  number      INT             NOT NULL,
  fence       BIGINT UNSIGNED NOT NULL,
  worker      VARCHAR(200)    NOT NULL,
  state       VARCHAR(20)     NOT NULL,
  code        VARCHAR(64)     NOT NULL DEFAULT '',
  message     TEXT            NOT NULL,
  started_at  DATETIME(6)     NOT NULL,
  finished_at DATETIME(6)     NULL,
  PRIMARY KEY (ticket_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- job_id is a job, or the negative id of a kept schema that is being dropped.
CREATE TABLE IF NOT EXISTS job_locks (
  lock_key     VARCHAR(500) NOT NULL,
  job_id       BIGINT       NOT NULL,
  is_exclusive TINYINT      NOT NULL,
  PRIMARY KEY (lock_key, job_id),
  KEY job_locks_job (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- due_at is when a kept schema may be dropped, and when the lease of a drop under way ends.
CREATE TABLE IF NOT EXISTS kept_schemas (
  id            BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  ticket_id     BIGINT       NOT NULL,
  kind          VARCHAR(32)  NOT NULL,
  instance_id   BIGINT       NOT NULL,
  fingerprint   VARCHAR(400) NOT NULL,
  schema_name   VARCHAR(64)  NOT NULL,
  database_name VARCHAR(64)  NOT NULL,
  names         LONGTEXT     NOT NULL,
  state         VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  due_at        DATETIME(6)  NOT NULL,
  owner         VARCHAR(200) NOT NULL DEFAULT '',
  failure       TEXT         NOT NULL,
  created_at    DATETIME(6)  NOT NULL,
  dropped_at    DATETIME(6)  NULL,
  KEY kept_schemas_due (state, due_at),
  KEY kept_schemas_ticket (ticket_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- seq is NULL until the relay has numbered the committed row.
CREATE TABLE IF NOT EXISTS events (
  id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  seq        BIGINT       NULL,
  type       VARCHAR(64)  NOT NULL,
  aggregate  VARCHAR(32)  NOT NULL,
  subject_id BIGINT       NOT NULL,
  owner_id   BIGINT       NOT NULL,
  actor_id   BIGINT       NOT NULL,
  actor_name VARCHAR(200) NOT NULL,
  data       LONGTEXT     NOT NULL,
  at         DATETIME(6)  NOT NULL,
  UNIQUE KEY events_seq (seq),
  KEY events_subject (aggregate, subject_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS audit (
  id          BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  aggregate   VARCHAR(32)  NOT NULL,
  subject_id  BIGINT       NOT NULL,
  seq         BIGINT       NOT NULL,
  action      VARCHAR(64)  NOT NULL,
  actor_id    BIGINT       NOT NULL,
  actor_name  VARCHAR(200) NOT NULL,
  actor_role  VARCHAR(16)  NOT NULL,
  address     VARCHAR(64)  NOT NULL,
  before_json LONGTEXT     NOT NULL,
  after_json  LONGTEXT     NOT NULL,
  at          DATETIME(6)  NOT NULL,
  prev_hash   CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hash        CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  UNIQUE KEY audit_chain (aggregate, subject_id, seq),
  KEY audit_actor (actor_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The last row of each chain; locked while a row is added.
CREATE TABLE IF NOT EXISTS audit_heads (
  aggregate  VARCHAR(32) NOT NULL,
  subject_id BIGINT      NOT NULL,
  seq        BIGINT      NOT NULL,
  hash       CHAR(64)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (aggregate, subject_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Rows that one process at a time holds by locking them. `relay` keeps the last event number given.
CREATE TABLE IF NOT EXISTS leases (
  name  VARCHAR(32) NOT NULL PRIMARY KEY,
  value BIGINT      NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO leases (name) VALUES ('relay'), ('claim') ON DUPLICATE KEY UPDATE value = value;

-- What all nodes of this installation must agree on.
CREATE TABLE IF NOT EXISTS installation (
  name  VARCHAR(64) NOT NULL PRIMARY KEY,
  value TEXT        NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS installation, leases, audit_heads, audit, events, kept_schemas, job_locks, attempts, jobs,
  idempotency_keys, ticket_terms, ticket_editors, tickets;
