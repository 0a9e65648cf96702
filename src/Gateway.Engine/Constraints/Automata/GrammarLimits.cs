namespace Gateway.Engine.Constraints.Automata;

/// <summary>
/// What compiling a grammar may take, for schemas come from callers. The limits bound time as well: what they allow compiles in about a
/// second.
/// </summary>
internal static class GrammarLimits
{
    /// <summary>States of all automata of a grammar, shared ones left out.</summary>
    public const int MaxStates = 50_000;

    /// <summary>States before determinisation.</summary>
    public const int MaxParts = 200_000;

    /// <summary>Members of all sets of states that determinisation goes through.</summary>
    public const int MaxWork = 5_000_000;

    /// <summary>Repetitions of more parts than this are counted on the stack.</summary>
    public const int MaxInlineParts = 64;

    public static GrammarException TooLarge() => new(
        $"The grammar is too large: it takes more than {MaxStates} states, or too much work to find them. "
        + "Use fewer alternatives and optional parts, and smaller bounds where patterns and lengths come together.");
}
