using System.Text.Json;

namespace Gateway.Engine.Dialogue;

/// <summary>A conversation that the model is to go on with.</summary>
public sealed record Conversation
{
    /// <summary>OpenAI messages, an array.</summary>
    public required JsonElement Messages { get; init; }

    /// <summary>The functions that may be called; empty for none.</summary>
    public IReadOnlyList<ToolFunction> Tools { get; init; } = [];

    /// <summary>Whether functions are called. Has no meaning without <see cref="Tools"/>.</summary>
    public ToolChoiceMode ToolChoice { get; init; } = ToolChoiceMode.Auto;

    /// <summary>The one function that <see cref="ToolChoiceMode.Required"/> means; null for any of <see cref="Tools"/>.</summary>
    public string? RequiredFunction { get; init; }

    /// <summary>Whether an answer may hold several calls. When not, it ends behind the first. The default is true.</summary>
    public bool ParallelToolCalls { get; init; } = true;

    /// <summary>Further variables of the template, such as <c>enable_thinking</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> TemplateVariables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>The date that templates may print.</summary>
    public required DateTimeOffset Now { get; init; }
}
