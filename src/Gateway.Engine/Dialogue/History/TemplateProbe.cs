using System.Text.Json;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Dialogue.ToolCalls;

namespace Gateway.Engine.Dialogue.History;

/// <summary>
/// Finds out what a chat template does with tools by rendering small conversations and looking at what comes out. A template's own text says
/// little: several know of calls and not of tools, and each has its own wishes for how calls are given to it.
/// </summary>
internal sealed class TemplateProbe(ChatTemplate template)
{
    private const string Question = """{"role":"user","content":"probe-question"}""";
    private const string Tools =
        """[{"type":"function","function":{"name":"probe_function","description":"probe-description","parameters":{"type":"object","properties":{}}}}]""";

    private const string Name = "probe_function";
    private const string Text = "probe-text";
    private const string Result = "probe-result";

    private const string Answer = $$"""{"role":"tool","tool_call_id":"probe","content":"{{Result}}"}""";

    /// <summary>As Python's <c>json.dumps</c> writes it, so that it looks the same whether it went through <c>tojson</c> or not.</summary>
    private const string Arguments = """{"probe_argument": "probe-value"}""";

    public TemplateTraits Run() => (FindCallTraits() ?? TemplateTraits.Plain) with
    {
        RendersTools = Render(Question, Tools) is { } prompt && prompt.Contains(Name, StringComparison.Ordinal),
    };

    private TemplateTraits? FindCallTraits()
    {
        foreach (var wantsNull in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (var wantsObjects in (ReadOnlySpan<bool>)[false, true])
            {
                var traits = new TemplateTraits { WantsNullContent = wantsNull, WantsArgumentObjects = wantsObjects };
                if (Render($"{Question},{Call(traits, null)}") is { } prompt && prompt.Contains(Name, StringComparison.Ordinal) && FormOf(prompt) is { } form)
                {
                    return Complete(traits with { Calls = form });
                }
            }
        }

        return null;
    }

    private TemplateTraits Complete(TemplateTraits traits) => traits with
    {
        KeepsTextBeforeCalls = Render($"{Question},{Call(traits, Text)}") is { } prompt
            && prompt.IndexOf(Text, StringComparison.Ordinal) is >= 0 and var text
            && text < prompt.IndexOf(Name, StringComparison.Ordinal),
        RendersResults = Render($"{Question},{Call(traits, null)},{Answer}") is { } answered && answered.Contains(Result, StringComparison.Ordinal),
        CountsResults = BehindResults(traits, 1) != BehindResults(traits, 2),
    };

    /// <summary>What comes behind so many results of two calls; null when the template refuses them.</summary>
    private string? BehindResults(TemplateTraits traits, int count)
    {
        var prompt = Render(string.Join(',', [Question, Call(traits, null, count: 2), .. Enumerable.Repeat(Answer, count)]));
        return prompt?[Math.Max(0, prompt.LastIndexOf(Result, StringComparison.Ordinal))..];
    }

    /// <summary>Null when the arguments came out otherwise than they are, quoted twice for instance.</summary>
    private static ToolCallForm? FormOf(string prompt)
    {
        if (!prompt.Contains(Arguments, StringComparison.Ordinal))
        {
            // As members of their own: nothing is quoted.
            return prompt.Contains("probe-value", StringComparison.Ordinal) && !prompt.Contains("probe_argument\\", StringComparison.Ordinal)
                ? FormOfMembers(prompt)
                : null;
        }

        return prompt switch
        {
            _ when prompt.Contains(DeepSeekToolCalls.CallBegin, StringComparison.Ordinal) =>
                prompt.Contains("```json", StringComparison.Ordinal) ? ToolCallForm.DeepSeekV3 : ToolCallForm.DeepSeekV31,
            _ when prompt.Contains(HermesToolCalls.CallBegin, StringComparison.Ordinal) => ToolCallForm.Hermes,
            _ when prompt.Contains($$"""{"name": "{{Name}}", "parameters": {{Arguments}}}""", StringComparison.Ordinal) => ToolCallForm.Llama,
            _ => ToolCallForm.Unknown,
        };
    }

    private static ToolCallForm FormOfMembers(string prompt) => prompt switch
    {
        _ when prompt.Contains(DsmlToolCalls.ListTag(DsmlToolCalls.FunctionCalls), StringComparison.Ordinal) => ToolCallForm.DeepSeekV32,
        _ when prompt.Contains(DsmlToolCalls.ListTag(DsmlToolCalls.ToolCalls), StringComparison.Ordinal) => ToolCallForm.DeepSeekV4,
        _ => ToolCallForm.Unknown,
    };

    private static string Call(TemplateTraits traits, string? text, int count = 1)
    {
        var content = text ?? (traits.WantsNullContent ? null : "");
        var arguments = traits.WantsArgumentObjects ? Arguments : JsonSerializer.Serialize(Arguments);
        var call = $$$"""{"id":"probe","type":"function","function":{"name":"{{{Name}}}","arguments":{{{arguments}}}}}""";
        return $$"""{"role":"assistant","content":{{JsonSerializer.Serialize(content)}},"tool_calls":[{{string.Join(',', Enumerable.Repeat(call, count))}}]}""";
    }

    /// <summary>Null when the template refuses the conversation.</summary>
    private string? Render(string messages, string? tools = null)
    {
        try
        {
            return template.Render(new ChatTemplateInput
            {
                Messages = JsonElement.Parse($"[{messages}]"),
                Tools = tools is null ? null : JsonElement.Parse(tools),
                Now = DateTimeOffset.UnixEpoch,
            });
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }
}
