using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gateway.Contracts.OpenAI;

/// <summary>
/// A request that was read once: the few fields that the gateway decides by, and the bytes exactly as the client sent them.
/// What the gateway does not understand travels in those bytes, so key order, number formats and unknown fields survive.
/// </summary>
public sealed class OpenAIRequest
{
    public required OpenAIEndpoint Endpoint { get; init; }

    /// <summary>The body as received: valid UTF-8, a valid JSON object.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The model that the client named: a route, <c>provider/model</c> or a bare model name.</summary>
    public required string Model { get; init; }

    /// <summary>Whether the client wants an event stream.</summary>
    public required bool Stream { get; init; }

    /// <summary>Whether the client asked for the usage chunk (<c>stream_options.include_usage</c>).</summary>
    public required bool IncludeUsage { get; init; }

    /// <summary>How many choices the client asked for (<c>n</c>); at least 1.</summary>
    public required int Choices { get; init; }

    internal ByteSpan ModelValue { get; init; }

    /// <summary>The value of <c>stream_options</c>, when there is one; its length is 4 for <c>null</c>.</summary>
    internal ByteSpan? StreamOptionsValue { get; init; }

    internal bool StreamOptionsIsNull { get; init; }

    /// <summary>The value of <c>stream_options.include_usage</c>, when there is one.</summary>
    internal ByteSpan? IncludeUsageValue { get; init; }

    /// <summary>The position just behind the opening brace of the body.</summary>
    internal int FirstMember { get; init; }

    /// <summary>The position of the bracket that closes <c>messages</c>; null without messages.</summary>
    internal int? MessagesEnd { get; init; }

    internal LimitField? MaxTokens { get; init; }

    internal LimitField? MaxCompletionTokens { get; init; }

    /// <summary>
    /// The body for a provider: the model's name is the provider's, and a stream carries its usage whether or not the client asked
    /// (it is hidden from the client again). Nothing else changes; without a change the original bytes are returned.
    /// </summary>
    /// <param name="upstreamModel">The name under which the provider knows the model.</param>
    /// <param name="forceUsage">Ask for the usage chunk when this is a stream.</param>
    /// <param name="prefill">The beginning of the answer, to be continued; only with messages.</param>
    public ReadOnlyMemory<byte> ForProvider(string upstreamModel, bool forceUsage, AssistantPrefill? prefill = null)
    {
        List<(ByteSpan Span, byte[] Replacement)> edits = [];
        if (!string.Equals(upstreamModel, Model, StringComparison.Ordinal))
        {
            edits.Add((ModelValue, JsonSerializer.SerializeToUtf8Bytes(upstreamModel, OpenAIJson.Relaxed.String)));
        }

        if (forceUsage && Stream && !IncludeUsage)
        {
            edits.Add(UsageEdit());
        }

        if (prefill is not null && MessagesEnd is { } end)
        {
            AddPrefill(edits, prefill, end);
        }

        return edits.Count == 0 ? Body : Splice(edits);
    }

    private void AddPrefill(List<(ByteSpan Span, byte[] Replacement)> edits, AssistantPrefill prefill, int messagesEnd)
    {
        var mark = prefill.MarksMessage ? ",\"prefix\":true" : "";
        var text = JsonSerializer.Serialize(prefill.Text, OpenAIJson.Relaxed.String);
        edits.Add((new ByteSpan(messagesEnd, 0), Encoding.UTF8.GetBytes($",{{\"role\":\"assistant\",\"content\":{text}{mark}}}")));
        if (prefill.MarksRequest)
        {
            edits.Add((new ByteSpan(FirstMember, 0), "\"continue_final_message\":true,\"add_generation_prompt\":false,"u8.ToArray()));
        }

        foreach (var limit in (ReadOnlySpan<LimitField?>)[MaxTokens, MaxCompletionTokens])
        {
            if (limit is { } field)
            {
                edits.Add((field.Span, Encoding.ASCII.GetBytes(Math.Max(1, field.Value - prefill.Tokens).ToString(CultureInfo.InvariantCulture))));
            }
        }
    }

    private (ByteSpan Span, byte[] Replacement) UsageEdit()
    {
        if (IncludeUsageValue is { } value)
        {
            return (value, "true"u8.ToArray());
        }

        if (StreamOptionsValue is not { } options)
        {
            return (new ByteSpan(FirstMember, 0), "\"stream_options\":{\"include_usage\":true},"u8.ToArray());
        }

        if (StreamOptionsIsNull)
        {
            return (options, "{\"include_usage\":true}"u8.ToArray());
        }

        var isEmpty = Body.Span.Slice(options.Start + 1, options.Length - 2).Trim(" \t\r\n"u8).IsEmpty;
        return (new ByteSpan(options.Start + 1, 0), Encoding.UTF8.GetBytes(isEmpty ? "\"include_usage\":true" : "\"include_usage\":true,"));
    }

    private byte[] Splice(List<(ByteSpan Span, byte[] Replacement)> edits)
    {
        edits.Sort(static (left, right) => left.Span.Start.CompareTo(right.Span.Start));
        var result = new byte[Body.Length + edits.Sum(static edit => edit.Replacement.Length - edit.Span.Length)];
        var body = Body.Span;
        int read = 0, written = 0;
        foreach (var (span, replacement) in edits)
        {
            body[read..span.Start].CopyTo(result.AsSpan(written));
            written += span.Start - read;
            replacement.CopyTo(result, written);
            written += replacement.Length;
            read = span.End;
        }

        body[read..].CopyTo(result.AsSpan(written));
        return result;
    }
}
