using Gateway.Engine.Dialogue.ToolCalls;

namespace Gateway.Engine.Dialogue.History;

/// <summary>What a chat template does with tools: templates differ, and some fail, or leave things out, over what others need.</summary>
internal sealed record TemplateTraits
{
    /// <summary>Nothing at all: the template knows neither tools nor calls nor their results.</summary>
    public static TemplateTraits Plain { get; } = new();

    /// <summary>Whether it tells the model of the tools that the request offers.</summary>
    public bool RendersTools { get; init; }

    /// <summary>The form in which it writes an assistant's calls; null when it passes over them.</summary>
    public ToolCallForm? Calls { get; init; }

    /// <summary>Whether it writes the content of messages with the role <c>tool</c>.</summary>
    public bool RendersResults { get; init; }

    /// <summary>Whether it goes on behind a message's calls only when there is a result for each of them.</summary>
    public bool CountsResults { get; init; }

    /// <summary>Whether it wants a call's arguments as an object. Otherwise it wants them as JSON text, which is how clients send them.</summary>
    public bool WantsArgumentObjects { get; init; }

    /// <summary>Whether a message with calls must have the content <c>null</c>. Otherwise it must have a string, the empty one for none.</summary>
    public bool WantsNullContent { get; init; }

    /// <summary>Whether it writes a message's text before its calls. Otherwise it drops one of them, and they have to be two messages.</summary>
    public bool KeepsTextBeforeCalls { get; init; }
}
