namespace Gateway.Engine.Dialogue.ToolCalls;

/// <summary>What can be said of the text behind an opening mark.</summary>
internal enum CallHeadOutcome
{
    /// <summary>Too little text to tell.</summary>
    NeedsMore,

    /// <summary>No call of a function that was offered.</summary>
    NoCall,

    /// <summary>A call whose arguments begin here.</summary>
    Call,

    /// <summary>A call together with its arguments.</summary>
    WholeCall,
}
