using System.Text.Json;

namespace Gateway.Engine.ChatTemplates;

/// <summary>One conversation to render.</summary>
public sealed record ChatTemplateInput
{
    /// <summary>
    /// The messages, an array of objects in OpenAI's wire format. They reach the template as they are;
    /// <see cref="ChatMessages.Normalize"/> brings them into the form that most templates expect.
    /// </summary>
    public required JsonElement Messages { get; init; }

    /// <summary>The tools in OpenAI's wire format; null (or JSON null) gives the template <c>none</c>.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Whether the prompt ends with the opening of the assistant's turn. The default is true.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>The text of the checkpoint's token that begins a sequence.</summary>
    public string BosToken { get; init; } = "";

    /// <summary>The text of the checkpoint's token that ends a sequence.</summary>
    public string EosToken { get; init; } = "";

    /// <summary>
    /// Further variables, e.g. <c>enable_thinking</c> (clients send them as <c>chat_template_kwargs</c>). The names of the
    /// variables above (<c>messages</c>, <c>tools</c>, <c>add_generation_prompt</c>, <c>bos_token</c>, <c>eos_token</c>) are refused.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>What <c>strftime_now</c> shows.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>
    /// Makes text that spells out control tokens harmless. Applied to every string that came from the client: in messages, tools
    /// and <see cref="Extra"/>, and again to what a template decodes from JSON text, so it has to leave its own output unchanged.
    /// Left alone: the marks <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c> in an assistant's message, since templates strip old
    /// reasoning by them; and roles and keys that are plain names (letters, digits, <c>_ - . $</c>), since templates look for them.
    /// </summary>
    public Func<string, string>? ShieldText { get; init; }
}
