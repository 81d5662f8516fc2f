-- A table that mysqldump cannot carry: the server prints a FLOAT with six digits, 16777217 and 0.1 + 0.2 need more.

CREATE TABLE measurements (
  id     INT UNSIGNED NOT NULL AUTO_INCREMENT,
  sensor VARCHAR(40) NOT NULL,
  value  FLOAT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO measurements (sensor, value) VALUES
  ('exact', 0.5), ('rounded', 16777216), ('rounded', 3.14159274), ('exact', -2.25);
