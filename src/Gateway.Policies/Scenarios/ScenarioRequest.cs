namespace Gateway.Policies;

/// <summary>What the client of a scenario asks for.</summary>
public sealed record ScenarioRequest
{
    /// <summary>A route or a model.</summary>
    public required string Model { get; init; }

    /// <summary>Whether the answer is streamed. A scenario that wants both is two scenarios by the time it is loaded.</summary>
    public bool Stream { get; init; } = true;

    /// <summary>The last message of the user.</summary>
    public string Prompt { get; init; } = "Count to sixty.";

    /// <summary>About how many tokens the prompt is made to have by text before the question; null for none.</summary>
    public int? PromptTokens { get; init; }

    /// <summary><c>max_completion_tokens</c>; null when the client is silent.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>What the request needs of a model.</summary>
    public ModelCapabilities Needs { get; init; }

    /// <summary>The id of the virtual key that asks; null for a caller who may ask for everything.</summary>
    public string? Key { get; init; }
}
