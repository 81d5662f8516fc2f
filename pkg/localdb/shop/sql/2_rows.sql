-- The rows, from arithmetic on row numbers: the same on every run and every server. @orders says how many orders.

SET @most = GREATEST(@orders, 2000);

CREATE TEMPORARY TABLE numbers (n BIGINT NOT NULL PRIMARY KEY)
WITH digits AS (
  SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
  UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9
)
SELECT STRAIGHT_JOIN 1 + 100000 * a.d + 10000 * b.d + 1000 * c.d + 100 * d.d + 10 * e.d + f.d AS n
FROM digits a, digits b, digits c, digits d, digits e, digits f
WHERE 100000 * a.d < @most AND 100000 * a.d + 10000 * b.d < @most AND 100000 * a.d + 10000 * b.d + 1000 * c.d < @most
  AND 100000 * a.d + 10000 * b.d + 1000 * c.d + 100 * d.d + 10 * e.d + f.d < @most;

SET @customers = @orders DIV 5 + 100;

SET @products = 2000;

INSERT INTO categories (id, parent_id, name) VALUES
  (1, NULL, 'Everything'), (2, 1, 'Books · 书籍'), (3, 1, 'Garden 🌱'), (4, 1, 'Jeux & Spiele'),
  (5, 1, 'Kitchen'), (6, 2, 'Poetry · 詩'), (7, 2, 'Science'), (8, 5, 'Tea 🍵'), (9, 5, 'Knives 🔪'), (10, 3, 'Seeds');

INSERT INTO products (id, category_id, sku, name, maker, price, weight_kg, volume_m3, attributes, picture, on_sale_since)
SELECT n, 1 + n % 10, CONCAT('SKU', LPAD(n, 7, '0')),
  CONCAT(ELT(1 + n % 6, 'Teapot', '茶壶', 'Libro', 'Gießkanne', 'Puzzle 🧩', '刀'), ' no. ', n),
  ELT(1 + n % 4, 'Müller & Söhne', 'Café Noël', 'Acme', 'O\'Hara'),
  1 + (n * 7919) % 50000 / 100, (n % 800) / 8, n / 7e0,
  JSON_OBJECT('colour', ELT(1 + n % 3, 'red', 'blue', '绿'), 'sizes', JSON_ARRAY(n % 5, n % 7), 'emoji', '👍🏽'),
  IF(n % 5 = 0, NULL, UNHEX(REPEAT(SHA2(n, 256), 1 + n % 8))),
  IF(n % 9 = 0, '0000-00-00', DATE('2023-01-01') + INTERVAL n % 900 DAY)
FROM numbers WHERE n <= @products;

INSERT INTO warehouses (code, city) VALUES
  ('BER1', 'Berlin'), ('SHA1', '上海'), ('MAD1', 'Madrid'), ('LYO1', 'Lyon'), ('OSA1', '大阪');

INSERT INTO stock (warehouse_code, product_id, quantity)
SELECT code, n, (n * 31 + LENGTH(city)) % 500 - 3 FROM warehouses, numbers WHERE n <= @products;

INSERT INTO customers (id, email, name, country, language, interests, newsletter, flags, born_on, created_at)
SELECT n, CONCAT('customer', n, '@example.com'),
  CONCAT(ELT(1 + n % 7, 'Ana García', '王小明', 'Jürgen', '佐藤', 'Zoë 🦊', 'Łukasz', 'O\'Neil'), ' ', n),
  ELT(1 + n % 5, 'DE', 'CN', 'ES', 'FR', 'JP'), 1 + n % 4, n % 32, n % 2, (n * 17) % 4096,
  CASE WHEN n % 11 = 0 THEN NULL WHEN n % 13 = 0 THEN '0000-00-00' ELSE DATE('1950-01-01') + INTERVAL n % 20000 DAY END,
  TIMESTAMP('2024-01-01') + INTERVAL (n * 1234567) % 60000000000 MICROSECOND
FROM numbers WHERE n <= @customers;

INSERT INTO orders (id, customer_id, status, placed_at, shipped_on, note)
SELECT n, 1 + (n * 7919) % @customers, 1 + n % 4,
  TIMESTAMP('2025-01-01') + INTERVAL (n * 311000) % 31536000000 * 1000 MICROSECOND,
  IF(n % 4 IN (2, 3), DATE('2025-01-03') + INTERVAL (n * 311) % 31536000 SECOND, '0000-00-00'),
  CASE n % 10 WHEN 0 THEN 'Leave it at the door 🚪' WHEN 1 THEN '请在周末送货' WHEN 2 THEN 'tab\there, "quotes"; and \\' END
FROM numbers WHERE n <= @orders;

INSERT INTO order_lines (order_id, line, product_id, quantity, price, discount)
SELECT n, line, 1 + (n * line * 37) % @products, 1 + n % 4, 1 + (n * 7919 + line) % 50000 / 100, (n % 8) * 0.03125
FROM numbers, (SELECT 1 AS line UNION ALL SELECT 2 UNION ALL SELECT 3) AS line_numbers
WHERE n <= @orders AND line <= 1 + n % 3;

UPDATE orders JOIN (
  SELECT order_id, SUM(quantity * price) AS total FROM order_lines GROUP BY order_id
) AS sums ON sums.order_id = orders.id
SET orders.total = sums.total;

INSERT INTO payments (reference, order_id, method, amount, details, paid_at)
SELECT UNHEX(LEFT(SHA2(id, 256), 32)), id, 1 + id % 3, total,
  JSON_OBJECT('bank', ELT(1 + id % 3, 'Sparkasse', '工商银行', 'BBVA'), 'fee', id % 100 / 4), IF(id % 50 = 0, NULL, placed_at)
FROM orders WHERE status <> 'new';

INSERT INTO reviews (product_id, customer_id, stars, body)
SELECT 1 + (n * 13) % @products, n, 1 + n % 5,
  CONCAT(ELT(1 + n % 4, 'Exactly as shown. ', '非常好用！', '¡Qué maravilla! 🎉 ', 'Geht so. '), REPEAT('…', n % 20))
FROM numbers WHERE n <= @customers;

INSERT INTO page_views (seen_at, customer_id, path, took_ms)
SELECT TIMESTAMP('2025-06-01') + INTERVAL n * 7 SECOND, NULLIF(n % 100, 0), CONCAT('/products/', 1 + n % @products), n % 1000 / 4
FROM numbers WHERE n <= @orders;

DROP TEMPORARY TABLE numbers;
