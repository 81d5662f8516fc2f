-- Channels, what there is to tell, and each message's way. All times are UTC.

-- +goose Up
-- paced_until spaces the messages by the provider's rate; resume_at is set while the channel fails.
CREATE TABLE IF NOT EXISTS channels (
  id              BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name            VARCHAR(64)  NOT NULL,
  kind            VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  language        VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  settings        LONGTEXT     NOT NULL,
  rule            LONGTEXT     NOT NULL,
  paused          TINYINT      NOT NULL DEFAULT 0,
  version         INT          NOT NULL,
  paced_until     DATETIME(6)  NOT NULL,
  resume_at       DATETIME(6)  NULL,
  failures        INT          NOT NULL DEFAULT 0,
  last_success_at DATETIME(6)  NULL,
  last_error_at   DATETIME(6)  NULL,
  last_error      TEXT         NOT NULL,
  created_at      DATETIME(6)  NOT NULL,
  updated_at      DATETIME(6)  NOT NULL,
  UNIQUE KEY channels_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS channel_secrets (
  channel_id BIGINT          NOT NULL,
  field      VARCHAR(8)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ciphertext VARBINARY(8192) NOT NULL,
  updated_at DATETIME(6)     NOT NULL,
  PRIMARY KEY (channel_id, field),
  CONSTRAINT channel_secrets_channel_fk FOREIGN KEY (channel_id) REFERENCES channels (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row an event that somebody is told of, with the facts as they were then. ticket_id is 0 where it is of no ticket.
CREATE TABLE IF NOT EXISTS notices (
  id        BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  event_seq BIGINT      NOT NULL,
  type      VARCHAR(64) NOT NULL,
  ticket_id BIGINT      NOT NULL,
  facts     LONGTEXT    NOT NULL,
  at        DATETIME(6) NOT NULL,
  UNIQUE KEY notices_event (event_seq),
  KEY notices_ticket (ticket_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- recipient is empty for a channel that speaks to a group. message_id goes with the message, so that a duplicate is known
-- as one. attempts is also the fence: whoever claimed the row last may settle it.
CREATE TABLE IF NOT EXISTS deliveries (
  id             BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  notice_id      BIGINT       NOT NULL,
  channel_id     BIGINT       NOT NULL,
  channel_name   VARCHAR(64)  NOT NULL,
  channel_kind   VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  recipient      VARCHAR(254) NOT NULL,
  recipient_name VARCHAR(100) NOT NULL,
  language       VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lane           VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  message_id     CHAR(26)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state          VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempts       INT          NOT NULL DEFAULT 0,
  next_at        DATETIME(6)  NOT NULL,
  give_up_at     DATETIME(6)  NOT NULL,
  lease_owner    VARCHAR(200) NOT NULL DEFAULT '',
  lease_until    DATETIME(6)  NULL,
  error          TEXT         NOT NULL,
  created_at     DATETIME(6)  NOT NULL,
  settled_at     DATETIME(6)  NULL,
  UNIQUE KEY deliveries_once (notice_id, channel_id, recipient),
  KEY deliveries_next (channel_id, state, id),
  KEY deliveries_lane (channel_id, lane, recipient, state, id),
  KEY deliveries_expiry (state, give_up_at),
  CONSTRAINT deliveries_notice_fk FOREIGN KEY (notice_id) REFERENCES notices (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a person does not want to get by mail; no row means everything.
CREATE TABLE IF NOT EXISTS notification_preferences (
  user_id BIGINT   NOT NULL PRIMARY KEY,
  muted   LONGTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- That somebody was reminded of a ticket waiting for review since then.
CREATE TABLE IF NOT EXISTS review_reminders (
  ticket_id BIGINT      NOT NULL,
  since     DATETIME(6) NOT NULL,
  level     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (ticket_id, since, level)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Nobody is told of what happened before there were notifications.
INSERT INTO leases (name, value) SELECT 'notify', value FROM (SELECT value FROM leases WHERE name = 'relay') r
  ON DUPLICATE KEY UPDATE leases.value = leases.value;

-- +goose Down
DELETE FROM leases WHERE name = 'notify';
DROP TABLE IF EXISTS review_reminders, notification_preferences, deliveries, notices, channel_secrets, channels;
