package inventory

import (
	"fmt"
	"net"
	"strconv"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
)

// The codes of a test that connected: all is well, or the account still needs rights.
const (
	codeOK     = "ok"
	codeGrants = "grants_missing"
)

// describe says what a connection test found, what is wrong and what to do about it.
func describe(r TestResult, in Instance, cause error) engine.Text {
	at := net.JoinHostPort(in.Host, strconv.Itoa(in.Port))
	user := in.account(r.Role).User
	switch r.Code {
	case codeOK:
		return engine.Text{
			EN: fmt.Sprintf("Connected to %s as %s: %s %s.", at, user, r.Server.Flavour, r.Server.Version),
			ZH: fmt.Sprintf("已用账号 %s 连接到 %s：%s %s。", user, at, r.Server.Flavour, r.Server.Version),
		}
	case codeGrants:
		return engine.Text{
			EN: fmt.Sprintf("Connected to %s as %s, but the account lacks rights on Overmind's staging schemas. Run the statements as an administrator of the server.", at, user),
			ZH: fmt.Sprintf("已用账号 %s 连接到 %s，但该账号缺少 Overmind 暂存库的权限。请以服务器管理员身份执行所列语句。", user, at),
		}
	case "unreachable":
		return engine.Text{
			EN: fmt.Sprintf("Nothing answers at %s. Check the host and the port, whether the server is up, and the firewall between it and Overmind.", at),
			ZH: fmt.Sprintf("%s 没有响应。请检查主机和端口、服务器是否在运行，以及它与 Overmind 之间的防火墙。", at),
		}
	case "auth_failed":
		return engine.Text{
			EN: fmt.Sprintf("%s refuses account %s. Check the user and the password, and that the account may sign in from Overmind's address (its host part).", at, user),
			ZH: fmt.Sprintf("%s 拒绝账号 %s。请检查用户名和密码，以及该账号是否允许从 Overmind 的地址登录（账号的主机部分）。", at, user),
		}
	case "tls_failed":
		return engine.Text{
			EN: fmt.Sprintf("The TLS connection to %s fails with mode %s. Check that the server offers TLS, the CA certificate and, for verify-full, that the certificate names %s. A server that offers only old TLS is reached with preferred or off.", at, in.TLS, in.Host),
			ZH: fmt.Sprintf("以 %s 模式与 %s 建立 TLS 连接失败。请检查服务器是否启用 TLS、CA 证书；使用 verify-full 时证书须包含 %s。只提供旧版 TLS 的服务器请用 preferred 或 off 模式。", in.TLS, at, in.Host),
		}
	case "too_many_connections":
		return engine.Text{
			EN: fmt.Sprintf("%s has no free connection. Try again later, or raise max_connections or the limit of account %s.", at, user),
			ZH: fmt.Sprintf("%s 没有空闲连接。请稍后再试，或提高 max_connections 或账号 %s 的连接上限。", at, user),
		}
	case "secret_required":
		return engine.Text{
			EN: fmt.Sprintf("No password is stored for account %s. Enter it: a change of host, port, user or TLS removes it.", user),
			ZH: fmt.Sprintf("没有保存账号 %s 的密码，请重新输入：更改主机、端口、用户或 TLS 后密码会被清除。", user),
		}
	case "secret_unreadable":
		return engine.Text{
			EN: fmt.Sprintf("The stored password of account %s cannot be decrypted. Enter it again.", user),
			ZH: fmt.Sprintf("无法解密账号 %s 保存的密码，请重新输入。", user),
		}
	case "host_unresolvable":
		return engine.Text{
			EN: fmt.Sprintf("The name %s cannot be resolved from Overmind's host. Check the spelling and the DNS.", in.Host),
			ZH: fmt.Sprintf("Overmind 所在主机无法解析 %s。请检查拼写和 DNS。", in.Host),
		}
	case "host_not_allowed":
		return engine.Text{
			EN: fault.As(cause).Message,
			ZH: fmt.Sprintf("不允许使用 %s：它指向回环、链路本地、元数据地址、Overmind 自身的服务，或不在允许的网络内。", in.Host),
		}
	}
	return engine.Text{
		EN: fmt.Sprintf("The connection to %s as %s failed: %s", at, user, fault.As(cause).Message),
		ZH: fmt.Sprintf("用账号 %s 连接 %s 失败（%s）。", user, at, r.Code),
	}
}
