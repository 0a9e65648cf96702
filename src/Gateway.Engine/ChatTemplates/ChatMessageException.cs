namespace Gateway.Engine.ChatTemplates;

/// <summary>A message of the client has a form that chat templates cannot take.</summary>
public sealed class ChatMessageException(string parameter, string reason) : Exception($"{parameter}: {reason}")
{
    /// <summary>The place of the offending value, e.g. <c>messages[0].content[1].type</c>.</summary>
    public string Parameter { get; } = parameter;
}
