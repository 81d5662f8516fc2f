-- Users with their sessions and tokens, environments and instances with their sealed passwords. All times are UTC.

-- +goose Up
CREATE TABLE IF NOT EXISTS users (
  id                   BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  username             VARCHAR(64)  NOT NULL,
  display_name         VARCHAR(100) NOT NULL,
  email                VARCHAR(254) NOT NULL,
  team                 VARCHAR(100) NOT NULL,
  language             VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role                 VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  disabled             TINYINT      NOT NULL DEFAULT 0,
  must_change_password TINYINT      NOT NULL DEFAULT 0,
  password_hash        VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  token_version        INT          NOT NULL DEFAULT 1,
  created_at           DATETIME(6)  NOT NULL,
  updated_at           DATETIME(6)  NOT NULL,
  UNIQUE KEY users_username (username),
  KEY users_role (role, disabled)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row a sign-in; its refresh token is replaced at each use. The id is random and known only to who signed in.
CREATE TABLE IF NOT EXISTS sessions (
  id            CHAR(26)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  user_id       BIGINT      NOT NULL,
  refresh_hash  BINARY(32)  NOT NULL,
  token_version INT         NOT NULL,
  address       VARCHAR(64) NOT NULL,
  created_at    DATETIME(6) NOT NULL,
  expires_at    DATETIME(6) NOT NULL,
  ended_at      DATETIME(6) NULL,
  KEY sessions_user (user_id, expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS access_tokens (
  id           BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id      BIGINT       NOT NULL,
  name         VARCHAR(100) NOT NULL,
  prefix       VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  token_hash   BINARY(32)   NOT NULL,
  expires_at   DATETIME(6)  NOT NULL,
  last_used_at DATETIME(6)  NULL,
  created_at   DATETIME(6)  NOT NULL,
  UNIQUE KEY access_tokens_hash (token_hash),
  KEY access_tokens_user (user_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Sign-in attempts that have not succeeded. The name is kept as a hash: people type passwords into it.
CREATE TABLE IF NOT EXISTS login_failures (
  id        BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name_hash BINARY(32)  NOT NULL,
  address   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  at        DATETIME(6) NOT NULL,
  KEY login_failures_name (name_hash, at),
  KEY login_failures_address (address, at),
  KEY login_failures_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS environments (
  id                  BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name                VARCHAR(64) NOT NULL,
  color               CHAR(7)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  rank_order          INT         NOT NULL,
  protected           TINYINT     NOT NULL,
  may_be_source       TINYINT     NOT NULL,
  may_be_target       TINYINT     NOT NULL,
  allow_self_approval TINYINT     NOT NULL,
  version             INT         NOT NULL,
  UNIQUE KEY environments_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS instances (
  id                 BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name               VARCHAR(64)  NOT NULL,
  environment_id     BIGINT       NOT NULL,
  host               VARCHAR(253) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
  port               INT          NOT NULL,
  flavour            VARCHAR(16)  NOT NULL,
  server_version     VARCHAR(200) NOT NULL,
  fingerprint        VARCHAR(400) NOT NULL,
  tls                VARCHAR(16)  NOT NULL,
  tls_ca             MEDIUMTEXT   NOT NULL,
  read_user          VARCHAR(80)  NOT NULL,
  load_user          VARCHAR(80)  NOT NULL,
  labels             TEXT         NOT NULL,
  owner              VARCHAR(100) NOT NULL,
  worker_group       VARCHAR(64)  NOT NULL,
  disabled           TINYINT      NOT NULL DEFAULT 0,
  version            INT          NOT NULL,
  connection_version INT          NOT NULL,
  health             VARCHAR(16)  NOT NULL,
  health_message     TEXT         NOT NULL,
  health_at          DATETIME(6)  NULL,
  health_misses      INT          NOT NULL DEFAULT 0,
  created_at         DATETIME(6)  NOT NULL,
  updated_at         DATETIME(6)  NOT NULL,
  UNIQUE KEY instances_name (name),
  KEY instances_environment (environment_id),
  CONSTRAINT instances_environment_fk FOREIGN KEY (environment_id) REFERENCES environments (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Apart from instances, so that the database account of a process that never connects to them need not read it.
CREATE TABLE IF NOT EXISTS instance_secrets (
  instance_id BIGINT         NOT NULL,
  role        VARCHAR(8)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ciphertext  VARBINARY(4096) NOT NULL,
  updated_at  DATETIME(6)    NOT NULL,
  PRIMARY KEY (instance_id, role),
  CONSTRAINT instance_secrets_instance_fk FOREIGN KEY (instance_id) REFERENCES instances (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS instance_secrets, instances, environments, login_failures, access_tokens, sessions, users;
