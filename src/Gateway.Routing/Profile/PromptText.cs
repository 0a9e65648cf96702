using System.Buffers;
using System.Text.Json;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>What is gathered from the text of a prompt while it is read.</summary>
internal ref struct PromptText : IDisposable
{
    private TextCounter _counter;
    private byte[]? _buffer;
    private bool _isPrefixOver;

    /// <summary>What parts of messages ask for.</summary>
    public ModelCapabilities Needs { get; private set; }

    /// <summary>Of all text added before <see cref="EndPrefix"/>.</summary>
    public ulong PrefixHash { get; private set; }

    public readonly TextMeasure Measure() => _counter.ToMeasure();

    public void AddMessage() => _counter.AddMessage();

    public void AddTokens(int tokens) => _counter.AddFixed(tokens);

    /// <summary>Adds something that is no text, if it is there.</summary>
    public void AddMedium(bool isThere, ModelCapabilities need, int tokens)
    {
        if (isThere)
        {
            Needs |= need;
            _counter.AddFixed(tokens);
        }
    }

    /// <summary>What follows changes from turn to turn.</summary>
    public void EndPrefix() => _isPrefixOver = true;

    /// <summary>Adds the string on which the reader stands; passes over anything else.</summary>
    public void AddText(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.String)
        {
            var text = json.ValueIsEscaped ? Unescape(json.ValueSpan) : json.ValueSpan;
            _counter.Add(text);
            AddToHash(text);
        }

        json.Skip();
    }

    /// <summary>Adds to the hash alone what counts for nothing as text, such as the URL of an image.</summary>
    public void AddToHash(ReadOnlySpan<byte> text)
    {
        if (!_isPrefixOver && !text.IsEmpty)
        {
            PrefixHash = StableHash.Of(text, PrefixHash);
        }
    }

    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> escaped)
    {
        if (_buffer is null || _buffer.Length < escaped.Length)
        {
            Dispose();
            _buffer = ArrayPool<byte>.Shared.Rent(escaped.Length);
        }

        return _buffer.AsSpan(0, JsonText.Unescape(escaped, _buffer));
    }

    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }
}
