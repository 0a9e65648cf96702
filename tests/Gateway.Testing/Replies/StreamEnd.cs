namespace Gateway.Testing;

/// <summary>How a stream ends after its last event.</summary>
public enum StreamEnd
{
    /// <summary>The message ends as HTTP wants it.</summary>
    Complete,

    /// <summary>The connection is closed (FIN) in the middle of the message.</summary>
    Close,

    /// <summary>The connection is reset (TCP RST; over HTTP/2 the stream).</summary>
    Reset,

    /// <summary>Nothing more is sent and the connection stays open.</summary>
    Silence,
}
