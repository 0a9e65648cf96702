namespace Gateway.Policies;

/// <summary>What becomes of a stream that breaks after its first token has gone to the client.</summary>
public enum RecoveryMode
{
    /// <summary><c>continue</c>: a candidate that can continue an assistant message goes on where the stream broke; without one, as <see cref="Fail"/>.</summary>
    Continue,

    /// <summary><c>fail</c>: the client gets an error inside the stream, and the connection ends without an end mark.</summary>
    Fail,
}
