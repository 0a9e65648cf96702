namespace Gateway.Routing;

/// <summary>Words that count together, whatever they say one by one.</summary>
internal enum TaskWordClass
{
    None,

    /// <summary>Asks for or compares amounts.</summary>
    Quantity,

    /// <summary>A frequent short word of English.</summary>
    English,

    /// <summary>A frequent short word of another language in Latin letters, and no word of English.</summary>
    OtherLanguage,
}
