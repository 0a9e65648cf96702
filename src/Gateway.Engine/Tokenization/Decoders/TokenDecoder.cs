using System.Globalization;
using System.Text;
using Gateway.Engine.Tokenization.Normalizers;
using Gateway.Engine.Tokenization.PreTokenizers;

namespace Gateway.Engine.Tokenization.Decoders;

/// <summary>What the spelling of a token in the vocabulary stands for: the <c>decoder</c> of tokenizer.json.</summary>
internal sealed class TokenDecoder
{
    /// <summary>Spellings are bytes (<see cref="ByteAlphabet"/>); one that is not is text as it stands.</summary>
    public bool IsByteLevel { get; init; }

    /// <summary>What is replaced in a spelling, e.g. ▁ by a space.</summary>
    public IReadOnlyList<Normalizer> Replacements { get; init; } = [];

    /// <summary>A token <c>&lt;0x0A&gt;</c> is that byte.</summary>
    public bool HasByteTokens { get; init; }

    /// <summary>The character that is taken away from the beginning of a whole text.</summary>
    public char LeadingCharacter { get; init; }

    /// <summary>How often at most.</summary>
    public int LeadingCount { get; init; }

    public byte[] BytesOf(string token)
    {
        if (IsByteLevel && ByteAlphabet.TryDecode(token) is { } bytes)
        {
            return bytes;
        }

        var text = Replacements.Aggregate(token, (current, replacement) => replacement.Normalize(current));
        return HasByteTokens
            && text is ['<', '0', 'x', _, _, '>']
            && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                ? [value]
                : Encoding.UTF8.GetBytes(text);
    }
}
