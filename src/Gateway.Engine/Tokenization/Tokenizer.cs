using System.Buffers;
using System.Text;
using Gateway.Engine.Tokenization.Files;

namespace Gateway.Engine.Tokenization;

/// <summary>
/// Text to token ids and back, as a Hugging Face <c>tokenizer.json</c> describes it. No model family is built in: the file says how to
/// normalise, split and merge. Immutable; any number of threads may use one at the same time.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly Vocabulary _vocabulary;

    /// <summary>Added tokens that are looked for in the text as it came.</summary>
    private readonly AddedTokenMatcher _verbatim;

    /// <summary>Those that are looked for in the normalised rest.</summary>
    private readonly AddedTokenMatcher _normalized;

    /// <summary>The same tokens, as they are written in the file.</summary>
    private readonly AddedTokenMatcher _normalizedVerbatim;

    private readonly int[] _before;
    private readonly int[] _behind;

    internal Tokenizer(TokenizerParts parts, TokenizerConfig config)
    {
        _parts = parts;
        _vocabulary = parts.Vocabulary;
        Config = config;
        var normalized = parts.AddedTokens.Where(token => token.Normalized).Select(token => (token.Content, Token: token)).ToList();
        _verbatim = new AddedTokenMatcher(parts.AddedTokens.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        _normalizedVerbatim = new AddedTokenMatcher(normalized);
        _normalized = parts.Normalizer is { } normalizer
            ? new AddedTokenMatcher(normalized.Select(entry => (normalizer.Normalize(entry.Content), entry.Token)))
            : _normalizedVerbatim;
        var bos = config.AddBosToken && config.BosToken is { } begin ? IdOf(begin) : null;
        var eos = config.AddEosToken && config.EosToken is { } end ? IdOf(end) : null;
        _before = bos is { } first && !parts.Before.Contains(first) ? [first, .. parts.Before] : parts.Before;
        _behind = eos is { } last && !parts.Behind.Contains(last) ? [.. parts.Behind, last] : parts.Behind;
    }

    /// <summary>The highest id plus one. Not every id below it need have a token.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>The added tokens, in the order of the file.</summary>
    public IReadOnlyList<AddedToken> AddedTokenList => _parts.AddedTokens;

    /// <summary>What the file beside tokenizer.json says; empty when there was none.</summary>
    public TokenizerConfig Config { get; }

    /// <summary>Reads a tokenizer.json and, when it is there, the tokenizer_config.json beside it.</summary>
    /// <exception cref="TokenizerFormatException">A file cannot be read, is damaged, or asks for something that is not known here.</exception>
    public static Tokenizer Load(string tokenizerJsonPath)
    {
        var configPath = Path.Combine(Path.GetDirectoryName(tokenizerJsonPath) ?? "", TokenizerConfig.FileName);
        return new Tokenizer(
            JsonFile.Read(JsonFile.Bytes(tokenizerJsonPath), tokenizerJsonPath, TokenizerParts.Read),
            File.Exists(configPath) ? TokenizerConfig.Load(configPath) : new TokenizerConfig());
    }

    /// <param name="json">The content of a tokenizer.json, UTF-8.</param>
    /// <param name="name">How errors name it.</param>
    /// <exception cref="TokenizerFormatException">It is damaged, or asks for something that is not known here.</exception>
    public static Tokenizer Parse(ReadOnlyMemory<byte> json, string name) => new(JsonFile.Read(json, name, TokenizerParts.Read), new TokenizerConfig());

    /// <summary>The token ids of a text.</summary>
    /// <param name="text">Any text; a surrogate without its partner counts as U+FFFD.</param>
    /// <param name="addedTokens">What the text of an added token means.</param>
    /// <param name="addSpecialTokens">Whether the ids that begin and end a text are put around it. A rendered chat template has written them already.</param>
    public int[] Encode(string text, AddedTokens addedTokens, bool addSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = ToWellFormed(text);
        List<int> ids = addSpecialTokens ? [.. _before] : [];
        if (addedTokens == AddedTokens.Plain)
        {
            EncodeOrdinary(Normalize(text), ids);
        }
        else
        {
            foreach (var (range, token) in _verbatim.Split(text))
            {
                if (token is null)
                {
                    EncodeRecognizingNormalized(Normalize(text.AsSpan(range.Start, range.Length)), ids);
                }
                else
                {
                    ids.Add(token.Id);
                }
            }
        }

        return addSpecialTokens ? [.. ids, .. _behind] : [.. ids];
    }

    /// <summary>The text of token ids. Bytes that are not UTF-8 give one U+FFFD for each maximal ill-formed part; ids without a token give nothing.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        ArrayBufferWriter<byte> bytes = new(Math.Max(16, ids.Length * 4));
        foreach (var id in ids)
        {
            if (!skipSpecialTokens || !IsSpecial(id))
            {
                bytes.Write(_vocabulary.BytesOf(id).Span);
            }
        }

        LeadingStrip strip = new(_parts.Decoder);
        return strip.Apply(Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    /// <summary>A decoder for ids that come one by one.</summary>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens) => new(_vocabulary, new LeadingStrip(_parts.Decoder), skipSpecialTokens);

    /// <summary>The id of a token by its spelling in the vocabulary or by the content of an added token; null when there is none.</summary>
    public int? IdOf(string token) => _vocabulary.IdOf(token);

    /// <summary>The spelling of a token: in byte-level vocabularies a space is <c>Ġ</c>. Null when the id has no token.</summary>
    public string? TokenOf(int id) => _vocabulary.TokenOf(id);

    /// <summary>The UTF-8 bytes that a token stands for, perhaps a part of a character; empty when the id has no token.</summary>
    public ReadOnlyMemory<byte> BytesOf(int id) => _vocabulary.BytesOf(id);

    /// <summary>Whether the token is left out when decoding skips special tokens.</summary>
    public bool IsSpecial(int id) => _vocabulary.IsSpecial(id);

    /// <summary>
    /// Encodes a text in which <paramref name="guard"/> stands before every place where no added token may begin. The guards themselves
    /// are not encoded. Added tokens are looked for only as the file writes them: what merely becomes one by normalisation is ordinary text.
    /// </summary>
    internal int[] EncodeGuarded(string text, char guard)
    {
        text = ToWellFormed(text);
        List<int> ids = [];
        foreach (var (outer, token) in _verbatim.Split(text, guard))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
                continue;
            }

            var rest = text.AsSpan(outer.Start, outer.Length);
            foreach (var (range, normalizedToken) in _normalizedVerbatim.Split(rest, guard))
            {
                if (normalizedToken is null)
                {
                    EncodeOrdinary(Normalize(WithoutGuards(rest.Slice(range.Start, range.Length), guard)), ids);
                }
                else
                {
                    ids.Add(normalizedToken.Id);
                }
            }
        }

        return [.. ids];
    }

    private static ReadOnlySpan<char> WithoutGuards(ReadOnlySpan<char> text, char guard) =>
        text.Contains(guard) ? text.ToString().Replace(guard.ToString(), "", StringComparison.Ordinal) : text;

    /// <summary>With U+FFFD for every surrogate without its partner.</summary>
    private static string ToWellFormed(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }

        StringBuilder result = new(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(rune);
        }

        return result.ToString();
    }

    private ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text) => _parts.Normalizer is { } normalizer ? normalizer.Normalize(text.ToString()) : text;

    private void EncodeRecognizingNormalized(ReadOnlySpan<char> text, List<int> ids)
    {
        foreach (var (range, token) in _normalized.Split(text))
        {
            if (token is null)
            {
                EncodeOrdinary(text.Slice(range.Start, range.Length), ids);
            }
            else
            {
                ids.Add(token.Id);
            }
        }
    }

    private void EncodeOrdinary(ReadOnlySpan<char> text, List<int> ids) => _parts.PreTokenizer.Encode(text, _parts.Model, ids);
}
