using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Syntax;
using Gateway.Engine.ChatTemplates.Syntax.Statements;

namespace Gateway.Engine.ChatTemplates;

/// <summary>
/// A checkpoint's chat template: a program in Jinja that turns a conversation into the prompt the model was trained on. It is run
/// as Hugging Face transformers runs it (Jinja 3.1, immutable sandbox, <c>trim_blocks</c>, <c>lstrip_blocks</c>, loop controls),
/// except that an unknown filter, test, tag or function is refused when parsed. A template has no access to anything but its
/// input, and ends within fixed bounds on steps, text and depth. Immutable; safe for concurrent use.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>The longest template, in UTF-16 characters; published ones have up to 20,000.</summary>
    public const int MaxLength = 1 << 20;

    private readonly Block _body;

    private ChatTemplate(Block body) => _body = body;

    /// <exception cref="ChatTemplateException">The template is malformed; the message names the line and what was expected.</exception>
    public static ChatTemplate Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Length <= MaxLength
            ? new ChatTemplate(TemplateParser.Parse(source))
            : throw new ChatTemplateException($"the chat template has {source.Length} characters; at most {MaxLength} are accepted.");
    }

    /// <summary>Renders the prompt for one conversation.</summary>
    /// <exception cref="ChatTemplateException">
    /// The template refuses the conversation, does something undefined with it, or exceeds a limit.
    /// </exception>
    public string Render(ChatTemplateInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var budget = new RenderBudget();
        var context = new RenderContext(budget, input.Now, new Shield(input.ShieldText));
        TemplateVariables.Define(context, input);
        try
        {
            _body.Execute(context);
        }
        catch (ChatTemplateException e) when (e.Line is null)
        {
            throw new ChatTemplateException(e.Reason, context.Line, e);
        }

        return context.Output.ToString();
    }
}
