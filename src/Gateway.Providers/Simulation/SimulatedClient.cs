using System.Text;
using System.Text.Json;
using Gateway.Contracts.Sse;
using Gateway.Policies;

namespace Gateway.Providers.Simulation;

/// <summary>A client that takes an answer and keeps what it would have seen.</summary>
public sealed class SimulatedClient(TimeProvider time) : IClientAnswer, IDisposable
{
    private const int MaxEventBytes = 16 * 1024 * 1024;

    private readonly StringBuilder _text = new();
    private readonly SseFramer _framer = new(MaxEventBytes);
    private readonly long _askedAt = time.GetTimestamp();
    private AnswerMeter? _meter;

    /// <summary>Who delivered something last; null when nobody did.</summary>
    public ModelCard? Model { get; private set; }

    /// <summary>The text of the first choice, as far as it was delivered.</summary>
    public string Text => _text.ToString();

    /// <summary>Whether the answer ended as a whole one does.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Since the request, until the first text; null when none came.</summary>
    public TimeSpan? FirstText { get; private set; }

    public bool HasStarted { get; private set; }

    public void Claim(ModelCard model, AnswerMeter meter, int attempts) => (Model, _meter) = (model, meter);

    public ValueTask SendAsync(AnswerHead head, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        Begin();
        Read(body.Span);
        IsWhole = true;
        _meter!.MarkSent();
        return ValueTask.CompletedTask;
    }

    public void StartStream(AnswerHead head) => Begin();

    public void WriteEvent(ReadOnlySpan<byte> rawEvent)
    {
        if (!HasStarted || IsWhole)
        {
            throw new InvalidOperationException("An event was sent before the head of the stream or behind its end.");
        }

        _framer.Append(rawEvent);
        while (_framer.TryRead(out var next))
        {
            if (!next.Data.IsEmpty)
            {
                Read(next.Data);
            }
        }
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _meter!.MarkSent();
        return ValueTask.CompletedTask;
    }

    public ValueTask CompleteStreamAsync(CancellationToken cancellationToken)
    {
        if (!HasStarted || IsWhole)
        {
            throw new InvalidOperationException("A stream was ended before it began, or a second time.");
        }

        IsWhole = true;
        return FlushAsync(cancellationToken);
    }

    public void Dispose() => _framer.Dispose();

    private void Begin()
    {
        if (HasStarted)
        {
            throw new InvalidOperationException("The head of an answer was sent a second time.");
        }

        HasStarted = true;
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        foreach (var choice in document.RootElement.GetProperty("choices").EnumerateArray().Where(static choice => choice.GetProperty("index").GetInt32() == 0))
        {
            if (TextOf(choice) is { Length: > 0 } text)
            {
                _text.Append(text);
                FirstText ??= time.GetElapsedTime(_askedAt);
            }
        }
    }

    private static string? TextOf(JsonElement choice)
    {
        if (choice.TryGetProperty("text", out var text))
        {
            return text.GetString();
        }

        var hasMessage = choice.TryGetProperty("delta", out var message) || choice.TryGetProperty("message", out message);
        return hasMessage && message.TryGetProperty("content", out var content) ? content.GetString() : null;
    }
}
