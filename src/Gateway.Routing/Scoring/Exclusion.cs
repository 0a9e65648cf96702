namespace Gateway.Routing;

/// <summary>Why a candidate cannot serve a request.</summary>
public enum Exclusion
{
    /// <summary>It can.</summary>
    None,

    /// <summary>Its card does not list a capability that the request needs.</summary>
    MissingCapability,

    /// <summary>Prompt and answer are estimated to be longer than its context window.</summary>
    ContextWindow,

    /// <summary>It is made for something else: it embeds and the request wants text, or the other way round.</summary>
    WrongKind,

    /// <summary>Its vectors cannot be compared with those of the route's first embedding model.</summary>
    OtherVectors,
}
