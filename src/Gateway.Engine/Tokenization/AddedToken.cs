namespace Gateway.Engine.Tokenization;

/// <summary>A token that is found in the text as a whole, before the model splits what is left (<c>added_tokens</c> of tokenizer.json).</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">The text that it stands for; never empty.</param>
public sealed record AddedToken(int Id, string Content)
{
    /// <summary>Left out when decoding skips special tokens. Chat marks need not be special: <c>&lt;｜User｜&gt;</c> of DeepSeek-V3 is not.</summary>
    public bool IsSpecial { get; init; }

    /// <summary>Found only where no word character touches it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Takes the white space to its left with it.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Takes the white space to its right with it.</summary>
    public bool StripsRight { get; init; }

    /// <summary>Looked for in the normalised text, after all tokens that are not; its own content is normalised too.</summary>
    public bool Normalized { get; init; }
}
