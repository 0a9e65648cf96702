namespace Gateway.Engine.ChatTemplates;

/// <summary>
/// A chat template is malformed, refuses the conversation (<c>raise_exception</c>, a type error), or exceeds a limit of the
/// sandbox. The message is fit for a client: it names the cause and, where known, the line of the template.
/// </summary>
public sealed class ChatTemplateException : Exception
{
    public ChatTemplateException(string reason, int? line = null, Exception? cause = null)
        : base(line is null ? reason : $"Chat template, line {line}: {reason}", cause)
    {
        Reason = reason;
        Line = line;
    }

    /// <summary>What is wrong, without the line.</summary>
    public string Reason { get; }

    /// <summary>The line of the template, counted from 1; null when the cause lies outside the template's text.</summary>
    public int? Line { get; }
}
