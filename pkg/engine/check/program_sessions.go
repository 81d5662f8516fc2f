package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// programSessions refuses client programs where the source begins their sessions so that rows come out changed or not at
// all, and nothing tells them so: with another character set than the one that they ask for, or with an end to every
// SELECT after some rows. Not every version of a dump program can be told to set these itself.
func programSessions(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly || !byPrograms(in.Plan) {
		return nil, nil
	}
	db, err := engine.OpenUnset(in.Spec.Source)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var client, results string
	var most uint64
	if err := db.QueryRowContext(ctx, "SELECT @@character_set_client, COALESCE(@@character_set_results, 'binary'), @@sql_select_limit").Scan(&client, &results, &most); err != nil {
		return nil, err
	}
	var findings []engine.Finding
	if client != asked || results != asked {
		findings = append(findings, block("source_sets_charset", nil,
			fmt.Sprintf("The source gives the sessions of the read account the character sets %s and %s, whatever they ask for (init_connect, or skip-character-set-client-handshake); the client programs would change texts.", client, results),
			fmt.Sprintf("无论客户端如何请求，源服务器都会将读取账号会话的字符集设为 %s 和 %s（init_connect 或 skip-character-set-client-handshake）；客户端程序会改变文本。", client, results),
			"Let the engine choose the executor: the native one sets its own. Or run on the source: SET GLOBAL init_connect = ''; and start it without skip-character-set-client-handshake.",
			"请让引擎自行选择执行方式：原生方式会自行设置字符集；也可在源端执行：SET GLOBAL init_connect = ''；并在启动时去掉 skip-character-set-client-handshake。"))
	}
	if most < 1<<32-1 { // on 32 bits it is no limit
		findings = append(findings, block("source_limits_selects", nil,
			fmt.Sprintf("The source ends every SELECT of the read account after %d rows (sql_select_limit), those of the client programs too.", most),
			fmt.Sprintf("源服务器会在 %d 行后结束读取账号的所有 SELECT（sql_select_limit），客户端程序也不例外。", most),
			"Let the engine choose the executor: the native one reads everything. Or run on the source: SET GLOBAL sql_select_limit = DEFAULT; and take the limit out of init_connect.",
			"请让引擎自行选择执行方式：原生方式会读取全部数据；也可在源端执行：SET GLOBAL sql_select_limit = DEFAULT；并从 init_connect 中去掉该限制。"))
	}
	return findings, nil
}

// asked is the character set that the client programs ask for, as our own sessions do.
const asked = "utf8mb4"
