namespace Gateway.Engine.Tokenization;

/// <summary>What the text of an added token, such as <c>&lt;｜User｜&gt;</c>, means where it occurs in a text to encode.</summary>
public enum AddedTokens
{
    /// <summary>It stands for the token: right for text that this program wrote, such as a rendered chat template.</summary>
    Recognize,

    /// <summary>It is ordinary text: right for everything that a caller sent. Otherwise a message could open a turn of its own.</summary>
    Plain,
}
