using System.Text.Json;

namespace Gateway.Providers.Local;

/// <summary>
/// Reads what a request gives the chat template beside its messages, as vLLM does: <c>chat_template_kwargs</c>, and <c>reasoning_effort</c> as
/// a variable of that name. The effort <c>none</c> turns reasoning off where the template can: <c>enable_thinking</c> (Qwen3) and
/// <c>thinking</c> (DeepSeek-V3.1) are false then, unless the request gives them itself.
/// </summary>
internal static class LocalTemplateVariables
{
    private const string Kwargs = "chat_template_kwargs";
    private const string Effort = "reasoning_effort";

    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
    private static readonly JsonElement No = JsonElement.Parse("false");

    public static IReadOnlyDictionary<string, JsonElement> Read(JsonElement root)
    {
        Dictionary<string, JsonElement> variables = [];
        if (RequestField.Find(root, Kwargs) is { } kwargs)
        {
            if (kwargs.ValueKind != JsonValueKind.Object)
            {
                throw RequestField.Wrong(Kwargs, "an object");
            }

            foreach (var member in kwargs.EnumerateObject())
            {
                variables.TryAdd(member.Name, member.Value);
            }
        }

        if (RequestField.Find(root, Effort) is { } effort)
        {
            if (effort.ValueKind != JsonValueKind.String || !Efforts.Contains(effort.GetString()))
            {
                throw RequestField.Wrong(Effort, string.Join(", ", Efforts[..^1]) + " or " + Efforts[^1]);
            }

            variables.TryAdd(Effort, effort);
            if (effort.ValueEquals("none"))
            {
                variables.TryAdd("enable_thinking", No);
                variables.TryAdd("thinking", No);
            }
        }

        return variables;
    }
}
