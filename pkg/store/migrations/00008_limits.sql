-- What copies may take from an instance, and what each running job has taken of its connections.

-- +goose Up
CREATE TABLE IF NOT EXISTS instance_limits (
  instance_id          BIGINT NOT NULL PRIMARY KEY,
  connections          INT    NOT NULL,
  megabytes_per_second INT    NOT NULL,
  threads_running      INT    NOT NULL,
  lag_seconds          INT    NOT NULL,
  CONSTRAINT instance_limits_instance_fk FOREIGN KEY (instance_id) REFERENCES instances (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Taken at the claim under the claim's lock, given back with the job's locks: a killed worker's rows stay until its job
-- was taken over and cleaned up.
CREATE TABLE IF NOT EXISTS instance_slots (
  job_id      BIGINT     NOT NULL,
  side        VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  instance_id BIGINT     NOT NULL,
  connections INT        NOT NULL,
  PRIMARY KEY (job_id, side),
  KEY instance_slots_instance (instance_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE IF EXISTS instance_slots, instance_limits;
