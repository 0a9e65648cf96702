namespace Gateway.Engine.Tokenization.PreTokenizers;

/// <summary>What becomes of the matches of a split (the names of tokenizer.json).</summary>
internal enum SplitBehavior
{
    /// <summary>Each match is a piece, and so is each text between two.</summary>
    Isolated,

    /// <summary>Matches are left out.</summary>
    Removed,

    /// <summary>A match ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>A match begins the piece behind it.</summary>
    MergedWithNext,

    /// <summary>Like isolated, but neighbouring matches are one piece.</summary>
    Contiguous,
}
