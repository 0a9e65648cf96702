using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Gateway.Routing;

/// <summary>What a prompt is made of, as far as its number of tokens depends on it.</summary>
public readonly struct TextMeasure
{
    internal const int FeatureCount = (int)TextFeature.Astral + 1;

    private readonly Features _features;

    internal TextMeasure(int bytes, int messages, long fixedTokens, in Features features)
    {
        Bytes = bytes;
        Messages = messages;
        FixedTokens = fixedTokens;
        _features = features;
    }

    /// <summary>UTF-8 bytes of text.</summary>
    public int Bytes { get; }

    /// <summary>Messages and tool calls: each costs the tokens that a chat template puts around it. 0 for plain text.</summary>
    public int Messages { get; }

    /// <summary>Tokens that are known without counting text, or set by rule: images, audio, prompts given as token ids.</summary>
    public long FixedTokens { get; }

    /// <summary>How often the feature occurs in the text.</summary>
    public int this[TextFeature feature] => _features[(int)feature];

    [UnscopedRef]
    internal ReadOnlySpan<int> AsSpan() => _features;

    /// <summary>A measure of which every family makes that many tokens.</summary>
    public static TextMeasure OfTokens(long tokens) => new(0, 0, tokens, default);

    /// <summary>The measure of one plain text.</summary>
    public static TextMeasure Of(ReadOnlySpan<byte> utf8)
    {
        var counter = new TextCounter();
        counter.Add(utf8);
        return counter.ToMeasure();
    }

    public static TextMeasure operator +(in TextMeasure left, in TextMeasure right)
    {
        var features = left._features;
        for (int i = 0; i < FeatureCount; i++)
        {
            features[i] += right._features[i];
        }

        return new TextMeasure(left.Bytes + right.Bytes, left.Messages + right.Messages, left.FixedTokens + right.FixedTokens, features);
    }

    /// <summary>One count for each <see cref="TextFeature"/>.</summary>
    [InlineArray(FeatureCount)]
    internal struct Features
    {
        private int _first;
    }
}
