namespace Gateway.Testing;

/// <summary>How clients reach a <see cref="FakeProvider"/>.</summary>
public enum FakeTransport
{
    /// <summary>HTTP/1.1 in clear text.</summary>
    Http1,

    /// <summary>HTTP/1.1 over TLS.</summary>
    Http1Tls,

    /// <summary>TLS that offers HTTP/2 and HTTP/1.1 by ALPN, as public providers do.</summary>
    Http2Tls,

    /// <summary>HTTP/2 in clear text by prior knowledge (RFC 9113 section 3.3), as some self-hosted servers do.</summary>
    Http2Cleartext,
}
