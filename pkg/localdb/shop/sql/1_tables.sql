-- The tables of a small web shop. Collations are named because the servers' defaults differ.

CREATE TABLE categories (
  id        SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  parent_id SMALLINT UNSIGNED,
  name      VARCHAR(60) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY name (name),
  CONSTRAINT categories_parent FOREIGN KEY (parent_id) REFERENCES categories (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE products (
  id             INT UNSIGNED NOT NULL AUTO_INCREMENT,
  category_id    SMALLINT UNSIGNED NOT NULL,
  sku            CHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name           VARCHAR(120) NOT NULL,
  maker          VARCHAR(60) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL,
  price          DECIMAL(10,2) NOT NULL,
  price_in_cents BIGINT GENERATED ALWAYS AS (price * 100) STORED,
  weight_kg      FLOAT NOT NULL COMMENT 'at most six digits, so that its text is exact',
  volume_m3      DOUBLE NOT NULL,
  attributes     JSON NOT NULL,
  picture        BLOB,
  on_sale_since  DATE NOT NULL DEFAULT '0000-00-00' COMMENT 'zero: not on sale yet',
  PRIMARY KEY (id),
  UNIQUE KEY sku (sku),
  KEY by_category (category_id, price),
  FULLTEXT KEY words (name),
  CONSTRAINT products_category FOREIGN KEY (category_id) REFERENCES categories (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='what the shop sells; 商品';

CREATE TABLE price_changes (
  id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  product_id INT UNSIGNED NOT NULL,
  old_price  DECIMAL(10,2) NOT NULL,
  new_price  DECIMAL(10,2) NOT NULL,
  changed_at DATETIME NOT NULL,
  PRIMARY KEY (id),
  KEY by_product (product_id, changed_at),
  CONSTRAINT price_changes_product FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE warehouses (
  code CHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  city VARCHAR(60) NOT NULL,
  PRIMARY KEY (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE stock (
  warehouse_code CHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  product_id     INT UNSIGNED NOT NULL,
  quantity       INT NOT NULL,
  PRIMARY KEY (warehouse_code, product_id),
  KEY by_product (product_id),
  CONSTRAINT stock_warehouse FOREIGN KEY (warehouse_code) REFERENCES warehouses (code),
  CONSTRAINT stock_product FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE customers (
  id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  email      VARCHAR(120) NOT NULL,
  name       VARCHAR(80) NOT NULL,
  country    CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  language   ENUM('en','zh','de','es') NOT NULL DEFAULT 'en',
  interests  SET('books','music','garden','games','food') NOT NULL DEFAULT '',
  newsletter BIT(1) NOT NULL DEFAULT b'0',
  flags      BIT(12) NOT NULL DEFAULT b'0',
  born_on    DATE COMMENT 'zero: not told',
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY email (email),
  KEY by_country (country, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE orders (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  customer_id INT UNSIGNED NOT NULL,
  status      ENUM('new','paid','shipped','returned') NOT NULL DEFAULT 'new',
  placed_at   DATETIME(3) NOT NULL,
  shipped_on  DATE NOT NULL DEFAULT '0000-00-00' COMMENT 'zero: not shipped',
  total       DECIMAL(12,2) NOT NULL DEFAULT 0,
  note        VARCHAR(200),
  PRIMARY KEY (id),
  KEY by_customer (customer_id, placed_at),
  KEY by_status (status, placed_at),
  CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE order_lines (
  order_id   BIGINT UNSIGNED NOT NULL,
  line       TINYINT UNSIGNED NOT NULL,
  product_id INT UNSIGNED NOT NULL,
  quantity   SMALLINT UNSIGNED NOT NULL,
  price      DECIMAL(10,2) NOT NULL,
  discount   FLOAT NOT NULL DEFAULT 0,
  PRIMARY KEY (order_id, line),
  KEY by_product (product_id),
  CONSTRAINT order_lines_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT order_lines_product FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE payments (
  reference BINARY(16) NOT NULL,
  order_id  BIGINT UNSIGNED NOT NULL,
  method    ENUM('card','transfer','wallet') NOT NULL,
  amount    DECIMAL(12,2) NOT NULL,
  details   JSON NOT NULL,
  paid_at   TIMESTAMP(6) NULL,
  PRIMARY KEY (reference),
  UNIQUE KEY by_order (order_id),
  CONSTRAINT payments_order FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE reviews (
  product_id  INT UNSIGNED NOT NULL,
  customer_id INT UNSIGNED NOT NULL,
  stars       TINYINT UNSIGNED NOT NULL,
  body        TEXT NOT NULL,
  PRIMARY KEY (product_id, customer_id),
  KEY by_customer (customer_id),
  CONSTRAINT reviews_product FOREIGN KEY (product_id) REFERENCES products (id),
  CONSTRAINT reviews_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE page_views (
  seen_at     DATETIME NOT NULL,
  customer_id INT UNSIGNED,
  path        VARCHAR(100) NOT NULL,
  took_ms     FLOAT NOT NULL,
  KEY by_time (seen_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='no primary key';
