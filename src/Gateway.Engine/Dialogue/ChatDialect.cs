using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Dialogue.History;
using Gateway.Engine.Dialogue.ToolCalls;
using Gateway.Engine.Tokenization;

namespace Gateway.Engine.Dialogue;

/// <summary>How a model's conversations are written and its answers read: its chat template, its marks of reasoning, its form of calls.</summary>
internal sealed class ChatDialect
{
    private readonly ChatTemplate _template;
    private readonly Tokenizer _tokenizer;
    private readonly PromptGuard _guard;
    private readonly string _bos;
    private readonly string _eos;
    private readonly TemplateTraits _traits;
    private readonly HistoryWriter _history;
    private readonly ReasoningMarks? _reasoning;
    private readonly ToolCallForm _form;
    private readonly ToolCallFormat? _calls;

    /// <param name="template">The model's chat template.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="bos">The text of the token that begins a sequence.</param>
    /// <param name="eos">The text of the token that ends one.</param>
    public ChatDialect(ChatTemplate template, Tokenizer tokenizer, string bos, string eos)
    {
        _template = template;
        _tokenizer = tokenizer;
        _guard = new PromptGuard(tokenizer);
        _bos = bos;
        _eos = eos;
        _traits = new TemplateProbe(template).Run();
        _history = new HistoryWriter(_traits);
        _reasoning = ReasoningMarks.Find(tokenizer);
        _form = _traits.Calls ?? ToolCallForm.Hermes;

        // What a template that knows no calls is told of them goes through it as text, and so do the marks.
        var tokens = _traits.Calls is null ? null : tokenizer;
        _calls = _form switch
        {
            ToolCallForm.DeepSeekV3 => new DeepSeekV3ToolCalls(new ToolCallMarks(DeepSeekToolCalls.AllMarks, tokens)),
            ToolCallForm.DeepSeekV31 => new DeepSeekV31ToolCalls(new ToolCallMarks(DeepSeekToolCalls.AllMarks, tokens)),
            ToolCallForm.DeepSeekV32 => new DsmlToolCalls(new ToolCallMarks(DsmlToolCalls.AllMarks, tokens), DsmlToolCalls.FunctionCalls),
            ToolCallForm.DeepSeekV4 => new DsmlToolCalls(new ToolCallMarks(DsmlToolCalls.AllMarks, tokens), DsmlToolCalls.ToolCalls),
            ToolCallForm.Hermes => new HermesToolCalls(new ToolCallMarks(HermesToolCalls.AllMarks, tokens)),
            ToolCallForm.Llama => new LlamaToolCalls(new ToolCallMarks(LlamaToolCalls.AllMarks, tokens)),
            _ => null,
        };
    }

    /// <summary>Whether functions can be offered: the form in which the model calls them is known.</summary>
    public bool TakesTools => _calls is not null;

    /// <summary>Whether the model may reason before it answers.</summary>
    public bool Reasons => _reasoning is not null;

    /// <summary>Writes the prompt of a conversation.</summary>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    /// <exception cref="ChatMessageException">A message has a form that templates cannot take.</exception>
    public ChatTurn Begin(Conversation conversation)
    {
        var calls = conversation.Tools.Count > 0 && conversation.ToolChoice != ToolChoiceMode.None
            ? _calls ?? throw new ChatTemplateException("it writes calls of functions in a form that is not known here.")
            : null;
        JsonElement? tools = calls is null ? null : JsonSerializer.SerializeToElement(conversation.Tools.Select(tool => tool.Definition));
        var messages = ChatMessages.Normalize(conversation.Messages);
        var prompt = tools is null || _traits.RendersTools
            ? Render(_template, conversation, _history.Write(messages, instructions: null), tools)
            : RenderWithInstructions(conversation, messages, tools.Value);
        return new ChatTurn(_guard.Encode(prompt), _tokenizer, _reasoning, calls, conversation);
    }

    /// <summary>
    /// The instructions are put into the rendered prompt, in place of a word that nobody can know beforehand: they hold marks that are tokens,
    /// which a message cannot have.
    /// </summary>
    private string RenderWithInstructions(Conversation conversation, JsonElement messages, JsonElement tools)
    {
        var instructions = Render(ToolInstructions.Of(_form), conversation, messages, tools);
        if (_traits.Calls is null)
        {
            return Render(_template, conversation, _history.Write(messages, instructions), tools: null);
        }

        var place = $"[{Guid.NewGuid():N}]";
        return Render(_template, conversation, _history.Write(messages, place), tools: null).Replace(place, instructions, StringComparison.Ordinal);
    }

    private string Render(ChatTemplate template, Conversation conversation, JsonElement messages, JsonElement? tools) => template.Render(new ChatTemplateInput
    {
        Messages = messages,
        Tools = tools,
        AddGenerationPrompt = true,
        BosToken = _bos,
        EosToken = _eos,
        Extra = conversation.TemplateVariables,
        Now = conversation.Now,
        ShieldText = _guard.Shield,
    });
}
