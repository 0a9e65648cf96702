namespace Gateway.Engine;

/// <summary>What becomes of a prompt that leaves no room for an answer.</summary>
public enum ContextOverflow
{
    /// <summary>It is refused, so that another model with a larger window may be asked. The default.</summary>
    Refuse,

    /// <summary>Its beginning is cut off, and the answer says by how much.</summary>
    TruncateLeft,
}
