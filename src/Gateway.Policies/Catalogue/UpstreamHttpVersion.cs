namespace Gateway.Policies;

/// <summary>The HTTP version spoken with a provider.</summary>
public enum UpstreamHttpVersion
{
    /// <summary><c>auto</c>, the default: HTTP/2 over TLS where the server agrees (ALPN), HTTP/1.1 otherwise.</summary>
    Auto,

    /// <summary><c>"1.1"</c>: HTTP/1.1 only.</summary>
    Http11,

    /// <summary><c>"2"</c>: HTTP/2 only; on an http URL with prior knowledge (RFC 9113, section 3.3).</summary>
    Http2,
}
