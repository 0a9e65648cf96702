using System.Text.Json;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates;

/// <summary>The variables that a template starts with, named and filled as transformers does it.</summary>
internal static class TemplateVariables
{
    private const string Messages = "messages";
    private const string Tools = "tools";
    private const string Documents = "documents";
    private const string AddGenerationPrompt = "add_generation_prompt";
    private const string BosToken = "bos_token";
    private const string EosToken = "eos_token";

    public static void Define(RenderContext context, ChatTemplateInput input)
    {
        var json = new JsonValues(context.Shield, context.Budget);
        var scope = context.Scope;
        scope.Set(Messages, ReadMessages(input.Messages, context));
        scope.Set(Tools, input.Tools is { } tools ? json.Read(tools) : NoneValue.Instance);
        scope.Set(Documents, NoneValue.Instance);
        scope.Set(AddGenerationPrompt, BoolValue.Of(input.AddGenerationPrompt));
        scope.Set(BosToken, new StringValue(input.BosToken));
        scope.Set(EosToken, new StringValue(input.EosToken));
        foreach (var (name, value) in input.Extra)
        {
            if (name is Messages or Tools or AddGenerationPrompt or BosToken or EosToken)
            {
                throw new ChatTemplateException(
                    $"'{name}' cannot be given as a further variable of the chat template: it has its own field.");
            }

            scope.Set(name, json.Read(value));
        }
    }

    private static ListValue ReadMessages(JsonElement messages, RenderContext context)
    {
        if (messages.ValueKind != JsonValueKind.Array)
        {
            throw new ChatTemplateException("messages: an array is expected.");
        }

        context.Budget.AllocateItems(messages.GetArrayLength());
        return new ListValue([.. messages.EnumerateArray().Select((message, i) => ReadMessage(message, i, context))]);
    }

    private static DictValue ReadMessage(JsonElement message, int position, RenderContext context)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            throw new ChatTemplateException($"messages[{position}]: an object is expected.");
        }

        var isAssistant = message.TryGetProperty("role", out var role) && role.ValueKind == JsonValueKind.String && role.ValueEquals("assistant");
        var json = new JsonValues(isAssistant ? context.Shield.KeepingThinkMarks() : context.Shield, context.Budget);
        return WithReasoningUnderBothNames(json.ReadMessage(message));
    }

    // Templates differ in the name that they read an earlier turn's reasoning by.
    private static DictValue WithReasoningUnderBothNames(DictValue message)
    {
        var reasoningContent = new StringValue("reasoning_content");
        var thinking = new StringValue("thinking");
        var has = message.TryGet(reasoningContent, out var reasoning);
        if (has == message.TryGet(thinking, out var thought))
        {
            return message;
        }

        return new DictValue([.. message.Entries, KeyValuePair.Create<Value, Value>(has ? thinking : reasoningContent, (has ? reasoning : thought)!)]);
    }
}
