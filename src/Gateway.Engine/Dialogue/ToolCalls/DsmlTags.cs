namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>The tags of DSML inside of a call, as an answer spells them.</summary>
internal sealed record DsmlTags
{
    /// <summary>Before a parameter's name.</summary>
    public required string ParameterBegin { get; init; }

    /// <summary>Behind the name, before a value that is text.</summary>
    public required string TextBegin { get; init; }

    /// <summary>Behind the name, before a value that is JSON.</summary>
    public required string JsonBegin { get; init; }

    /// <summary>Behind a value.</summary>
    public required string ParameterEnd { get; init; }

    /// <summary>Behind the last parameter.</summary>
    public required string CallEnd { get; init; }
}
