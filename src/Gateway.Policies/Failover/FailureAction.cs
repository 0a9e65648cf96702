namespace Gateway.Policies;

/// <summary>What follows a failed attempt.</summary>
public enum FailureAction
{
    /// <summary><c>retry</c>: the same candidate again after a pause, as often as the retry policy says; then as <see cref="FailOver"/>.</summary>
    Retry,

    /// <summary><c>fail_over</c>: the next candidate.</summary>
    FailOver,

    /// <summary><c>return</c>: the client gets the error.</summary>
    Return,
}
