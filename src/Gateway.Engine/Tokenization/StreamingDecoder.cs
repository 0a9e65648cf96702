using System.Text;

namespace Gateway.Engine.Tokenization;

/// <summary>
/// Turns ids that come one by one into text, and never gives out a part of a character: bytes that begin one wait until it is complete.
/// All pieces together are what <see cref="Tokenizer.Decode"/> makes of all ids. For one text, and one thread at a time.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Vocabulary _vocabulary;
    private readonly bool _skipSpecialTokens;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private LeadingStrip _strip;

    internal StreamingDecoder(Vocabulary vocabulary, LeadingStrip strip, bool skipSpecialTokens)
    {
        _vocabulary = vocabulary;
        _strip = strip;
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>The text that is complete with this id; perhaps empty.</summary>
    public string Next(int id) => _skipSpecialTokens && _vocabulary.IsSpecial(id) ? "" : Decode(_vocabulary.BytesOf(id).Span, flush: false);

    /// <summary>The end of the text: U+FFFD when a character was left unfinished, else nothing.</summary>
    public string Flush() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        var count = _utf8.GetCharCount(bytes, flush);
        var characters = count <= 256 ? stackalloc char[count] : new char[count];
        _utf8.GetChars(bytes, characters, flush);
        return _strip.Apply(characters.ToString());
    }
}
