package compare

import (
	"context"
	"fmt"
	"strings"
)

func (r *reader) count(ctx context.Context, table string) (rows int64, err error) {
	err = r.conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+quote(r.database)+"."+quote(table)).Scan(&rows)
	return rows, err
}

// ofTheMoment is a virtual column whose values are those of the session that reads it: no row has them.
const ofTheMoment = `EXTRA LIKE '%VIRTUAL%' AND COALESCE(GENERATION_EXPRESSION, '') REGEXP '(^|[^a-z0-9_])(rand|uuid|uuid_short|connection_id|database|schema|user|current_user|current_role|version|now|sysdate|current_timestamp|curdate|curtime|utc_date|utc_time|utc_timestamp|unix_timestamp|last_insert_id|row_count|found_rows)[(]'`

// checksum is over every column of every row, invisible ones included, independent of row order and of storage format.
func (r *reader) checksum(ctx context.Context, table string) (string, error) {
	names, err := columns(ctx, r.conn, "SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NOT ("+ofTheMoment+") ORDER BY ORDINAL_POSITION", r.database, table)
	if err != nil {
		return "", err
	}
	var values []string
	for _, c := range names {
		values = append(values, "COALESCE("+r.exactly(quote(c[0]), strings.ToLower(c[1]))+", '-')")
	}
	hash := "SHA2(CONCAT_WS(',', " + strings.Join(append(values, "1"), ", ") + "), 256)"
	part := func(from int) string {
		return fmt.Sprintf("COALESCE(SUM(CAST(CONV(SUBSTRING(h, %d, 8), 16, 10) AS UNSIGNED)), 0)", from)
	}
	query := "SELECT CONCAT_WS('-', " + part(1) + ", " + part(9) + ", " + part(17) + ", " + part(25) + ") FROM (SELECT " + hash + " AS h FROM " +
		quote(r.database) + "." + quote(table) + ") AS hashes"
	var sum string
	err = r.conn.QueryRowContext(ctx, query).Scan(&sum)
	return sum, err
}

// exactly is an expression whose text is the same for equal values only.
func (r *reader) exactly(name, dataType string) string {
	bytes := "SHA2(CAST(%[1]s AS BINARY), 256)" // HEX would be NULL where it is longer than a packet
	switch dataType {
	case "float":
		// by its exact value, not by its six digits; adding 0 would lose the sign of -0
		bytes = "HEX(CAST(%[1]s * 1e0 AS BINARY))"
		if r.cross { // one flavour prints small values with an exponent, the other does not
			bytes = "CONCAT(LEFT(CAST(%[1]s * 1e0 AS BINARY), 1) = '-', CAST(%[1]s * 1e0 AS DECIMAL(65, 20)), '/', CAST(IF(ABS(%[1]s) < 1e-3, %[1]s * POW(2, 149), 0) AS DECIMAL(65, 20)))"
		}
	case "double":
		// the text may be rounded: then what it lacks is not zero
		bytes = "CONCAT(HEX(CAST(%[1]s AS BINARY)), '/', ABS(%[1]s - (CAST(%[1]s AS CHAR) + 0e0)) <> 0)"
		if r.cross { // see above; a power of two takes nothing from the digits
			bytes = "IF(ABS(%[1]s) BETWEEN 1e-300 AND 1e-3, CONCAT(CAST(%[1]s * POW(2, -FLOOR(LOG2(ABS(%[1]s)))) AS CHAR), '/', FLOOR(LOG2(ABS(%[1]s)))), " + bytes + ")"
		}
	case "enum", "set":
		bytes = "CONCAT(HEX(CAST(%[1]s AS BINARY)), '/', CAST(%[1]s AS UNSIGNED))" // the error value of an ENUM has the text of a member ''
	case "json":
		if !r.documents {
			return fmt.Sprintf("SHA2(CAST(%[1]s AS CHAR), 256)", name)
		}
		// JSON can hold dates, decimals and binary, which as text would be strings and other numbers
		plain := "CAST(CAST(%[1]s AS CHAR) AS JSON)"
		bytes = "CONCAT(SHA2(CAST(%[1]s AS CHAR), 256), IF(%[1]s = " + plain + " AND BINARY CAST(%[1]s AS CHAR) = BINARY CAST(" + plain + " AS CHAR), '', '/typed'))"
	}
	return fmt.Sprintf(bytes, name)
}
