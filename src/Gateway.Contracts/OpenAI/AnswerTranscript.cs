using System.Text;
using System.Text.Json;

namespace Gateway.Contracts.OpenAI;

/// <summary>
/// Gathers what a streamed chat answer has said so far, so that another model can go on with it. An answer with several choices, tool calls
/// or a refusal cannot be continued by text alone.
/// </summary>
public sealed class AnswerTranscript
{
    private readonly StringBuilder _text = new();

    /// <summary>Begins with what an earlier attempt said.</summary>
    public AnswerTranscript(string text = "", int tokens = 0, string? answerId = null)
    {
        _text.Append(text);
        Tokens = tokens;
        AnswerId = answerId;
    }

    /// <summary>The content of choice 0; reasoning is not part of it.</summary>
    public string Text => _text.ToString();

    /// <summary>How many events had content: at least one token each.</summary>
    public int Tokens { get; private set; }

    /// <summary>Whether <see cref="Text"/> is all there is to continue from.</summary>
    public bool IsContinuable { get; private set; } = true;

    /// <summary>The <c>id</c> of the events; null when they had none.</summary>
    public string? AnswerId { get; private set; }

    /// <summary>Takes one event's JSON.</summary>
    public void Append(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            AnswerId ??= StringOf(root, "id");
            if (root.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array)
            {
                foreach (var choice in choices.EnumerateArray())
                {
                    AppendChoice(choice);
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // An event of quite another shape: what it said is not known, and so cannot be continued.
            IsContinuable = false;
        }
    }

    private static string? StringOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Has(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Array or JsonValueKind.Object or JsonValueKind.String;

    private void AppendChoice(JsonElement choice)
    {
        if (choice.TryGetProperty("index", out var index) && index.TryGetInt32(out var number) && number != 0)
        {
            IsContinuable = false;
        }

        if (!choice.TryGetProperty("delta", out var delta) || delta.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        IsContinuable &= !Has(delta, "tool_calls") && !Has(delta, "function_call") && !Has(delta, "refusal");
        if (StringOf(delta, "content") is { Length: > 0 } content)
        {
            _text.Append(content);
            Tokens++;
        }
    }
}
