namespace Gateway.Policies;

/// <summary>How the states of a text's tokens become one vector in the engine.</summary>
public enum PoolingMode
{
    /// <summary><c>mean</c>: of all tokens.</summary>
    Mean,

    /// <summary><c>last</c>: the last token's.</summary>
    Last,
}
