namespace Gateway.Policies;

/// <summary>What a client has of the text of an answer.</summary>
public enum ScenarioText
{
    /// <summary><c>whole</c>: all of it, and the mark of its end.</summary>
    Whole,

    /// <summary><c>cut</c>: its beginning, and an error.</summary>
    Cut,

    /// <summary><c>none</c>: an error instead.</summary>
    None,
}
