namespace Gateway.Engine.Backends;

/// <summary>The table of token vectors.</summary>
internal interface IEmbedding
{
    /// <summary>Sets each row to the vector of its token.</summary>
    void Apply(IRows hidden);
}
