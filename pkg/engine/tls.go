package engine

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"overmind/pkg/fault"
)

func (at Endpoint) tlsConfig() (*tls.Config, error) {
	if at.TLS == TLSOff {
		return nil, nil
	}
	cfg := &tls.Config{ServerName: at.Host, MinVersion: tls.VersionTLS12}
	if at.TLSCA != "" {
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM([]byte(at.TLSCA)) {
			return nil, fault.New(fault.Invalid, "tls_failed", "The CA certificate for %s is not a PEM certificate.", at.label())
		}
	}
	switch at.TLS {
	case TLSVerifyFull:
	case TLSVerifyCA:
		cfg.InsecureSkipVerify = true // the name is not checked, the chain is, below
		cfg.VerifyConnection = func(state tls.ConnectionState) error {
			options := x509.VerifyOptions{Roots: cfg.RootCAs, Intermediates: x509.NewCertPool()}
			for _, c := range state.PeerCertificates[1:] {
				options.Intermediates.AddCert(c)
			}
			_, err := state.PeerCertificates[0].Verify(options)
			return err
		}
	default:
		cfg.InsecureSkipVerify = true // required and preferred ask for encryption, not for identity
		cfg.CipherSuites = withRSAKeyExchange()
		if at.TLS != TLSRequired {
			cfg.MinVersion = tls.VersionTLS11 // preferred takes plain text too
		}
	}
	return cfg, nil
}

// withRSAKeyExchange are the cipher suites that Go offers by itself, and those of old servers: builds of MySQL 5.7 have none
// of the others, but for DHE, which Go does not know.
func withRSAKeyExchange() []uint16 {
	suites := []uint16{
		tls.TLS_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	}
	for _, suite := range tls.CipherSuites() {
		suites = append(suites, suite.ID)
	}
	return suites
}

// noCommonTLS tells whether one side ended a TLS handshake because of what the other offers. Go has no type for it.
func noCommonTLS(err error) bool {
	var alert *net.OpError
	if errors.As(err, &alert) {
		return alert.Op == "remote error" || alert.Op == "local error"
	}
	return strings.HasPrefix(err.Error(), "tls: ")
}
