-- What lives beside the tables. A statement ends with a semicolon before an empty line, so bodies hold none.

CREATE FUNCTION with_tax(price DECIMAL(10,2), country CHAR(2)) RETURNS DECIMAL(12,2)
DETERMINISTIC NO SQL
COMMENT 'gross price · 含税价'
RETURN ROUND(price * CASE country WHEN 'DE' THEN 1.19 WHEN 'FR' THEN 1.20 ELSE 1.10 END, 2);

CREATE PROCEDURE return_order(IN wanted BIGINT UNSIGNED)
MODIFIES SQL DATA
BEGIN
  UPDATE orders SET status = 'returned' WHERE id = wanted AND status = 'shipped';
  IF ROW_COUNT() = 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'only a shipped order can be returned';
  END IF;
END;

CREATE TRIGGER products_price_change BEFORE UPDATE ON products FOR EACH ROW
BEGIN
  IF NEW.price <> OLD.price THEN
    INSERT INTO price_changes (product_id, old_price, new_price, changed_at) VALUES (OLD.id, OLD.price, NEW.price, NOW());
  END IF;
END;

CREATE TRIGGER orders_note BEFORE INSERT ON orders FOR EACH ROW
SET NEW.note = COALESCE(NEW.note, 'no note; 无备注 📝');

CREATE VIEW open_orders AS
SELECT orders.id, orders.placed_at, orders.total, customers.name AS customer, customers.country
FROM orders JOIN customers ON customers.id = orders.customer_id
WHERE orders.status IN ('new', 'paid');

CREATE VIEW a_country_summary AS
SELECT country, COUNT(*) AS orders, SUM(total) AS value FROM open_orders GROUP BY country;

CREATE SQL SECURITY INVOKER VIEW price_list AS
SELECT products.sku, products.name, categories.name AS category, with_tax(products.price, 'DE') AS price_in_germany
FROM products JOIN categories ON categories.id = products.category_id;

CREATE EVENT forget_old_page_views
ON SCHEDULE EVERY 1 DAY STARTS '2036-01-01 03:00:00'
COMMENT 'keeps a year'
DO DELETE FROM page_views WHERE seen_at < NOW() - INTERVAL 1 YEAR;

UPDATE products SET price = price + 1 WHERE id % 20 = 0;
