namespace Gateway.Engine;

/// <summary>How the states of a text's tokens become one vector.</summary>
public enum EmbeddingPooling
{
    /// <summary>The mean over all tokens: what models that were trained to predict text alone are usually read by.</summary>
    Mean,

    /// <summary>The last token, which alone has attended to all others: what embedding models made from decoders are trained for.</summary>
    Last,
}
